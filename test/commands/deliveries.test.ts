// An author whose flow did not run finds out why with `hookline deliveries` and `hookline sources` alone, whatever the cause.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { lockDataDir } from '../../src/inbox/lock.ts';
import { delivery } from '../contract/deliveries.ts';
import { eventually } from '../support/waiting.ts';
import { openAuthorLab, type AuthorLab } from './author-lab.ts';

const flows = {
  'sources.yaml': `
source: github
provider: github
secret: GITHUB_SECRET
---
source: orders
auth: none
schema: { type: object, required: [total] }
on_invalid: park
---
source: old
auth: none
retired: true
`,
  'welcome.yaml': `
flow: welcome
triggers:
  - event: issues.opened
    source: github
  - event: push
    source: github
    if: event.body.commits > 1
steps:
  - return: ok
`,
  'ship.yaml': `
flow: ship
triggers:
  - event: '*'
    source: orders
    if: event.body.customer.name != ""
steps:
  - return: ok
`,
  'broken.yaml': `
flow: broken
triggers:
  - webhook: broken
    auth: none
steps:
  - uses: http.requst
`,
};

const RECEIVED = Date.UTC(2026, 0, 15, 12);

let lab: AuthorLab;

/** What Temporal refused for good in an earlier life of the data folder. */
async function storeRefusedStart(): Promise<void> {
  await lab.withStore(async (store) => {
    await store.accept(delivery({ source: 'github', deliveryId: 'refused-1', receivedAt: RECEIVED }));
    const [start] = await store.claimStarts(1, 1000, RECEIVED + 1);
    const error = 'INVALID_ARGUMENT: the input is larger than the server takes';
    await store.settleStarts([{ id: start!.id, state: 'parked', error }]);
  });
}

/** A run that waits, as the flow `invite` would have it. */
async function storeWaitingRun(): Promise<void> {
  const question = { types: ['fork'], source: 'github', where: [], since: 0, after: 0, except: 'none' };
  const wait = { id: 'invite/github~1/0', workflowId: 'invite/github~1', once: true, expiresAt: null };
  await lab.withStore((store) => store.registerWaiter({ ...question, ...wait }, RECEIVED));
}

/** Rejections are written about a second after their requests. */
async function rejectionsWritten(count: number): Promise<void> {
  await eventually(`${count} rejections are written`, async () => {
    const answer = (await (await fetch(`${lab.url()}/api/rejections`)).json()) as { rejections: unknown[] };
    return answer.rejections.length >= count;
  });
}

/** The line of the table that holds an event. */
function lineOf(table: string, event: string): string {
  const line = table.split('\n').find((each) => each.includes(event));
  assert.ok(line, `${event} is in the table:\n${table}`);
  return line;
}

before(async () => {
  lab = await openAuthorLab(flows);
  await storeRefusedStart();
  await storeWaitingRun();
  await lab.start();
  const posts = [
    await lab.github('waiting-1', 'issues', { action: 'opened' }),
    await lab.github('waiting-1', 'issues', { action: 'opened' }),
    await lab.github('unmatched-1', 'star', { action: 'created' }),
    await lab.github('filtered-1', 'push', { commits: 1 }),
    await lab.github('awaited-1', 'fork', { forkee: 'x' }),
    await lab.post('orders', '{"total": 1}', { 'idempotency-key': 'failing-1' }),
    await lab.post('orders', '{"sum": 1}', { 'idempotency-key': 'parked-1' }),
    await lab.post('nowhere/at-all', '{"a": 1}'),
    await lab.post('github', '{"forged": true}', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
    await lab.post('old', '{}'),
  ];
  assert.deepEqual(posts, [202, 202, 202, 202, 202, 202, 202, 404, 401, 410]);
  await rejectionsWritten(3);
});
after(() => lab.end());

describe('an author whose flow did not run', () => {
  it('sees in the list what came of every delivery, and that requests were rejected', async () => {
    const { code, stdout, stderr } = await lab.hookline(['deliveries']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(lineOf(stdout, 'github~waiting-1'), /issues\.opened +waiting .*welcome waits.*came again 1 time/);
    assert.match(lineOf(stdout, 'github~unmatched-1'), /star\.created +unmatched .*No flow starts/);
    assert.match(lineOf(stdout, 'github~awaited-1'), /fork +unmatched .*woke invite\/github~1/);
    assert.match(lineOf(stdout, 'github~filtered-1'), /push +filtered .*`if:`/);
    assert.match(lineOf(stdout, 'orders~failing-1'), /filter_failed .*nothing: /);
    assert.match(lineOf(stdout, 'orders~parked-1'), /parked .*total/);
    assert.match(
      lineOf(stdout, 'github~refused-1'),
      /^2026-01-15 12:00:00Z .*failed .*welcome was refused: INVALID_ARG/,
    );
    assert.match(stdout, /^7 deliveries\..*hookline deliveries show/m);
    assert.match(stdout, /^3 requests were rejected: hookline deliveries rejected$/m);
  });

  it('is told of a wrong path, a wrong signature and a retired source, and what to do', async () => {
    const { stdout } = await lab.hookline(['deliveries', 'rejected']);
    assert.match(lineOf(stdout, 'nowhere/at-all'), /404 +not_found +POST from 127\.0\.0\.1, no body/);
    assert.match(lineOf(stdout, 'forged'), /github +401 +signature_mismatch/);
    assert.match(stdout, /^not_found: No source has this path\.\n +→ .*hookline sources/m);
    assert.match(stdout, /^signature_mismatch: The signature is not the one.*\n +→ .*secret/m);
    assert.match(stdout, /^retired: .*\n +→ /m);
  });

  it('is told why one delivery started nothing, with its headers and body', async () => {
    const stories: [id: string, expected: RegExp[]][] = [
      ['github~unmatched-1', [/unmatched/, /No flow starts with this event type of this source/, /hookline sources/]],
      ['github~awaited-1', [/No flow starts with it; a run waited for it\./, /Woke the run invite\/github~1\n/]],
      ['github~filtered-1', [/filtered/, /said no/, /"commits": 1/]],
      ['orders~failing-1', [/filter_failed/, /Reason: .*customer/, /Correct the expression/, /"total": 1/]],
      ['orders~parked-1', [/parked/, /Reason: .*total/, /on_invalid: park/, /"sum": 1/]],
      [
        'github~waiting-1',
        [/came again 1 time/, /Flow welcome: waiting/, /id welcome\/github~waiting-1/, /Temporal is away/],
      ],
      [
        'refused-1',
        [/Flow welcome: failed/, /Error: INVALID_ARGUMENT: the input is larger/, /refused the start for good/],
      ],
    ];
    await Promise.all(
      stories.map(async ([id, expected]) => {
        const { code, stdout } = await lab.hookline(['deliveries', 'show', id]);
        assert.equal(code, 0, id);
        for (const pattern of expected) assert.match(stdout, pattern, id);
      }),
    );
  });

  it('finds who listens to what, what is broken and why, in the list of sources', async () => {
    const { stdout, stderr } = await lab.hookline(['sources']);
    assert.equal(stderr, '');
    const blocks = Object.fromEntries(stdout.split('\n\n').map((block) => [block.split('\n')[0], block]));
    assert.match(blocks['github']!, new RegExp(`POST ${lab.url()}/hooks/github`));
    assert.match(blocks['github']!, /welcome \(issues\.opened\); welcome \(push, if event\.body\.commits > 1\)/);
    assert.match(blocks['github']!, /GITHUB_SECRET set/);
    assert.match(blocks['broken  (broken)']!, /broken\.yaml:7:\d+: .*http\.requst/);
    assert.ok(blocks['old  (retired)']);
  });

  it('narrows the list, takes it as JSON, and is told what cannot be meant', async () => {
    const [narrowed, span, ...wrong] = await Promise.all([
      lab.hookline(['deliveries', '--source', 'orders', '--status', 'parked', '--json']),
      lab.hookline(['deliveries', '--since', '2h', '--limit', '2', '--json']),
      lab.hookline(['deliveries', '--status', 'lost']),
      lab.hookline(['deliveries', '--since', 'yesterday']),
      lab.hookline(['deliveries', '--limit', 'all']),
    ]);
    const { deliveries } = JSON.parse(narrowed.stdout) as { deliveries: { deliveryId: string }[] };
    assert.deepEqual(
      deliveries.map((each) => each.deliveryId),
      ['parked-1'],
    );
    assert.equal((JSON.parse(span.stdout) as { deliveries: unknown[] }).deliveries.length, 2);
    for (const { code, stderr } of wrong) assert.match(`${code} ${stderr}`, /^2 --(status|since|limit) must be/);
  });

  it('is told that an unknown id may have been rejected', async () => {
    const { code, stderr } = await lab.hookline(['deliveries', 'show', 'nobody']);
    assert.equal(code, 1);
    assert.match(stderr, /nobody.*hookline deliveries rejected/);
  });
});

describe('an author whose Hookline does not run', () => {
  before(() => lab.stop());

  it('reads the data folder itself, and is told so', async () => {
    const [list, shown, rejected] = [
      await lab.hookline(['deliveries']),
      await lab.hookline(['deliveries', 'show', 'waiting-1', '--json']),
      await lab.hookline(['deliveries', 'rejected', '--source', 'github', '--json']),
    ];
    assert.match(
      list.stderr,
      /No Hookline answers at http:\/\/127\.0\.0\.1:\d+; this is what the data folder .* holds/,
    );
    assert.match(lineOf(list.stdout, 'github~filtered-1'), /filtered/);
    const { deliveries } = JSON.parse(shown.stdout) as { deliveries: { body: { text: string } }[] };
    assert.deepEqual(deliveries[0]?.body, { text: '{"action":"opened"}' });
    const { rejections } = JSON.parse(rejected.stdout) as { rejections: { reason: string; remedy: string }[] };
    assert.deepEqual(
      rejections.map((each) => each.reason),
      ['signature_mismatch'],
    );
  });

  it('is told what the files alone say of sources', async () => {
    const { stdout, stderr } = await lab.hookline(['sources', '--json']);
    assert.match(stderr, /this is what the files in .*flows say/);
    const { sources, errors } = JSON.parse(stdout) as { sources: { name: string }[]; errors: number };
    assert.deepEqual(
      sources.map(({ name }) => name),
      ['broken', 'github', 'old', 'orders'],
    );
    assert.equal(errors, 1);
  });

  it('is told what to do when another process holds the data folder, and when there is none', async () => {
    const lock = await lockDataDir(lab.dataDir);
    const locked = await lab.hookline(['deliveries']);
    await lock.release();
    assert.equal(locked.code, 1);
    assert.match(locked.stderr, /one uses the data folder .*: say where it listens with --url/);
    const nowhere = await lab.hookline(['deliveries'], { HOOKLINE_DATA_DIR: `${lab.dataDir}-none` });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /holds no inbox\. Start one with `npx hookline dev`/);
  });
});
