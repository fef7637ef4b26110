// Attempts that a run makes itself, on a real Temporal server: refused calls, a worker that says nothing any more, the key.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { FlowError } from '../../workflows/definition.ts';
import { flowOf, type StepDraft } from '../interpret/run-demo.ts';
import { startBench, type Bench, type Handle } from './bench.ts';

const retry = { maxAttempts: 3, delayMs: 10, backoff: 1, maxDelayMs: 10 };
const ask = (connector: string, rest: Partial<StepDraft>): StepDraft => ({
  verb: 'uses',
  id: 'ask',
  uses: `demo.${connector}`,
  ...rest,
});

let bench: Bench;
before(async () => {
  bench = await startBench();
});
after(() => bench?.stop());

const madeBy = (handle: Handle): Bench['attempts'] =>
  bench.attempts.filter(({ call }) => call.run.id === handle.workflowId);

async function errorOf(handle: Handle): Promise<FlowError> {
  const thrown: unknown = await handle.result().catch((error: unknown) => error);
  assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure, String(thrown));
  return thrown.cause.details![0] as FlowError;
}

describe('a call with `retry.on`', () => {
  it('is made again although Temporal would not, under one key, and fails with its last answer', async () => {
    const step = ask('refuse', { retry: { ...retry, on: 'error.status == 402 && error.body.no' } });
    const handle = await bench.start(flowOf([step]));
    const error = await errorOf(handle);
    assert.deepEqual(error, {
      code: 'http_status',
      message: 'the service answered 402',
      step: 'ask',
      attempt: 3,
      status: 402,
      headers: { 'x-why': 'poor' },
      body: { no: true },
    });
    const made = madeBy(handle);
    assert.deepEqual(
      made.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.equal(new Set(made.map(({ call }) => call.idempotencyKey)).size, 1);
  });

  it('is not made again although Temporal would', async () => {
    const handle = await bench.start(flowOf([ask('flaky', { with: { until: 2 }, retry: { ...retry, on: 'false' } })]));
    assert.equal((await errorOf(handle)).code, 'network');
    assert.equal(madeBy(handle).length, 1);
  });

  it('is made again when its worker was lost, whatever `on` says', async () => {
    const step = ask('lost', { with: { until: 2 }, retry: { ...retry, on: 'error.status == 503' } });
    const handle = await bench.start(flowOf([step], { output: '${{ steps.ask.output.attempt }}' }));
    assert.equal((await handle.result()).output, 2);
    assert.equal(madeBy(handle).length, 2);
  });
});

describe('a call with `retry.until`', () => {
  it('alone is made again as Temporal would, until it is true', async () => {
    const rules = { ...retry, until: 'error.attempt == 2' };
    const flaky = await bench.start(flowOf([ask('flaky', { with: { until: 9 }, retry: rules })]));
    const refused = await bench.start(flowOf([ask('refuse', { retry: rules })]));
    assert.equal((await errorOf(flaky)).attempt, 2);
    assert.equal((await errorOf(refused)).attempt, 1);
    assert.equal(madeBy(refused).length, 1);
  });
});
