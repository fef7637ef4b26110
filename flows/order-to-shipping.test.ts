// order-to-shipping on a real Temporal server: a carrier that is slow, away or unwilling.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'order-to-shipping';
const LABEL = 'POST /carrier/shipments';
const FULFIL = 'POST /shop/orders/5678901234567/fulfillments.json';
const SLACK = 'POST /slack/chat.postMessage';
const LABEL_ANSWER = { status: 201, body: { id: 'shp_1', tracking_number: '3SNC0042' } };

const harness = sharedHarness(({ outside }) => {
  outside.on(LABEL, LABEL_ANSWER);
  outside.on(FULFIL, { status: 201, body: { fulfillment: { id: 255858046 } } });
  outside.on(SLACK, { body: { ok: true } });
});

test('a paid order becomes a label, a fulfilment and a mail', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { shipped: true, tracking_number: '3SNC0042' });
  const [label] = harness.outside.callsTo(LABEL);
  assert.equal(label?.headers['x-carrier-key'], 'carrier-secret-c218');
  assert.deepEqual(label?.body, {
    reference: '#1042',
    to: { name: 'Grace Hopper', street: 'Wijnhaven 12', city: 'Rotterdam', postcode: '3011 WN', country: 'NL' },
    parcel: {
      items: [
        { sku: 'ESP-1000', quantity: 1 },
        { sku: 'FIL-0250', quantity: 1 },
      ],
      grams: 1250,
    },
  });
  const [fulfilment] = harness.outside.callsTo(FULFIL);
  assert.deepEqual(fulfilment?.body, { fulfillment: { tracking_number: '3SNC0042', notify_customer: false } });
  const [mail] = harness.mailbox.to('grace@example.com');
  assert.equal(mail?.subject, '#1042 is on its way');
  assert.match(mail?.text ?? '', /2 item\(s\) left[\s\S]*3SNC0042/);
});

test('the carrier is asked until it answers, always under one key', async () => {
  const busy = { status: 503, headers: { 'retry-after': '1' } };
  harness.outside.on(LABEL, { hangUp: true }, busy, busy, LABEL_ANSWER);
  const run = await harness.run(FLOW);

  assert.equal(run.state, 'completed');
  const calls = harness.outside.callsTo(LABEL);
  assert.equal(calls.length, 4);
  assert.equal(new Set(calls.map((call) => call.key)).size, 1);
  assert.equal(harness.outside.callsTo(FULFIL).length, 1);
  assert.equal(harness.mailbox.to('grace@example.com').length, 1);
});

test("a label without tracking is named by the label's own id", async () => {
  harness.outside.on(LABEL, { status: 201, body: { id: 'shp_2' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { shipped: true, tracking_number: 'shp_2' });
  assert.equal(harness.outside.callsTo(FULFIL)[0]?.body.fulfillment.tracking_number, 'shp_2');
});

test("a carrier that refuses the address leaves the order to people, and that is the run's result", async () => {
  harness.outside.on(LABEL, { status: 422, body: { error: 'postcode does not exist' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { shipped: false, reason: 'http_status' });
  assert.equal(harness.outside.callsTo(LABEL).length, 1);
  assert.equal(harness.outside.callsTo(FULFIL).length, 0);
  assert.equal(harness.mailbox.mails.length, 0);
  const [message] = harness.outside.callsTo(SLACK);
  assert.equal(message?.body.channel, '#warehouse');
  assert.match(message?.body.text, /^#1042 needs a label by hand: /);
});

test('an order with nothing to ship starts nothing', async () => {
  const digital = await harness.send(FLOW, (body) => {
    body.line_items = body.line_items.filter((item: { requires_shipping: boolean }) => !item.requires_shipping);
  });
  await harness.run(FLOW);

  assert.equal(digital.status, 202);
  assert.equal(await harness.hasRun(FLOW, digital.body.id), false);
  assert.equal(harness.outside.callsTo(LABEL).length, 1);
});

test('a customer whose mailbox refuses makes the run fail after the order was shipped', async () => {
  harness.mailbox.refuse('grace@example.com', 550);
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.step, 'tracking_mail');
  assert.equal(harness.outside.callsTo(FULFIL).length, 1);
});
