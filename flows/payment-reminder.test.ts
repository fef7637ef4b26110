// payment-reminder on a real Temporal server: the payment that each order waits for. What happens without one takes days, so it
// is in payment-reminder.test.yaml.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { signShopify } from '../test/support/sign.ts';
import { eventually } from '../test/temporal/support.ts';

const harness = sharedHarness();

/** Posts what the shop says about an order; the id of the event. */
async function shop(topic: string, delivery: string, order: object): Promise<string> {
  // Nothing to ship, so that the other flow of this source has nothing to do.
  const text = JSON.stringify({ financial_status: 'pending', line_items: [], email: 'ada@example.com', ...order });
  const answer = await harness.post('shop', text, signShopify(text, exampleSecrets.SHOPIFY_SECRET, topic, delivery));
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return `shop~${delivery}`;
}

async function isWaiting(eventId: string): Promise<boolean> {
  if (!(await harness.hasRun('payment-reminder', eventId))) return false;
  const { events } = await harness.history('payment-reminder', eventId);
  return events?.some((event) => event.activityTaskCompletedEventAttributes) ?? false;
}

test('every order waits for its own payment, and a paid one is let go without a reminder', async () => {
  const orders = [1001, 1002, 1003];
  const ids: string[] = [];
  for (const id of orders) ids.push(await shop('orders/create', `created-${id}`, { id, name: `#${id}` }));
  for (const id of ids) await eventually(`${id} waits`, () => isWaiting(id));
  await shop('orders/paid', 'paid-1002', { id: 1002, financial_status: 'paid' });

  const run = await harness.waitForRun('payment-reminder', ids[1]!);
  assert.deepEqual(run.state === 'completed' && run.output, { paid: true });
  assert.deepEqual(harness.outside.calls, []);
  for (const id of [ids[0]!, ids[2]!]) {
    const { status } = await harness.client.workflow.getHandle(`payment-reminder/${id}`).describe();
    assert.equal(status.name, 'RUNNING');
  }
});

test('a payment that comes before the run has begun to wait counts', async () => {
  const created = await shop('orders/create', 'created-1004', { id: 1004 });
  await shop('orders/paid', 'paid-1004', { id: 1004, financial_status: 'paid' });
  const run = await harness.waitForRun('payment-reminder', created);
  assert.deepEqual(run.state === 'completed' && run.output, { paid: true });
});

test('an order that is paid already starts nothing', async () => {
  const created = await shop('orders/create', 'created-1005', { id: 1005, financial_status: 'paid' });
  assert.equal(await harness.hasRun('payment-reminder', created), false);
});
