// Events between runs on the whole of Hookline: what one emits starts others, and wakes those that wait, in whatever order.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { SQLITE_FILE } from '../../src/inbox/sqlite.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import type { Harness } from '../support/harness.ts';
import { openShop, type Shop } from './shop-lab.ts';

const FLOWS = `
flow: order
triggers:
  - event: order.created
    source: shop
steps:
  - id: payment
    wait_for: payment.received
    where: { body.order: "\${{ event.body.order }}" }
    timeout: 1h
output: \${{ steps.payment.output }}
---
flow: pay
triggers:
  - event: order.pay
    source: shop
steps:
  - id: emitted
    emit: payment.received
    body: { order: "\${{ event.body.order }}", note: "\${{ event.body.note ?? null }}" }
output: \${{ steps.emitted.output }}
---
flow: listener
triggers:
  - event: payment.*
    if: event.body.order != "ignored"
steps: []
output: { order: "\${{ event.body.order }}", by: '\${{ event.headers["hookline-run"] }}' }
---
flow: from-outside
triggers:
  - event: order.watch
    source: shop
steps:
  - id: seen
    wait_for: [order.shipped, order.lost]
    source: shop
    where: { body.order: "\${{ event.body.order }}" }
    match: candidate.body.weight > 10
    timeout: 1h
output: \${{ steps.seen.output.body.weight }}
---
flow: too-late
triggers:
  - event: order.short
    source: shop
steps:
  - id: payment
    wait_for: payment.received
    where: { body.order: "\${{ event.body.order }}" }
    timeout: 200ms
    on_timeout:
      - emit: order.canceled
        body: { order: "\${{ event.body.order }}" }
output: \${{ steps.payment.status }}
---
flow: in-time
triggers:
  - event: order.counted
    source: shop
steps:
  - id: counted
    wait_for: order.weighed
    source: shop
    where: { body.order: "\${{ event.body.order }}" }
    timeout: 1s
    on_timeout:
      - set: { late: true }
vars: { late: false }
output: [ "\${{ steps.counted.status }}", "\${{ vars.late }}" ]
`.replace(/steps: \[\]\n/, 'steps: [{ set: { x: 1 } }]\nvars: { x: 0 }\n');

let opened: Shop;
let harness: Harness;
let shop: Shop['post'];
let outputOf: Shop['outputOf'];

before(async () => {
  opened = await openShop(FLOWS);
  ({ harness, post: shop, outputOf } = opened);
});
after(() => opened?.stop());

async function untilWaiting(flow: string, eventId: string): Promise<void> {
  const handle = harness.client.workflow.getHandle(`${flow}/${eventId}`);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { events } = await handle.fetchHistory().catch(() => ({ events: [] }));
    const names = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name) ?? [];
    const done = events?.some((event) => event.activityTaskCompletedEventAttributes) ?? false;
    if (done && names.includes('hookline.wait_for')) return;
    await sleep(25);
  }
  throw new Error(`${flow} never waited`);
}

test('a run that waits is woken by an event that another run emits, which also starts its listener, once', async () => {
  const order = await shop('order.created', { order: 'o-1' });
  await untilWaiting('order', order);
  const paying = await shop('order.pay', { order: 'o-1', note: 'a' });
  const { id } = (await outputOf('pay', paying)) as { id: string };
  const event = await outputOf('order', order);
  assert.equal(event['id'], id);
  assert.deepEqual(event['body'], { order: 'o-1', note: 'a' });
  assert.deepEqual(await outputOf('listener', id), { order: 'o-1', by: `pay/${paying}` });
});

test('an event that came before the run began to wait is found', async () => {
  const order = await shop('order.created', { order: 'o-2' });
  // Its run starts at the same time: whichever is first, the event is after the one that started the run.
  const paying = await shop('order.pay', { order: 'o-2' });
  assert.equal((await outputOf('order', order))['id'], (await outputOf('pay', paying))['id']);
});

test('events of a source are looked at with `match`, those of flows do not count', async () => {
  const watching = await shop('order.watch', { order: 5 });
  await untilWaiting('from-outside', watching);
  await shop('order.shipped', { order: '5', weight: 1 });
  await shop('order.shipped', { order: '6', weight: 100 });
  await shop('order.lost', { order: '5' });
  await shop('order.lost', { order: '5', weight: 11 });
  assert.equal(await outputOf('from-outside', watching), 11);
});

test('an event larger than a history takes reaches the run that waits', async () => {
  const order = await shop('order.created', { order: 'o-3' });
  await untilWaiting('order', order);
  const note = 'n'.repeat(700_000);
  await shop('order.pay', { order: 'o-3', note });
  const { body } = (await outputOf('order', order)) as { body: JsonObject };
  assert.equal((body['note'] as string).length, note.length);
});

test('a run whose event does not come in time goes on with `on_timeout`', async () => {
  const short = await shop('order.short', { order: 'o-4' });
  assert.equal(await outputOf('too-late', short), 'timed_out');
});

test('a filtered event starts nothing and wakes whoever waits all the same; a cancelled wait is forgotten', async () => {
  const order = await shop('order.created', { order: 'ignored' });
  const cancelled = await shop('order.created', { order: 'never' });
  await untilWaiting('order', order);
  await untilWaiting('order', cancelled);
  const handle = harness.client.workflow.getHandle(`order/${cancelled}`);
  await handle.cancel();
  await assert.rejects(handle.result());
  const paying = await shop('order.pay', { order: 'ignored' });
  const { id } = (await outputOf('order', order)) as { id: string };
  assert.equal((await outputOf('pay', paying))['id'], id);
  assert.equal(await harness.hasRun('listener', id), false);
  const history = await handle.fetchHistory();
  const calls = history.events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  assert.ok(calls?.includes('hookline.stop_waiting'));
});

test('an event that was accepted in time counts, although the run was not told of it before its time was over', async () => {
  const run = await shop('order.counted', { order: 'untold' });
  await untilWaiting('in-time', run);
  // As if Temporal took no signal until then.
  const inbox = new Database(join(harness.dataDir, SQLITE_FILE));
  inbox.prepare('DELETE FROM waiters WHERE workflow_id = ?').run(`in-time/${run}`);
  inbox.close();
  await shop('order.weighed', { order: 'untold' });
  assert.deepEqual(await outputOf('in-time', run), ['completed', false]);
  const { events } = await harness.client.workflow.getHandle(`in-time/${run}`).fetchHistory();
  assert.ok(events?.every(({ workflowExecutionSignaledEventAttributes: signal }) => !signal));
});
