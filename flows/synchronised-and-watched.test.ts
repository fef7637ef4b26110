// backup-watchdog, dunning and stock-synchronised on one real Temporal server: what comes in time, and what is compared. What
// happens when nothing comes takes days, so it is in their `.test.yaml` files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { bearer, signStripe } from '../test/support/sign.ts';
import { eventually } from '../test/temporal/support.ts';

const harness = sharedHarness();

/** Posts a report of a backup job; the id of its event. */
async function report(job: string, delivery: string, state = 'done'): Promise<string> {
  const headers = { ...bearer(exampleSecrets.BACKUPS_TOKEN), 'idempotency-key': delivery };
  const { status, body } = await harness.post('backups', { state, job }, headers);
  assert.equal(status, 202);
  return body.id;
}

/** Posts an event of the billing service about an invoice; the id of it. */
async function billing(type: string, invoice: object): Promise<string> {
  const id = `evt_${type.replace('.', '_')}`;
  const object = { attempt_count: 1, amount_due: 1990, currency: 'eur', customer: 'cus_9', ...invoice };
  const text = JSON.stringify({ id, type, data: { object } });
  const { status, body } = await harness.post('billing', text, signStripe(text, exampleSecrets.BILLING_SIGNING_SECRET));
  assert.equal(status, 202);
  return body.id;
}

test('a job that reports again is watched on by the next run, and nobody is told', async () => {
  const first = await report('database', 'night-1');
  await report('files', 'night-1-files'); // another job's report is none of this one's
  await report('database', 'night-2-failed', 'failed');
  const second = await report('database', 'night-2');

  const run = await harness.waitForRun('backup-watchdog', first);
  assert.deepEqual(run.state === 'completed' && run.output, { job: 'database', in_time: true });
  const next = await harness.client.workflow.getHandle(`backup-watchdog/${second}`).describe();
  assert.equal(next.status.name, 'RUNNING');
  assert.deepEqual(harness.outside.calls, []);
});

test('who pays within the first week gets one mail and keeps access', async () => {
  const customer_email = 'ada@example.com';
  const failed = await billing('invoice.payment_failed', {
    id: 'in_1',
    customer_email,
    hosted_invoice_url: 'https://x',
  });
  await eventually('the first reminder', () => harness.mailbox.mails.length > 0);
  const [mail] = harness.mailbox.mails;
  assert.equal(mail!.subject, 'Your payment did not go through');
  await billing('invoice.paid', { id: 'in_1' });

  const run = await harness.waitForRun('dunning', failed);
  assert.deepEqual(run.state === 'completed' && run.output, { invoice: 'in_1', paid: true });
  assert.equal(harness.mailbox.mails.length, 1);
  assert.deepEqual(harness.outside.calls, []);
});

test('stock levels that differ are written under keys of their own, and one that is refused stops no other', async () => {
  const levels = Array.from({ length: 12 }, (_, index) => ({ sku: `S${index}`, available: index }));
  harness.outside.on('GET /warehouse/levels', { body: { levels } });
  harness.outside.on('GET /shop/inventory/*', ({ path }) => ({
    body: { available: path.endsWith('S3.json') ? 3 : 99 },
  }));
  harness.outside.on('PUT /shop/inventory/*', ({ path }) => ({
    status: path.endsWith('/S5.json') ? 422 : 200,
    body: {},
  }));
  harness.outside.on('POST /slack/chat.postMessage', { body: { ok: true } });

  const response = await fetch(`${harness.hookline.url}/api/flows/stock-synchronised/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'by-hand' },
    body: JSON.stringify({ since: '2026-11-20T00:00:00Z' }),
  });
  const { id } = (await response.json()) as { id: string };
  const run = await harness.waitForRun('stock-synchronised', id);

  const written = levels.map(({ sku }) => sku).filter((sku) => sku !== 'S3' && sku !== 'S5');
  assert.deepEqual(run.state === 'completed' && run.output, { seen: 12, written, failed: ['S5'] });
  const writes = harness.outside.callsTo('PUT /shop/inventory/*');
  assert.equal(new Set(writes.map(({ key }) => key)).size, 11);
  const [told] = harness.outside.callsTo('POST /slack/chat.postMessage');
  assert.equal(told?.body.text, '1 of 12 stock levels could not be written: S5');
});
