// user-created on a real Temporal server: three branches side by side, none of which can stop the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleRequest } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'user-created';
const UPSERT = 'PUT /crm/contacts/usr_01JD4Q8T6M';
const ACCOUNT = 'POST /accounts/accounts';
const SLACK = 'POST /slack/chat.postMessage';

const harness = sharedHarness(({ outside }) => {
  outside.on(UPSERT, { body: { id: 'contact-17' } });
  outside.on(ACCOUNT, { status: 201, body: { id: 'account-9' } });
  outside.on(SLACK, { body: { ok: true } });
});

test('a new user gets the mail, the contact and the account', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { contact: 'contact-17', account: 'account-9' });
  const [contact] = harness.outside.callsTo(UPSERT);
  assert.deepEqual(contact?.body, {
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    company: 'Analytical Engines & Sons',
    source: 'signup',
  });
  assert.equal(contact?.headers['authorization'], 'Bearer crm-secret-1d4c');
  const [account] = harness.outside.callsTo(ACCOUNT);
  assert.deepEqual(account?.body, { owner: 'usr_01JD4Q8T6M', plan: 'team' });
  assert.notEqual(account?.key, contact?.key);
  assert.equal(harness.outside.callsTo(SLACK).length, 0);

  const [mail, ...more] = harness.mailbox.to('ada@example.com');
  assert.equal(more.length, 0);
  assert.equal(mail?.subject, 'Welcome, Ada Lovelace');
  assert.match(mail?.from ?? '', /hello@northcoffee\.example/);
  assert.match(mail?.text ?? '', /Hello Ada Lovelace,/);
});

test('what a user typed is text in the HTML of the mail, never markup', async () => {
  await harness.run(FLOW, (body) => (body.user.name = 'Ada <b>&</b>'));

  const [mail] = harness.mailbox.to('ada@example.com');
  assert.match(mail?.html ?? '', /Hello Ada &lt;b&gt;&amp;&lt;\/b&gt;,/);
});

test('a CRM that refuses stops neither mail nor account; the team is told and the run shows as failed', async () => {
  harness.outside.on(UPSERT, { status: 400, body: { error: 'company is too long' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.code, 'onboarding_incomplete');
  assert.match(run.state === 'failed' ? run.error.message : '', /usr_01JD4Q8T6M: crm$/);
  assert.equal(harness.outside.callsTo(UPSERT).length, 1, 'a 400 is not tried again');
  assert.equal(harness.outside.callsTo(ACCOUNT).length, 1);
  assert.equal(harness.mailbox.to('ada@example.com').length, 1);
  assert.deepEqual(harness.outside.callsTo(SLACK)[0]?.body.channel, '#onboarding');
  assert.match(harness.outside.callsTo(SLACK)[0]?.body.text, /incomplete: crm \(http_status\)$/);
});

test('an address that takes no mail stops neither contact nor account', async () => {
  harness.mailbox.refuse('ada@example.com', 550);
  const run = await harness.run(FLOW);

  assert.match(run.state === 'failed' ? run.error.message : '', /: welcome$/);
  assert.equal(harness.outside.callsTo(UPSERT).length, 1);
  assert.equal(harness.outside.callsTo(ACCOUNT).length, 1);
});

test('a service that is away for a moment is asked again under the same key', async () => {
  harness.outside.on(ACCOUNT, { status: 503 }, { status: 201, body: { id: 'account-10' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { contact: 'contact-17', account: 'account-10' });
  const keys = harness.outside.callsTo(ACCOUNT).map((call) => call.key);
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 1);
  assert.notEqual(keys[0], '');
});

test('defaults stand in for what a sign-up leaves out', async () => {
  const run = await harness.run(FLOW, (body) => {
    delete body.user.company;
    delete body.user.plan;
  });

  assert.equal(run.state, 'completed');
  assert.equal(harness.outside.callsTo(UPSERT)[0]?.body.company, null);
  assert.equal(harness.outside.callsTo(ACCOUNT)[0]?.body.plan, 'free');
});

test('a body without an address is answered 422 with the reason', async () => {
  const answer = await harness.send(FLOW, (body) => delete body.user.email);

  assert.equal(answer.status, 422);
  assert.match(JSON.stringify(answer.body), /email/);
});

test('a wrong token and none at all are answered 401', async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const wrong = await harness.post(source, body, { ...headers, authorization: 'Bearer not-the-token' });
  const none = await harness.post(source, body, { 'idempotency-key': 'without-a-token' });

  assert.deepEqual([wrong.status, none.status], [401, 401]);
  assert.equal(harness.outside.calls.length, 0);
});
