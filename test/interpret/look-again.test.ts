// The time of a wait is over: what the store had accepted by then is taken, although the run was never told of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flow, Json, JsonObject } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { STORE_CALLS, type RegisterAnswer } from '../../workflows/store-call.ts';
import { createFakeRuntime, type FakeRuntime } from './fake-runtime.ts';
import { runInParts } from './in-parts.ts';
import { flowOf, inputOf, say, type StepDraft } from './run-demo.ts';
import { DAY_MS, NOTHING, paid, payment, WAITER } from './wait-lab.ts';

const output = { output: '${{ [steps.payment.status, steps.payment.output?.body?.n ?? null] }}' };

function waiting(changes: Partial<StepDraft> = {}, flow: Partial<Flow> = { looksAgain: true }): Flow {
  return { ...flowOf([{ ...payment, timeoutMs: DAY_MS, ...changes }], output), ...flow };
}

/** Nothing came before the wait; afterwards the store has these pages to show. */
function storeWith(pages: RegisterAnswer[]): FakeRuntime {
  const left = [...pages];
  return createFakeRuntime(({ connector }): Json => {
    if (connector === STORE_CALLS.register) return NOTHING as unknown as Json;
    if (connector === STORE_CALLS.lookAgain) return (left.shift() ?? NOTHING) as unknown as Json;
    return null;
  });
}

async function outputOf(flow: Flow, runtime: FakeRuntime): Promise<Json | undefined> {
  return (await runtime.finish(interpret(inputOf(flow, { id: 7, tags: [] }), runtime).result)).output;
}

const asked = (runtime: FakeRuntime, connector: string): JsonObject[] =>
  runtime.calls.filter(({ call }) => call.connector === connector).map(({ call }) => call.with);

describe('a wait whose time is over', () => {
  it('takes an event that was accepted in time and that it was not told of', async () => {
    const runtime = storeWith([{ candidates: [paid(4, { n: 1 })], more: false }]);
    assert.deepEqual(await outputOf(waiting({ on_timeout: [say('late')] }), runtime), ['completed', 1]);
    const [registered] = asked(runtime, STORE_CALLS.register);
    const { until, ...question } = registered!;
    assert.deepEqual(asked(runtime, STORE_CALLS.lookAgain), [{ ...question, upTo: until }]);
    assert.deepEqual(asked(runtime, 'demo.echo'), []);
  });

  it('goes on as before when there was none', async () => {
    const runtime = storeWith([]);
    assert.deepEqual(await outputOf(waiting({ on_timeout: [say('late')] }), runtime), ['timed_out', null]);
    assert.deepEqual(asked(runtime, 'demo.echo'), [{ say: 'late' }]);
  });

  it('asks nobody in a run whose definition is from before', async () => {
    const runtime = storeWith([{ candidates: [paid(4)], more: false }]);
    assert.deepEqual(await outputOf(waiting({ on_timeout: [say('late')] }, {}), runtime), ['timed_out', null]);
    assert.deepEqual(asked(runtime, STORE_CALLS.lookAgain), []);
  });

  it('takes the first that matches, however many others there were, and says which', async () => {
    const others = { candidates: [paid(1, { n: 1 }), paid(2, { n: 2 })], more: true };
    const runtime = storeWith([others, { candidates: [paid(5, { n: 9 })], more: true }]);
    assert.deepEqual(await outputOf(waiting({ match: 'candidate.body.n == 9' }), runtime), ['completed', 9]);
    assert.deepEqual(
      asked(runtime, STORE_CALLS.lookAgain).map(({ after }) => after),
      [0, 2],
    );
    assert.deepEqual(asked(runtime, STORE_CALLS.forget), [{ waiter: WAITER, taken: 5 }]);
  });

  it('is over when the store does not answer', async () => {
    const runtime = createFakeRuntime(({ connector }): Json => {
      if (connector === STORE_CALLS.register) return NOTHING as unknown as Json;
      if (connector !== STORE_CALLS.lookAgain) return null;
      throw new StepFailure({ code: 'timeout', message: 'no answer', step: null, attempt: 1 });
    });
    assert.deepEqual(await outputOf(waiting({ on_timeout: [say('late')] }), runtime), ['timed_out', null]);
  });

  describe('before the store could be asked at all', () => {
    const on_timeout = [say('late')];

    /** The first question is answered by nobody before the time is over. */
    function storeAway(found: RegisterAnswer): FakeRuntime {
      const runtime = createFakeRuntime(async ({ connector }): Promise<Json> => {
        if (connector === STORE_CALLS.lookAgain) return found as unknown as Json;
        if (connector !== STORE_CALLS.register) return null;
        await runtime.pass(DAY_MS);
        throw new StepFailure({ code: 'timeout', message: 'no answer', step: null, attempt: 1 });
      });
      return runtime;
    }

    it('takes an event that was accepted in time', async () => {
      const runtime = storeAway({ candidates: [paid(4, { n: 1 })], more: false });
      assert.deepEqual(await outputOf(waiting({ on_timeout }), runtime), ['completed', 1]);
    });

    it('does what the flow says when none came', async () => {
      const runtime = storeAway(NOTHING);
      assert.deepEqual(await outputOf(waiting({ on_timeout }), runtime), ['timed_out', null]);
      assert.deepEqual(asked(runtime, 'demo.echo'), [{ say: 'late' }]);
    });

    it('fails, as it always did, in a run whose definition is from before', async () => {
      const runtime = storeAway(NOTHING);
      await assert.rejects(outputOf(waiting({ on_timeout }, {}), runtime), StepFailure);
      assert.deepEqual(asked(runtime, STORE_CALLS.lookAgain), []);
    });
  });

  it('is cancelled like any other while it looks', async () => {
    const runtime = createFakeRuntime(({ connector }) =>
      connector === STORE_CALLS.lookAgain ? runtime.pass(DAY_MS).then(() => null) : (NOTHING as unknown as Json),
    );
    const { result } = interpret(inputOf(waiting(), { id: 7, tags: [] }), runtime);
    result.catch(() => undefined);
    await runtime.advance(DAY_MS);
    assert.equal(asked(runtime, STORE_CALLS.lookAgain).length, 1);
    runtime.cancel();
    await assert.rejects(runtime.finish(result), (thrown) => runtime.isCancellation(thrown));
  });

  for (const callsMax of [1, 2, 3]) {
    it(`ends the same in a run that continues as new after every ${callsMax} calls`, async () => {
      const answer = ({ connector }: { connector: string }): Json => {
        if (connector === STORE_CALLS.register) return NOTHING as unknown as Json;
        if (connector === STORE_CALLS.lookAgain)
          return { candidates: [paid(4, { n: 1 })], more: false } as unknown as Json;
        return null;
      };
      const { result, endedAfterMs } = await runInParts(waiting(), answer, { id: 7, tags: [] }, callsMax);
      assert.deepEqual([result.output, endedAfterMs], [['completed', 1], DAY_MS]);
    });
  }
});
