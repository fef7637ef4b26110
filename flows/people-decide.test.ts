// expense-approval and fraud-check on a real Temporal server: decided through the link of a mail, and through the API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { bearer, signStripe } from '../test/support/sign.ts';
import { eventually } from '../test/temporal/support.ts';

const harness = sharedHarness();

async function expense(delivery: string, change: object = {}): Promise<string> {
  const body = { id: delivery, employee: 'ada@example.com', manager: 'mia@example.com', amount: 240, purpose: 'Train' };
  const headers = { ...bearer(exampleSecrets.EXPENSES_TOKEN), 'idempotency-key': delivery };
  const answer = await harness.post('expenses', { ...body, ...change }, headers);
  assert.equal(answer.status, 202);
  return answer.body.id;
}

/** The link that the mail to an address holds behind this word. */
async function linkIn(address: string, word: string): Promise<string> {
  const [mail] = await eventually(`a mail to ${address}`, () => {
    const mails = harness.mailbox.to(address);
    return mails.length > 0 ? mails : undefined;
  });
  return new RegExp(`${word}: (\\S+)`).exec(mail!.text)![1]!;
}

test('the manager approves by the link of the mail; a mail scanner that follows it first decides nothing', async () => {
  harness.outside.on('PUT /accounts/expenses/*', { body: {} });
  const eventId = await expense('E-17');
  const link = await linkIn('mia@example.com', 'Approve');
  for (const method of ['HEAD', 'GET', 'GET']) assert.equal((await fetch(link, { method })).status, 200);
  assert.equal(harness.outside.calls.length, 0);

  const decided = await fetch(link, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ decision: 'approved', by: 'mia@example.com', 'form.budget': 'training' }),
  });
  assert.equal(decided.status, 200, await decided.text());

  const run = await harness.waitForRun('expense-approval', eventId);
  assert.deepEqual(run.state === 'completed' && run.output, { paid: true, by: 'mia@example.com' });
  assert.equal(harness.outside.callsTo('PUT /accounts/expenses/*')[0]?.body.budget, 'training');
});

test('a second person cannot undo what the first one decided', async () => {
  const eventId = await expense('E-18');
  const link = await linkIn('mia@example.com', 'Reject');
  const post = (decision: string): Promise<Response> =>
    fetch(link, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ decision, by: 'mia@example.com', comment: 'take the bus' }),
    });
  await post('rejected');
  const late = await post('approved');
  assert.equal(late.status, 409);
  const { error } = (await late.json()) as { error: { details: { status: string } } };
  assert.equal(error.details.status, 'rejected');

  const run = await harness.waitForRun('expense-approval', eventId);
  assert.deepEqual(run.state === 'completed' && run.output, { paid: false, reason: 'rejected' });
  assert.match(harness.mailbox.to('ada@example.com')[0]!.text, /mia@example\.com: take the bus/);
});

test('an odd payment is decided through the API', async () => {
  harness.outside.on('POST /risk/scores', { body: { score: 55 } });
  harness.outside.on('POST /slack/chat.postMessage', { body: { ok: true } });
  harness.outside.on('POST /payments/payments/*', { body: {} });
  const text = JSON.stringify({ id: 'evt_9', type: 'review.opened', data: { object: { payment_intent: 'pi_3' } } });
  const signature = signStripe(text, exampleSecrets.REVIEW_SIGNING_SECRET);
  const { body } = await harness.post('payments/review', text, signature);

  const api = `${harness.hookline.url}/api/approvals`;
  const { id } = await eventually('an open approval', async () => {
    const { approvals } = (await (await fetch(api)).json()) as { approvals: { id: string; flow: string }[] };
    return approvals.find(({ flow }) => flow === 'fraud-check');
  });
  const decision = { decision: 'approved', by: 'ben@northcoffee.example' };
  const decided = await fetch(`${api}/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(decision),
  });
  assert.equal(decided.status, 200, await decided.text());

  const run = await harness.waitForRun('fraud-check', body.id);
  const output = { captured: true, decided_by: 'ben@northcoffee.example' };
  assert.deepEqual(run.state === 'completed' && run.output, output);
  assert.ok(harness.outside.callsTo('POST /payments/payments/pi_3/capture').length === 1);
});
