// What runs ask about their approvals: they are known, closed in the end, and decided by signals under the same rules as by people.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createDecide } from '../../src/approvals/decide.ts';
import { createApprovalCalls } from '../../src/approvals/run-side.ts';
import { createCommitEvent } from '../../src/inbox/commit-event.ts';
import { StoreUnavailableError } from '../../src/inbox/store.ts';
import { approvalIdOf } from '../../workflows/approval-link.ts';
import type { DecideRequest } from '../../workflows/store-call.ts';
import { LAB_NOW_MS } from '../server/lab.ts';
import { FORM, startApprovalLab, STEP, type ApprovalLab } from './lab.ts';

let lab: ApprovalLab;
let calls: ReturnType<typeof createApprovalCalls>;
let count = 0;
let run: { id: string; flow: string; step: string };
let approval: string;

const clock = (): number => LAB_NOW_MS;

before(async () => {
  lab = await startApprovalLab();
  const { store } = lab;
  const decide = createDecide({ store, clock, commitEvent: createCommitEvent({ store, clock }) });
  calls = createApprovalCalls({ store, clock, decide });
});
beforeEach(async () => {
  run = { id: `invoice/shop~run-${(count += 1)}`, flow: 'invoice', step: 'answer' };
  approval = approvalIdOf({ workflowId: run.id, stepPath: STEP });
  await calls.openApproval({ approval, step: STEP, title: 'Pay?', who: ['Ada'], form: FORM, expiresAt: null }, run);
});
after(() => lab.close());

function given(changes: Partial<DecideRequest>): DecideRequest {
  return { approval, step: STEP, decision: 'approved', by: null, comment: null, form: null, via: 'signal', ...changes };
}

it('makes an approval known under the id that the run gave it, however often', async () => {
  await calls.openApproval({ approval, step: STEP, title: 'Pay now?', who: [], form: null, expiresAt: 5 }, run);
  const { opened } = await lab.store.getApproval(approval);
  assert.deepEqual(opened, {
    id: approval,
    run: run.id,
    flow: 'invoice',
    step: STEP,
    title: 'Pay now?',
    who: [],
    form: null,
    openedAt: LAB_NOW_MS,
    expiresAt: 5,
  });
});

it('closes what nobody decided, so that no link decides it any more', async () => {
  const standing = await calls.decide(given({ decision: 'closed', via: 'run' }), run);
  assert.deepEqual([standing.decision, standing.via], ['closed', 'run']);
  const late = await lab.send(lab.links({ run: run.id }).page, { decision: 'rejected', by: 'Ada' });
  assert.equal(late.status, 409);
  assert.equal((await calls.decide(given({ decision: 'closed', via: 'run' }), run)).decision, 'closed');
});

it('takes the decision of a person that came first, whatever the run meant to say', async () => {
  assert.equal((await lab.send(lab.links({ run: run.id }).page, { decision: 'rejected', by: 'Ada' })).status, 303);
  const closing = await calls.decide(given({ decision: 'closed', via: 'run' }), run);
  assert.deepEqual([closing.decision, closing.by, closing.via], ['rejected', 'Ada', 'link']);
  const signal = await calls.decide(given({ form: { amount: 'nonsense' } }), run);
  assert.equal(signal.decision, 'rejected', 'not even looked at');
});

it('checks the form of a signal, tells its faults, and decides nothing', async () => {
  await assert.rejects(calls.decide(given({ form: { amount: 0 } }), run), (error) => {
    assert.ok(error instanceof ApplicationFailure);
    assert.deepEqual([error.type, error.nonRetryable], ['invalid_input', true]);
    assert.match(error.message, /amount: Must be at least 1\./);
    assert.match(error.message, /account: This is needed\./);
    return true;
  });
  assert.equal((await lab.store.getApproval(approval)).decision, null);
  const standing = await calls.decide(given({ form: { amount: 2, account: 'main' }, by: 'Ada' }), run);
  assert.deepEqual([standing.by, standing.form, standing.via], ['Ada', { amount: 2, account: 'main' }, 'signal']);
});

it('lets one of a person, a program and a closing run win, when all come at once', async () => {
  const { page } = lab.links({ run: run.id });
  const api = fetch(`${lab.url}/api/approvals/${approval}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ decision: 'rejected', by: 'a program' }),
  });
  const [link, program, closing] = await Promise.all([
    lab.send(page, { decision: 'rejected', by: 'Ada' }),
    api,
    calls.decide(given({ decision: 'closed', via: 'run' }), run),
  ]);
  const { decision } = await lab.store.getApproval(approval);
  assert.deepEqual(closing, decision);
  const winners = [link.status === 303, program.status === 200, closing.decision === 'closed'];
  assert.equal(winners.filter(Boolean).length, 1, JSON.stringify([link.status, program.status, closing]));
});

it('decides nothing, and says so, when the decision cannot reach the disk', async () => {
  const commitEvent = (): Promise<never> => Promise.reject(new StoreUnavailableError('disk full'));
  const broken = createDecide({ store: lab.store, clock, commitEvent });
  const failing = createApprovalCalls({ store: lab.store, clock, decide: broken });
  await assert.rejects(failing.decide(given({ decision: 'closed' }), run), StoreUnavailableError);
  assert.equal((await lab.store.getApproval(approval)).decision, null);
});
