// `hookline approvals`: what waits, what is asked, and answers from a terminal, on a Hookline that is up without Temporal.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { approvalIdOf } from '../../workflows/approval-link.ts';
import { openAuthorLab, type AuthorLab } from '../commands/author-lab.ts';
import { FORM } from './lab.ts';

const ASKED = Date.UTC(2026, 0, 15, 12);
const FIRST = approvalIdOf({ workflowId: 'invoice/shop~1', stepPath: '1' });
const SECOND = approvalIdOf({ workflowId: 'invoice/shop~2', stepPath: '1' });
const UNKNOWN = 'f'.repeat(32);

let lab: AuthorLab;

before(async () => {
  lab = await openAuthorLab({ 'hello.yaml': 'flow: hello\ntriggers:\n  - manual: true\nsteps:\n  - return: hello\n' });
  await lab.withStore(async (store) => {
    const common = { flow: 'invoice', step: '1', who: ['Ada'], openedAt: ASKED, expiresAt: null };
    await store.openApproval({ ...common, id: FIRST, run: 'invoice/shop~1', title: 'Pay 1?', form: FORM });
    await store.openApproval({ ...common, id: SECOND, run: 'invoice/shop~2', title: 'Pay \u001b[31m2?', form: null });
  });
  await lab.start();
});
after(() => lab.end());

it('lists what waits, and never lets a title reach the terminal as more than text', async () => {
  const { code, stdout } = await lab.hookline(['approvals']);
  assert.equal(code, 0);
  assert.match(stdout, /^2026-01-15 12:00:00Z +open +[0-9a-f]{32} +invoice\/shop~1 +Pay 1\?$/m);
  assert.match(stdout, /Pay \\u001b\[31m2\?$/m);
  assert.match(stdout, /^2 approvals\. Decide: hookline approvals approve ID/m);
  const { stdout: json } = await lab.hookline(['approvals', 'list', '--flow', 'invoice', '--limit', '1', '--json']);
  assert.deepEqual(
    (JSON.parse(json) as { id: string }[]).map(({ id }) => id),
    [SECOND],
  );
});

it('counts what waits for a decision in the metrics', async () => {
  const metrics = await (await fetch(`${lab.url()}/metrics`)).text();
  assert.match(metrics, /^hookline_approvals_open 2$/m);
});

it('shows what is asked, with the fields of the form', async () => {
  const { stdout } = await lab.hookline(['approvals', 'show', FIRST]);
  assert.match(stdout, /^Pay 1\?\n +status +open/);
  assert.match(stdout, /for +Ada/);
  assert.match(stdout, /form +amount \(Amount\): number, needed/);
  assert.match(stdout, /form +account \(Account\): main \| travel, needed/);
});

it('tells what is wrong with an answer, approves with a right one, and says who was first', async () => {
  const approve = ['approvals', 'approve', FIRST, '--by', 'Ada'];
  const wrong = await lab.hookline([...approve, '--form', '{"amount": 0}']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /Nothing was decided\. form\.account: This is needed\. form\.amount: Must be at least 1/);
  const right = await lab.hookline([...approve, '--comment', 'fine', '--form', '{"amount": 2, "account": "main"}']);
  assert.deepEqual([right.code, right.stdout], [0, 'Pay 1?\napproved by Ada; invoice/shop~1 goes on\n']);
  const late = await lab.hookline(['approvals', 'reject', FIRST, '--by', 'Grace']);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /This was approved before by Ada/);
  const { stdout } = await lab.hookline(['approvals', 'show', FIRST]);
  assert.match(stdout, /status +approved[\s\S]*by Ada\n +via +api\n +comment +fine\n +filled +\{/);
  assert.match((await lab.hookline(['approvals', '--state', 'ended'])).stdout, /approved +[0-9a-f]{32}/);
});

it('rejects in the name of whoever is at this machine, without a form', async () => {
  const { code, stdout } = await lab.hookline(['approvals', 'reject', SECOND]);
  assert.equal(code, 0);
  assert.match(stdout, /rejected by \S+; invoice\/shop~2 goes on/);
  assert.match((await lab.hookline(['approvals'])).stderr, /Nothing waits for a decision/);
});

it('says what is wrong with the command, with the id, and that nobody answers', async () => {
  const ended = async (...args: string[]): Promise<[number, string]> => {
    const { code, stderr } = await lab.hookline(['approvals', ...args]);
    return [code, stderr.trim()];
  };
  assert.match((await ended('show', UNKNOWN)).join(), /^1,No run asked for an approval f{32}/);
  assert.equal((await ended('list', '--state', 'some'))[0], 2);
  assert.equal((await ended('list', '--limit', '0'))[0], 2);
  assert.equal((await ended('approve', FIRST, '--form', '{'))[0], 2);
  assert.equal((await ended('approve', FIRST, '--form', '[]'))[0], 2);
  assert.match((await ended('list', '--url', 'http://127.0.0.1:9')).join(), /^1,Nothing answers at http/);
});
