// order-fulfilment on a real Temporal server: items go out to runs of their own and come together again, whatever becomes of each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleSecrets } from '../test/support/examples.ts';
import type { RunOutcome } from '../test/support/harness.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import type { OutsideAnswer, OutsideCall } from '../test/support/outside.ts';
import { bearer } from '../test/support/sign.ts';
import { eventually } from '../test/temporal/support.ts';

const RESERVE = 'PUT /warehouse/reservations/*';
const PICK = 'POST /warehouse/picks';
const TELL = 'POST /slack/*';
const GONE = 'decaf';

const harness = sharedHarness(({ outside }) => {
  outside.on(RESERVE, ({ path }: OutsideCall): OutsideAnswer => {
    const sku = path.split('/').at(-1);
    return sku === GONE ? { status: 409, body: {} } : { status: 201, body: { id: `r-${sku}` } };
  });
  outside.on(PICK, ({ body }: OutsideCall): OutsideAnswer => ({ body: { shelf: `for ${body.reservation}` } }));
  outside.on(TELL, { body: { ok: true } });
});

/** Places an order; resolves with how its run ended. */
async function place(id: string, skus: string[]): Promise<RunOutcome> {
  const order = { id, email: 'ada@example.com', items: skus.map((sku, index) => ({ sku, quantity: index + 1 })) };
  const headers = { ...bearer(exampleSecrets.PLACED_ORDERS_TOKEN), 'idempotency-key': id };
  const answer = await harness.post('orders/placed', order, headers);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return harness.waitForRun('order-fulfilment', answer.body.id);
}

test('every item has a run of its own, and what they give comes together in the order of the items', async () => {
  const skus = Array.from({ length: 12 }, (_, index) => `coffee-${index}`);
  const run = await place('A-1', skus);
  assert.deepEqual(run.state === 'completed' && run.output, { ready: skus, missing: [] });
  assert.equal(harness.outside.callsTo(PICK).length, skus.length);
  const [mail] = harness.mailbox.mails;
  assert.match(mail!.text, /Ready: 3 × coffee-2, shelf for r-coffee-2/);
});

test('an item that there is none of is missing and nobody is alarmed; the others are ready', async () => {
  const run = await place('A-2', ['espresso', GONE, 'filter']);
  assert.deepEqual(run.state === 'completed' && run.output, { ready: ['espresso', 'filter'], missing: [GONE] });
  assert.deepEqual(harness.outside.callsTo(TELL), []);
});

test('an item that fails otherwise is told to the warehouse, once, by the flow that listens', async () => {
  harness.outside.on(PICK, { status: 400 });
  const run = await place('A-3', ['espresso']);
  assert.deepEqual(run.state === 'completed' && run.output, { ready: [], missing: ['espresso'] });
  await eventually('the warehouse is told', async () => harness.outside.callsTo(TELL).length > 0);
  const [told, ...others] = harness.outside.callsTo(TELL);
  assert.match(told!.body.text, /could not be got ready.*item-fulfilment\/call~/);
  assert.deepEqual(others, []);
});

test('other runs tell nobody of their end', async () => {
  const run = await place('A-4', ['espresso']);
  assert.equal(run.state, 'completed');
  const { events } = await harness.history('order-fulfilment', 'orders.placed~A-4');
  const calls = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  assert.ok(calls.includes('hookline.call') && !calls.includes('hookline.run_ended'), calls.join());
});
