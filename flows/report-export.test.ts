// report-export on a real Temporal server: a service that is busy, slow, or ends without a report.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'report-export';
const ORDER = 'POST /reports/exports';
const LOOK = 'GET /reports/exports/exp-1';
const ORDERED = { status: 202, body: { id: 'exp-1' } };
const RUNNING = { body: { state: 'running' } };
const READY = { body: { state: 'ready', rows: 4711, download_url: 'https://reports.example/exp-1.csv' } };

const harness = sharedHarness(({ outside }) => {
  outside.on(ORDER, ORDERED);
  outside.on(LOOK, READY);
});

test('whoever asked gets a mail when the report is ready, however often it was looked for', async () => {
  harness.outside.on(LOOK, RUNNING, RUNNING, RUNNING, READY);
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { export: 'exp-1', rows: 4711 });
  const [order] = harness.outside.callsTo(ORDER);
  assert.deepEqual(order?.body, { report: 'sales-by-region', month: '2026-10' });
  assert.equal(harness.outside.callsTo(LOOK).length, 4);
  const [mail] = harness.mailbox.to('grace@example.com');
  assert.equal(mail?.subject, 'Your sales-by-region report for 2026-10');
  assert.match(mail?.text ?? '', /https:\/\/reports\.example\/exp-1\.csv/);
});

test('a busy service is asked again under one key, although 409 is final elsewhere', async () => {
  harness.outside.on(ORDER, { status: 409, headers: { 'retry-after': '1' } }, ORDERED);
  const run = await harness.run(FLOW);

  assert.equal(run.state, 'completed');
  const orders = harness.outside.callsTo(ORDER);
  assert.equal(orders.length, 2);
  assert.equal(new Set(orders.map((call) => call.key)).size, 1);
  assert.notEqual(orders[0]?.key, '');
});

test('a refused order is not made again, and the run fails with it', async () => {
  harness.outside.on(ORDER, { status: 422, body: { error: 'no such report' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.status, 422);
  assert.equal(run.state === 'failed' && run.error.step, 'export');
  assert.equal(harness.outside.callsTo(ORDER).length, 1);
});

test('an export that fails is an apology, and the failure of the run', async () => {
  harness.outside.on(LOOK, RUNNING, { body: { state: 'failed', reason: 'the disk is full' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.code, 'export_failed');
  assert.equal(run.state === 'failed' && run.error.message, 'the disk is full');
  assert.deepEqual(
    harness.mailbox.to('grace@example.com').map((mail) => mail.subject),
    ['No sales-by-region report for 2026-10'],
  );
});
