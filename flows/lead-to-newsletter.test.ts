// lead-to-newsletter on a real Temporal server: consent first, then the list, then the partner.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { exampleRequest, exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { signStandardWebhooks } from '../test/support/sign.ts';

const FLOW = 'lead-to-newsletter';
const JOIN = 'POST /newsletter/lists/roastery-letter/members';
const PARTNER = 'POST /partner';

const harness = sharedHarness(({ outside }) => {
  outside.on(JOIN, { status: 201, body: { id: 'member-1' } });
  outside.on(PARTNER, { status: 204 });
});

interface FormAnswer {
  field: { ref: string };
  [kind: string]: unknown;
}

const answerTo = (body: { form_response: { answers: FormAnswer[] } }, ref: string): FormAnswer =>
  body.form_response.answers.find((answer) => answer.field.ref === ref)!;

test('a lead with consent joins the list and the partner hears of it', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { subscribed: true, new: true });
  const [join] = harness.outside.callsTo(JOIN);
  assert.deepEqual(join?.body, {
    email: 'katherine@example.com',
    name: 'Katherine Johnson',
    tags: ['espresso', 'filter'],
    consent: { given_at: '2026-11-20T10:02:05Z', form: 'nl2026' },
  });
  const basic = Buffer.from(`hookline:${exampleSecrets.NEWSLETTER_KEY}`).toString('base64');
  assert.equal(join?.headers['authorization'], `Basic ${basic}`);
});

test("the partner's webhook is signed, so that they can check it, and holds no address", async () => {
  await harness.run(FLOW);

  const [webhook] = harness.outside.callsTo(PARTNER);
  const timestamp = Number(webhook?.headers['webhook-timestamp']);
  const expected = signStandardWebhooks(
    webhook?.text ?? '',
    exampleSecrets.PARTNER_SIGNING_SECRET,
    webhook?.headers['webhook-id'] ?? '',
    timestamp,
  );
  assert.equal(webhook?.headers['webhook-signature'], expected['webhook-signature']);
  assert.equal(webhook?.body.type, 'lead.subscribed');
  assert.deepEqual(webhook?.body.data, {
    email_sha256: createHash('sha256').update('katherine@example.com').digest('hex'),
    campaign: 'autumn-roast',
  });
});

test('without consent nothing leaves the house', async () => {
  const run = await harness.run(FLOW, (body) => (answerTo(body, 'consent')['boolean'] = false));

  assert.deepEqual(run.state === 'completed' && run.output, { subscribed: false, reason: 'no consent' });
  assert.equal(harness.outside.calls.length, 0);
});

test('a form without the question for an address is no failure', async () => {
  const run = await harness.run(FLOW, (body) => {
    body.form_response.answers = body.form_response.answers.filter(
      (answer: FormAnswer) => answer.field.ref !== 'email',
    );
  });

  assert.deepEqual(run.state === 'completed' && run.output, { subscribed: false, reason: 'no address' });
  assert.equal(harness.outside.calls.length, 0);
});

test('a member who is there already is not announced again', async () => {
  harness.outside.on(JOIN, { status: 409, body: { error: 'member exists' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { subscribed: true, new: false });
  assert.equal(harness.outside.callsTo(PARTNER).length, 0);
});

test('a partner who is gone does not fail the run', async () => {
  harness.outside.on(PARTNER, { status: 410 });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { subscribed: true, new: true });
  assert.equal(harness.outside.callsTo(PARTNER).length, 1);
});

test('a partner who stumbles gets the same webhook id again', async () => {
  harness.outside.on(PARTNER, { status: 500 }, { status: 204 });
  await harness.run(FLOW);

  const ids = harness.outside.callsTo(PARTNER).map((call) => call.headers['webhook-id']);
  assert.equal(ids.length, 2);
  assert.equal(new Set(ids).size, 1);
});

test('a form that was changed on its way is refused', async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const answer = await harness.post(source, body.replace('Johnson', 'Jonson'), headers);

  assert.equal(answer.status, 401);
});
