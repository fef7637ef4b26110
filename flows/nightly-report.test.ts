// nightly-report on a real Temporal server, fired by its schedule as if its night had come.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Harness } from '../test/support/harness.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { eventually } from '../test/temporal/support.ts';

const ORDERS = 'GET /orders/orders';
const SLACK = 'POST /slack/chat.postMessage';
/** The schedule's `jitter`, and a little. */
const JITTER_MS = 125_000;
const SCHEDULE = 'hookline/nightly-report/1';

const harness = sharedHarness(({ outside }) => outside.on(SLACK, { body: { ok: true } }));
before(async () => void (await harness.hookline.upcoming()));

/** The run of one night, its time given in UTC. */
async function night(iso: string): ReturnType<Harness['waitForRun']> {
  const start = new Date(iso);
  const end = new Date(start.getTime() + JITTER_MS);
  await harness.client.schedule.getHandle(SCHEDULE).backfill([{ start, end, overlap: 'ALLOW_ALL' }]);
  const eventId = `schedule~nightly-report~1-${iso.replace(/[-:]/g, '')}`;
  await eventually(`the run of ${iso}`, () => harness.hasRun('nightly-report', eventId));
  return harness.waitForRun('nightly-report', eventId);
}

test('it is due at six in Berlin every day', async () => {
  const upcoming = await harness.hookline.upcoming();
  const next = upcoming.find(({ flow }) => flow === 'nightly-report')?.next;
  const { info } = await harness.client.schedule.getHandle(SCHEDULE).describe();
  const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' });
  for (const time of [next!, ...info.nextActionTimes]) assert.match(berlin.format(time), /^06:0[0-2]$/);
});

test('a night counts the orders of all pages of the day before, and tells the team', async () => {
  harness.outside.on(
    ORDERS,
    { body: { orders: [{ total: 10 }, { total: 20.5 }], next: 'page-2' } },
    { body: { orders: [{ total: 5 }] } },
  );
  const run = await night('2025-01-15T05:00:00Z');

  assert.deepEqual(run.state === 'completed' && run.output, { day: '2025-01-14', orders: 3, total: 35.5 });
  const queries = harness.outside.callsTo(ORDERS).map(({ query }) => query);
  assert.deepEqual(queries, [
    { day: '2025-01-14', cursor: '' },
    { day: '2025-01-14', cursor: 'page-2' },
  ]);
  const [message] = harness.outside.callsTo(SLACK);
  assert.deepEqual([message?.body.channel, message?.body.text], ['#sales', '2025-01-14: 3 orders, 35.50 in all']);
});

test('in summer six in Berlin is four in UTC, and the day is still the one before', async () => {
  harness.outside.on(ORDERS, { body: { orders: [] } });
  const run = await night('2025-07-01T04:00:00Z');
  assert.deepEqual(run.state === 'completed' && run.output, { day: '2025-06-30', orders: 0, total: 0 });
});

test('without figures the team is told so, and the run shows as failed', async () => {
  harness.outside.on(ORDERS, { status: 400, body: { error: 'no such day' } });
  const run = await night('2025-01-16T05:00:00Z');

  assert.equal(run.state === 'failed' && run.error.code, 'http_status');
  assert.match(harness.outside.callsTo(SLACK)[0]?.body.text, /^No figures for 2025-01-15: /);
});
