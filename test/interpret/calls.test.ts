// What a call carries: times, retry, idempotency key, summary, secrets only as slots.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunInput } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, runDemo, say, type StepDraft } from './run-demo.ts';

const DAY_MS = 86_400_000;

async function callOf(step: StepDraft, rest: Partial<RunInput> = {}, flowRest = {}) {
  const { runtime, result } = runDemo(flowOf([step], flowRest), undefined, {}, rest);
  await result;
  return runtime.calls[0]!;
}

describe('a call', () => {
  it('has the default times and retry', async () => {
    const { call, options } = await callOf(say(1, { id: 'tell' }));
    const retry = { maxAttempts: 10, delayMs: 1_000, backoff: 2, maxDelayMs: 300_000 };
    assert.deepEqual(options, {
      summary: 'tell',
      startToCloseMs: 35_000,
      scheduleToCloseMs: DAY_MS,
      heartbeatTimeoutMs: 5_000,
      retry,
    });
    assert.deepEqual(call, {
      connector: 'demo.echo',
      with: { say: 1 },
      secrets: [],
      idempotencyKey: call.idempotencyKey,
      attemptTimeoutMs: 30_000,
      retry,
      run: { id: 'demo/event-1', flow: 'demo', step: 'tell' },
    });
    assert.match(call.idempotencyKey, /^[0-9a-f]{32}$/);
  });

  it('takes times and retry from the step, and retry from the flow when the step has none', async () => {
    const retry = { maxAttempts: 1, delayMs: 5, backoff: 1, maxDelayMs: 5 };
    const own = await callOf(say(1, { timeoutMs: 600_000, attemptTimeoutMs: 2_000, retry }));
    assert.equal(own.options.startToCloseMs, 7_000);
    assert.equal(own.options.scheduleToCloseMs, 600_000);
    assert.deepEqual(own.options.retry, retry);
    assert.deepEqual((await callOf(say(1), {}, { retry })).call.retry, retry);
  });

  it('never gives one attempt more time than the step has', async () => {
    const { call } = await callOf(say(1, { timeoutMs: 1_000 }));
    assert.equal(call.attemptTimeoutMs, 1_000);
  });

  it('ends its retries when the answer to the sender is due, until that is given', async () => {
    assert.equal((await callOf(say(1), { respondWithinMs: 10_000 })).options.scheduleToCloseMs, 10_000);
    const respond = { verb: 'respond', respond: { body: 1 } };
    const { runtime, result } = runDemo(flowOf([respond, say(1)]), undefined, {}, { respondWithinMs: 10_000 });
    await result;
    assert.equal(runtime.calls[0]!.options.scheduleToCloseMs, DAY_MS);
  });

  it('that starts after the answer was due gets the time of one attempt', async () => {
    const flow = flowOf([{ verb: 'wait', wait: 60_000 }, say(1)]);
    const { runtime, result } = runDemo(flow, undefined, {}, { respondWithinMs: 10_000 });
    await result;
    assert.equal(runtime.calls[0]!.options.scheduleToCloseMs, 30_000);
  });

  it('names the connection', async () => {
    assert.equal((await callOf(say(1, { connection: 'stock' }))).call.connection, 'stock');
  });

  it('holds secrets as slots, and a body of their shape as mere data', async () => {
    const body = { secret: 'TOKEN', text: '${{ secrets.TOKEN }}' };
    const flow = flowOf([say({ auth: 'Bearer ${{ secrets.TOKEN }}', body: '${{ event.body }}' })]);
    const { runtime, result } = runDemo(flow, undefined, body);
    await result;
    const { call } = runtime.calls[0]!;
    assert.deepEqual(call.with, { say: { auth: null, body } });
    assert.deepEqual(call.secrets, [{ pointer: '/say/auth', parts: ['Bearer ', { secret: 'TOKEN' }] }]);
  });

  it('has a key that depends on the run and the path only', async () => {
    const keys = async (workflowId: string): Promise<string[]> => {
      const runtime = createFakeRuntime();
      runtime.workflowId = workflowId;
      await runtime.finish(interpret(inputOf(flowOf([say(1), say(1)])), runtime).result);
      return runtime.calls.map(({ call }) => call.idempotencyKey);
    };
    const first = await keys('demo/a');
    assert.deepEqual(await keys('demo/a'), first);
    assert.equal(new Set([...first, ...(await keys('demo/b'))]).size, 4);
  });

  it('has a summary of at most 200 bytes that splits no character', async () => {
    const { options } = await callOf(say(1, { name: 'ä€😀'.repeat(40) }));
    assert.ok(Buffer.byteLength(options.summary) <= 200);
    assert.ok(Buffer.byteLength(options.summary) > 190);
    assert.doesNotMatch(options.summary, /\ufffd/u);
    assert.equal(Buffer.from(options.summary).toString(), options.summary);
  });

  it('does not start when history is nearly full', async () => {
    const runtime = createFakeRuntime();
    runtime.settings.historyEvents = 20_000;
    const { result } = interpret(inputOf(flowOf([say(1)])), runtime);
    await assert.rejects(runtime.finish(result), (thrown: StepFailure) => thrown.error.code === 'run_too_long');
    assert.equal(runtime.calls.length, 0);
  });
});
