// Waits, timeouts and cancellation.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectorCall, Json } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, runDemo, said, say, type Demo } from './run-demo.ts';

const MINUTE_MS = 60_000;

function elapsedMs({ runtime }: Demo): number {
  return runtime.now() - runtime.startedAt;
}

describe('wait', () => {
  for (const [duration, ms] of [
    [1_500, 1_500],
    ['5m', 300_000],
    ['${{ event.body.pause }}', 2_000],
    ['1.5h', 5_400_000],
  ] as const) {
    it(`lets ${duration} pass`, async () => {
      const demo = runDemo(flowOf([{ verb: 'wait', wait: duration, id: 'pause' }]), undefined, { pause: '2s' });
      await demo.result;
      assert.equal(elapsedMs(demo), ms);
      assert.deepEqual(demo.runtime.sleeps, [{ ms, summary: 'pause' }]);
      assert.equal(demo.runtime.waits, 1);
    });
  }

  it('of nothing starts no timer, and a short one does not count as waiting', async () => {
    const demo = runDemo(
      flowOf([
        { verb: 'wait', wait: 0 },
        { verb: 'wait', wait: 50 },
      ]),
    );
    await demo.result;
    assert.equal(demo.runtime.sleeps.length, 1);
    assert.equal(demo.runtime.waits, 0);
  });

  for (const duration of ['soon', '-5s', '${{ null }}', -1, 1e15]) {
    it(`refuses ${duration}`, async () => {
      const { result } = runDemo(flowOf([{ verb: 'wait', wait: duration }]));
      await assert.rejects(result, (thrown: StepFailure) => thrown.error.code === 'invalid_field');
    });
  }
});

describe('timeout', () => {
  const slow = { verb: 'wait', wait: MINUTE_MS, line: 4 };

  it('of a block cancels what is inside and is bound as timed out', async () => {
    const block = {
      verb: 'try',
      id: 'block',
      try: [slow, say('unreached')],
      timeoutMs: 1_000,
      onError: 'continue' as const,
    };
    const demo = runDemo(flowOf([block], { output: '${{ [steps.block.status, steps.block.error.code] }}' }));
    assert.deepEqual((await demo.result).output, ['timed_out', 'timeout']);
    assert.equal(elapsedMs(demo), 1_000);
    assert.deepEqual(said(demo), []);
  });

  it('does nothing to a step that ends in time, and leaves no timer behind', async () => {
    const demo = runDemo(flowOf([{ verb: 'wait', wait: 500, timeoutMs: 1_000 }]));
    await demo.result;
    await demo.runtime.advance(MINUTE_MS);
    assert.equal(elapsedMs(demo), 500);
  });

  it('of the inner step fails the outer one, which is not timed out itself', async () => {
    const inner = { ...slow, id: 'inner', timeoutMs: 1_000 };
    const block = { verb: 'try', id: 'outer', try: [inner], timeoutMs: 5_000, onError: 'continue' as const };
    const demo = runDemo(flowOf([block], { output: '${{ [steps.outer.status, steps.inner.status] }}' }));
    assert.deepEqual((await demo.result).output, ['failed', 'timed_out']);
  });

  it('of the flow ends its steps; `catch` and `finally` still run, with time of their own', async () => {
    const pause = { verb: 'wait', wait: 2_000, line: 7 } as never;
    const flow = flowOf([slow], {
      timeoutMs: 1_000,
      catch: [pause, say('${{ error.code }}') as never],
      finally: [pause, say('${{ run.status }}') as never],
    });
    const demo = runDemo(flow);
    await demo.result;
    assert.deepEqual(said(demo), ['flow_timeout', 'completed']);
    assert.equal(elapsedMs(demo), 5_000);
  });

  it('of `finally` is five minutes', async () => {
    const flow = flowOf([say('body')], { finally: [{ verb: 'wait', wait: 10 * MINUTE_MS, line: 3 }] });
    const demo = runDemo(flow);
    await assert.rejects(demo.result, (thrown: StepFailure) => thrown.error.code === 'timeout');
    assert.equal(elapsedMs(demo), 5 * MINUTE_MS);
  });
});

describe('cancellation', () => {
  it('passes `catch` and `on_error` by and runs every `finally`', async () => {
    const flow = flowOf(
      [
        {
          verb: 'try',
          onError: 'continue',
          try: [{ verb: 'wait', wait: MINUTE_MS, onError: 'continue', line: 2 }, say('unreached')],
          catch: [say('caught')],
          finally: [{ verb: 'wait', wait: 1_000, line: 3 }, say('inner clean-up')],
        },
        say('unreached'),
      ],
      { catch: [say('flow caught') as never], finally: [say('${{ run.status }}') as never] },
    );
    const runtime = createFakeRuntime();
    const { result } = interpret(inputOf(flow), runtime);
    result.catch(() => undefined);
    await runtime.advance(500);
    runtime.cancel();
    await assert.rejects(runtime.finish(result), (thrown) => runtime.isCancellation(thrown));
    assert.deepEqual(said({ runtime, result }), ['inner clean-up', 'cancelled']);
  });

  it('reaches all branches of a `parallel`, whatever its `on_error`', async () => {
    for (const onError of ['fail', 'finish', 'continue'] as const) {
      const branch = [{ verb: 'wait', wait: MINUTE_MS, line: 1 }, say('unreached')];
      const flow = flowOf([{ verb: 'parallel', parallel: { a: branch, b: branch }, onError }, say('unreached')]);
      const runtime = createFakeRuntime();
      const { result } = interpret(inputOf(flow), runtime);
      result.catch(() => undefined);
      await runtime.advance(500);
      runtime.cancel();
      await assert.rejects(runtime.finish(result), (thrown) => runtime.isCancellation(thrown));
      assert.deepEqual(said({ runtime, result }), []);
    }
  });

  it('does not reach work that `finally` does when it began', async () => {
    const flow = flowOf([say('body')], { finally: [{ verb: 'wait', wait: 2_000, line: 3 }, say('cleaned') as never] });
    const runtime = createFakeRuntime((call: ConnectorCall): Json => call.with['say'] ?? null);
    const { result } = interpret(inputOf(flow), runtime);
    await runtime.advance(1_000);
    runtime.cancel();
    await runtime.finish(result);
    assert.deepEqual(said({ runtime, result }), ['body', 'cleaned']);
  });
});
