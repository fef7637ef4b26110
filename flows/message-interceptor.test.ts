// message-interceptor on a real Temporal server: what the waiting sender is answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleRequest } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'message-interceptor';
const CUSTOMER = 'GET /crm/contacts/cus_RFq0TfVGJm9o2S';

const harness = sharedHarness(({ outside }) => {
  outside.on(CUSTOMER, { body: { id: 'c-1', first_name: 'Grace', locale: 'nl-NL', segment: 'loyal' } });
});

test('the sender gets the message back, enriched and with the card number hidden', async () => {
  const answer = await harness.send(FLOW);

  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    message_id: 'msg-90017',
    channel: 'sms',
    text: 'Hi Grace, your order is on its way. Card •••• 1111 was charged.',
    locale: 'nl-NL',
    segment: 'loyal',
  });
  assert.equal(harness.outside.callsTo(CUSTOMER)[0]?.headers['authorization'], 'Bearer crm-secret-1d4c');
});

test('a customer of whom little is known gets the defaults', async () => {
  harness.outside.on(CUSTOMER, { body: { id: 'c-1' } });
  const answer = await harness.send(FLOW);

  assert.equal(answer.status, 200);
  assert.match(answer.body.text, /^Hi there, /);
  assert.equal(answer.body.locale, 'en');
  assert.equal(answer.body.segment, null);
});

test('an unknown customer is answered 422', async () => {
  harness.outside.on(CUSTOMER, { status: 404 });
  const answer = await harness.send(FLOW);

  assert.equal(answer.status, 422);
  assert.deepEqual(answer.body, { error: 'unknown_customer', message: 'There is no customer cus_RFq0TfVGJm9o2S' });
});

test('a customer who opted out of the channel is answered 422', async () => {
  harness.outside.on(CUSTOMER, { body: { id: 'c-1', first_name: 'Grace', opted_out: ['sms', 'push'] } });
  const answer = await harness.send(FLOW);

  assert.equal(answer.status, 422);
  assert.equal(answer.body.error, 'opted_out');
});

test('a message that does not fit the schema is answered 422 with the reason, and nobody is asked', async () => {
  const answer = await harness.send(FLOW, (body) => (body.channel = 'fax'));

  assert.equal(answer.status, 422);
  assert.match(JSON.stringify(answer.body), /channel/);
  assert.equal(harness.outside.calls.length, 0);
});

test('a CRM that stumbles once is asked again while the sender waits', async () => {
  harness.outside.on(CUSTOMER, { status: 503 }, { body: { id: 'c-1', first_name: 'Grace' } });
  const answer = await harness.send(FLOW);

  assert.equal(answer.status, 200);
  assert.equal(harness.outside.callsTo(CUSTOMER).length, 2);
});

test('a CRM that stays away is answered as a failure of ours, without its details', async () => {
  harness.outside.on(CUSTOMER, { status: 500, body: { trace: 'at line 12 of crm.php' } });
  const answer = await harness.send(FLOW);

  assert.ok(answer.status >= 500, `answered ${answer.status}`);
  assert.doesNotMatch(JSON.stringify(answer.body), /crm\.php/);
  assert.equal(harness.outside.callsTo(CUSTOMER).length, 3);
});

test('the same delivery sent again gets the same answer from the same run', async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const first = await harness.post(source, body, headers);
  const again = await harness.post(source, body, headers);

  assert.deepEqual([first.status, again.status], [200, 200]);
  assert.deepEqual(again.body, first.body);
  assert.equal(harness.outside.callsTo(CUSTOMER).length, 1);
});

test('a wrong API key is answered 401', async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const answer = await harness.post(source, body, { ...headers, 'x-api-key': 'guess' });

  assert.equal(answer.status, 401);
});
