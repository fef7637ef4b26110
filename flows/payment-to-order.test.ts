// payment-to-order on a real Temporal server: money arrived, so nothing may be lost, doubled or kept quiet about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleRequest, exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { signStripe } from '../test/support/sign.ts';

const FLOW = 'payment-to-order';
const PAYMENT = 'POST /orders/orders/order-7731/payments';

const harness = sharedHarness(({ outside }) => {
  outside.on(PAYMENT, { status: 201, body: { status: 'paid' } });
});

test('a paid checkout marks the order and sends the receipt', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { order: 'order-7731', paid: '47.90 EUR' });
  const [payment, ...more] = harness.outside.callsTo(PAYMENT);
  assert.equal(more.length, 0);
  assert.deepEqual(payment?.body, { payment_intent: 'pi_3QMZx5LkdIwHu7ix0QpYd2aN', amount: 4790, currency: 'eur' });
  const [receipt] = harness.mailbox.to('grace@example.com');
  assert.equal(receipt?.subject, 'Receipt for order-7731');
  assert.match(receipt?.text ?? '', /We received 47\.90 EUR for order order-7731\./);
  assert.equal(harness.mailbox.to('finance@northcoffee.example').length, 0);
});

test('an order service that is away gets the payment later, under the same key, and one receipt goes out', async () => {
  harness.outside.on(PAYMENT, { hangUp: true }, { status: 502 }, { status: 200, body: { status: 'paid' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state, 'completed');
  const keys = harness.outside.callsTo(PAYMENT).map((call) => call.key);
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.equal(harness.mailbox.to('grace@example.com').length, 1);
});

test('money for an order that does not exist goes to finance, and the run shows as failed', async () => {
  harness.outside.on(PAYMENT, { status: 404, body: { error: 'no such order' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.code, 'unknown_order');
  assert.equal(harness.mailbox.to('grace@example.com').length, 0);
  const [mail] = harness.mailbox.to('finance@northcoffee.example');
  assert.match(mail?.text ?? '', /47\.90 EUR was paid for order order-7731, which does not exist/);
  assert.match(mail?.text ?? '', /code: unknown_order/);
});

test('a receipt that cannot be delivered goes to finance too, and the order stays paid', async () => {
  harness.mailbox.refuse('grace@example.com', 550);
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.step, 'receipt');
  assert.equal(harness.outside.callsTo(PAYMENT).length, 1);
  assert.equal(harness.mailbox.to('finance@northcoffee.example').length, 1);
});

test('a session that is not paid yet and events of other types start nothing', async () => {
  const unpaid = await harness.send(FLOW, (body) => (body.data.object.payment_status = 'unpaid'));
  const expired = await harness.send(FLOW, (body) => (body.type = 'checkout.session.expired'));
  await harness.run(FLOW);

  assert.deepEqual([unpaid.status, expired.status], [202, 202]);
  assert.equal(await harness.hasRun(FLOW, unpaid.body.id), false);
  assert.equal(await harness.hasRun(FLOW, expired.body.id), false);
  assert.equal(harness.outside.callsTo(PAYMENT).length, 1);
});

test("Stripe's repeat of an event, signed anew, pays nothing twice", async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const first = await harness.post(source, body, headers);
  const later = signStripe(body, exampleSecrets.STRIPE_SIGNING_SECRET, Math.floor(Date.now() / 1000) + 2);
  const repeat = await harness.post(source, body, later);
  await harness.waitForRun(FLOW, first.body.id);
  await harness.run(FLOW);

  assert.equal(repeat.body.id, first.body.id);
  assert.equal(harness.outside.callsTo(PAYMENT).length, 2, 'one for each of the two events');
});

test('a captured request that is sent again an hour later is refused', async () => {
  const { source, body } = exampleRequest(FLOW);
  const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
  const answer = await harness.post(source, body, signStripe(body, exampleSecrets.STRIPE_SIGNING_SECRET, anHourAgo));

  assert.equal(answer.status, 401);
});
