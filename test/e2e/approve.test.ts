// Decisions of people on the whole of Hookline, in whatever order they and the run come: before the run waits, while it does, twice,
// too late, as signals, and after a reset.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from '../../src/config.ts';
import { connectToRuns, type RunsConnection } from '../../src/runs/connection.ts';
import { rerunFrom } from '../../src/runs/rerun.ts';
import { showRun } from '../../src/runs/show.ts';
import { APPROVE_SIGNAL } from '../../workflows/decision.ts';
import type { Harness } from '../support/harness.ts';
import { openShop, type Shop } from './shop-lab.ts';

const FLOWS = `
flow: early
triggers: [{ event: early, source: shop }]
steps:
  - id: linked
    uses: http.request
    with: { method: POST, url: "\${{ config.CRM_URL }}/early", body: { link: "\${{ steps.asked.links.page }}" } }
  - wait_for: go
    source: shop
    where: { body.order: "\${{ event.body.id }}" }
  - id: asked
    approve:
      title: Early?
      notify:
        - uses: http.request
          with: { method: POST, url: "\${{ config.CRM_URL }}/told" }
output: \${{ steps.asked.output }}
---
flow: ask
triggers: [{ event: ask, source: shop }]
steps:
  - id: asked
    approve:
      title: "Refund \${{ event.body.id }}?"
      who: [anna, bert]
      form: { type: object, required: [reason], properties: { reason: { type: string } } }
      notify:
        - uses: http.request
          with: { method: POST, url: "\${{ config.CRM_URL }}/asked", body: { link: "\${{ steps.asked.links.page }}" } }
    timeout: 1m
output: \${{ steps.asked.output }}
---
flow: short
triggers: [{ event: short, source: shop }]
steps:
  - id: asked
    approve:
      title: Quick?
      notify:
        - uses: http.request
          with: { method: POST, url: "\${{ config.CRM_URL }}/short", body: { link: "\${{ steps.asked.links.page }}" } }
    timeout: 1500ms
    on_timeout: [{ set: { late: true } }]
vars: { late: false }
output: { status: "\${{ steps.asked.status }}", by: "\${{ steps.asked.output?.by ?? null }}" }
`;

const DEADLINE_MS = 60_000;

let opened: Shop;
let harness: Harness;
let runs: RunsConnection;
let shop: Shop['post'];
let outputOf: Shop['outputOf'];

before(async () => {
  opened = await openShop(FLOWS);
  ({ harness, post: shop, outputOf } = opened);
  for (const path of ['early', 'told', 'asked', 'short']) harness.outside.on(`POST /crm/${path}`, {});
  runs = await connectToRuns(readSettings({ HOOKLINE_DATA_DIR: harness.dataDir }));
});
after(async () => {
  await runs?.close();
  await opened?.stop();
});

/** The link that a run told at this path, the latest. */
async function linkAt(path: string, times = 1): Promise<string> {
  const calls = await harness.outside.waitFor(`POST /crm/${path}`, times);
  return (calls.at(-1)!.body as { link: string }).link;
}

/** Sends the page's form. */
async function post(link: string, fields: Record<string, string>): Promise<number> {
  const response = await fetch(link, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  await response.arrayBuffer();
  return response.status;
}

/** What `hookline runs show` says that the run does, once it says something like it. */
async function doing(flow: string, id: string, wanted: RegExp): Promise<string> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const step = (await showRun(runs, `${flow}/${id}`))?.step ?? '';
    if (wanted.test(step)) return step;
    assert.ok(Date.now() < deadline, `${String(wanted)} was expected, the run does: ${step}`);
    await sleep(50);
  }
}

const handleOf = (flow: string, id: string) => harness.client.workflow.getHandle(`${flow}/${id}`);

test('a decision that comes before the run asks is taken when it does, and nobody is asked any more', async () => {
  const id = await shop('early');
  const link = await linkAt('early');
  assert.equal((await fetch(link)).status, 200);
  assert.ok((await post(link, { decision: 'rejected', by: 'Ada' })) < 400);
  await shop('go', { order: id.replace('shop~', '') });
  const { approved, by, via } = await outputOf('early', id);
  assert.deepEqual([approved, by, via], [false, 'Ada', 'link']);
  assert.equal(harness.outside.callsTo('POST /crm/told').length, 0);
});

test('a decision while the run waits ends the wait; a second one finds the first', async () => {
  const before = harness.outside.callsTo('POST /crm/asked').length;
  const id = await shop('ask');
  const link = await linkAt('asked', before + 1);
  assert.match(
    await doing('ask', id, /waiting for/),
    /^\S+flows\.yaml:\d+: waiting for the approval of anna, bert: Refund e\d+\?$/,
  );
  const statuses = await Promise.all(
    ['Ada', 'Grace'].map((by) => post(link, { decision: 'approved', by, 'form.reason': by })),
  );
  assert.equal(statuses.filter((status) => status < 400).length, 1, statuses.join(' '));
  const { by, form, decision } = await outputOf('ask', id);
  assert.deepEqual([decision, form], ['approved', { reason: by! }]);
});

test('a signal decides; one that is wrong changes nothing and is told', async () => {
  const before = harness.outside.callsTo('POST /crm/asked').length;
  const id = await shop('ask');
  await linkAt('asked', before + 1);
  await handleOf('ask', id).signal(APPROVE_SIGNAL, 'yes please');
  await doing('ask', id, /waiting for .*; a signal was ignored: it must hold/);
  await handleOf('ask', id).signal(APPROVE_SIGNAL, { step: 'asked', decision: 'approved', form: { reason: 7 } });
  await doing('ask', id, /waiting for .*; a signal was ignored: reason: Must be a text/);
  const form = { reason: 'broken' };
  await handleOf('ask', id).signal(APPROVE_SIGNAL, { step: 'asked', decision: 'approved', by: 'op', form });
  await handleOf('ask', id).signal(APPROVE_SIGNAL, { step: 'asked', decision: 'rejected' });
  const { at, ...output } = await outputOf('ask', id);
  assert.ok(Math.abs(Date.parse(String(at)) - Date.now()) < 60_000);
  assert.deepEqual(output, { approved: true, decision: 'approved', by: 'op', comment: null, form, via: 'signal' });
});

test('a decision that comes too late changes nothing; a run that is reset asks again, with links of its own', async () => {
  const id = await shop('short');
  const link = await linkAt('short');
  assert.deepEqual(await outputOf('short', id), { status: 'timed_out', by: null });
  assert.ok((await post(link, { decision: 'approved', by: 'Ada' })) >= 400);

  const run = `short/${id}`;
  await rerunFrom(runs, run, 'asked', 'asks again');
  const again = await linkAt('short', 2);
  assert.notEqual(new URL(again).pathname, new URL(link).pathname);
  assert.ok((await post(again, { decision: 'approved', by: 'Ada' })) < 400);
  assert.deepEqual(await outputOf('short', id), { status: 'completed', by: 'Ada' });
});
