// money-transfer on a real Temporal server: all of the money moves, or what moved is taken back, also when somebody cancels.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'money-transfer';
const DEBIT = '/bank/accounts/DE02/debits/rent-2026-11';
const CREDIT = '/bank/accounts/DE75/credits/rent-2026-11';
const LEDGER = 'POST /bank/ledger';

const harness = sharedHarness(({ outside }) => {
  outside.on(`PUT ${DEBIT}`, { status: 201, body: { id: 'd-1' } });
  outside.on(`PUT ${CREDIT}`, { status: 201, body: { id: 'c-1' } });
  outside.on(LEDGER, { status: 201, body: { id: 'e-1' } });
  outside.on(`DELETE ${DEBIT}`, { status: 204 });
  outside.on(`DELETE ${CREDIT}`, { status: 204 });
});

/** The bank's calls so far, in order. */
function bankCalls(): string[] {
  return harness.outside.calls.map(({ method, path }) => `${method} ${path}`);
}

test('money is taken, given and written down', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { entry: 'e-1' });
  assert.deepEqual(bankCalls(), [`PUT ${DEBIT}`, `PUT ${CREDIT}`, LEDGER]);
});

test('a refused entry takes everything back, the last thing first, each under a key of its own', async () => {
  harness.outside.on(LEDGER, { status: 422 });
  harness.outside.on(`DELETE ${CREDIT}`, { status: 503 }, { status: 204 });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.step, 'entry');
  assert.deepEqual(bankCalls(), [
    `PUT ${DEBIT}`,
    `PUT ${CREDIT}`,
    LEDGER,
    `DELETE ${CREDIT}`,
    `DELETE ${CREDIT}`,
    `DELETE ${DEBIT}`,
  ]);
  const keys = harness.outside.calls.map(({ key }) => key);
  assert.equal(new Set(keys).size, 5, 'one for each call, the same when it is tried again');
});

test('what cannot be taken back is told with the failure, and the rest is taken back all the same', async () => {
  harness.outside.on(LEDGER, { status: 422 });
  harness.outside.on(`DELETE ${CREDIT}`, { status: 403 });
  const run = await harness.run(FLOW);

  assert.ok(run.state === 'failed');
  assert.deepEqual(
    run.error.undo?.map(({ step, error }) => [step, error.code, error.status]),
    [['credit', 'http_status', 403]],
  );
  assert.equal(harness.outside.callsTo(`DELETE ${DEBIT}`).length, 1);
});
