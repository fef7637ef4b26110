// `retry.on` and `retry.until`: which failures are tried again, when, under which key, and what is left when they are not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowError, Json, Retry } from '../../workflows/definition.ts';
import { StepFailure, type RetryAdvice } from '../../workflows/step-failure.ts';
import { type Answer } from './fake-runtime.ts';
import { byKey, runInParts } from './in-parts.ts';
import { failureOf, flowOf, runDemo, say, type Demo, type StepDraft } from './run-demo.ts';

const times: Retry = { maxAttempts: 5, delayMs: 1_000, backoff: 2, maxDelayMs: 3_000 };
const helps: RetryAdvice = { helps: true, delayMs: undefined };

/** Fails as told, attempt by attempt, then answers. */
function failing(...failures: (Partial<FlowError> & { advice?: RetryAdvice })[]): Answer {
  return (call) => {
    const failure = call.attemptOfRun && failures[call.attemptOfRun.number - 1];
    if (failure === undefined) return 'done';
    const { advice = helps, ...error } = failure;
    const whole = { code: 'http_status', message: 'no', step: null, attempt: 1, ...error };
    throw new StepFailure(whole, advice);
  };
}

function run(rules: Partial<Retry>, answer: Answer, rest: Partial<StepDraft> = {}): Demo {
  const step = say('${{ [now(), uuid()] }}', { id: 'ask', retry: { ...times, ...rules }, ...rest });
  return runDemo(flowOf([step], { output: '${{ steps.ask }}' }), answer, { code: 'gone' });
}

const outputOf = async (demo: Demo): Promise<Json> => ((await demo.result).output as { output: Json }).output;
const callTimes = ({ runtime }: Demo): number[] => runtime.calls.map(({ at }) => at);

describe('retry.on', () => {
  it('tries again while it is true, whatever is retried otherwise', async () => {
    const notThere = { status: 404, advice: { helps: false, delayMs: undefined } };
    const demo = run({ on: 'error.status == 404' }, failing(notThere, notThere));
    assert.equal(await outputOf(demo), 'done');
    assert.deepEqual(callTimes(demo), [0, 1_000, 3_000]);
  });

  it('is asked about the attempt, its step and its answer', async () => {
    const on = 'error.code == "http_status" && error.step == "ask" && error.attempt < 3 && error.body.busy';
    const busy = { status: 409, body: { busy: true } };
    const error = await failureOf(run({ on }, failing(busy, busy, busy)));
    assert.deepEqual(error, { code: 'http_status', message: 'no', step: 'ask', attempt: 3, ...busy });
  });

  it('ends with what it is not true for; what an error lacks is null', async () => {
    const broken = { code: 'network' };
    const demo = run({ on: 'error.status == 503' }, failing({ status: 503 }, broken));
    assert.deepEqual(await failureOf(demo), { code: 'network', message: 'no', step: 'ask', attempt: 2 });
    assert.equal(demo.runtime.calls.length, 2);
  });

  it('does not keep the attempt of a worker that died from being made again', async () => {
    const demo = run({ on: 'error.status == 503' }, failing({ code: 'worker_lost' }));
    assert.equal(await outputOf(demo), 'done');
    const stopped = run({ on: 'true', until: 'error.code == "worker_lost"' }, failing({ code: 'worker_lost' }));
    assert.equal((await failureOf(stopped)).code, 'worker_lost');
  });

  it('that cannot be evaluated fails the step, and what it was asked about is the cause', async () => {
    const error = await failureOf(run({ on: 'error.body.busy' }, failing({ code: 'network' })));
    assert.equal(error.code, 'missing_key');
    assert.equal(error.step, 'ask');
    assert.equal(error.cause?.code, 'network');
  });

  it('holds for all steps of a flow that says so', async () => {
    const flow = flowOf([say(1, { id: 'one' })], { retry: { ...times, on: 'error.status == 404' } });
    const demo = runDemo(flow, failing({ status: 404 }));
    await demo.result;
    assert.equal(demo.runtime.calls.length, 2);
  });
});

describe('retry.until', () => {
  it('ends the attempts when it is true', async () => {
    const demo = run(
      { until: 'error.body?.final ?? false' },
      failing({ status: 500 }, { status: 500, body: { final: true } }),
    );
    assert.equal((await failureOf(demo)).attempt, 2);
    assert.equal(demo.runtime.calls.length, 2);
  });

  it('alone leaves it to the connector what may help', async () => {
    const refused = { status: 402, advice: { helps: false, delayMs: undefined } };
    const demo = run({ until: 'error.attempt == 4' }, failing({ status: 503 }, refused, { status: 503 }));
    assert.equal((await failureOf(demo)).status, 402);
    assert.equal(demo.runtime.calls.length, 2);
  });
});

describe('attempts that the run makes', () => {
  it('have one input, one key and one beginning, and each its number', async () => {
    const demo = run({ on: 'true' }, failing({}, {}, {}));
    await demo.result;
    const calls = demo.runtime.calls.map(({ call }) => call);
    assert.equal(calls.length, 4);
    assert.equal(new Set(calls.map((call) => call.idempotencyKey)).size, 1);
    assert.equal(new Set(calls.map((call) => JSON.stringify(call.with))).size, 1);
    assert.deepEqual(
      calls.map((call) => call.attemptOfRun),
      [1, 2, 3, 4].map((number) => ({ number, firstAt: demo.runtime.startedAt })),
    );
    for (const { options } of demo.runtime.calls) assert.equal(options.retry.maxAttempts, 1);
  });

  it('come when the connector says so, else later each time', async () => {
    const asked = { status: 429, advice: { helps: true, delayMs: 7_000 } };
    const demo = run({ on: 'true' }, failing({}, asked, {}, {}));
    await demo.result;
    assert.deepEqual(callTimes(demo), [0, 1_000, 8_000, 11_000, 14_000]);
    assert.equal(demo.runtime.sleeps[0]?.summary, 'before attempt 2: ask');
  });

  it('are no more than `max_attempts`', async () => {
    const demo = run({ on: 'true', maxAttempts: 2 }, failing({}, {}, {}));
    assert.equal((await failureOf(demo)).attempt, 2);
    assert.equal(demo.runtime.calls.length, 2);
  });

  it('share the time of the step, whose end is no attempt', async () => {
    const demo = run({ on: 'true' }, failing({}, {}, {}), { timeoutMs: 4_000 });
    const error = await failureOf(demo);
    assert.equal(error.code, 'timeout');
    assert.equal(error.step, 'ask');
    assert.equal(error.cause?.attempt, 3);
    assert.deepEqual(
      demo.runtime.calls.map(({ options }) => options.scheduleToCloseMs),
      [4_000, 3_000, 1_000],
    );
    const late = run({ on: 'true' }, failing({}, { code: 'timeout' }), { timeoutMs: 4_000 });
    const { code, cause, attempt } = await failureOf(late);
    assert.deepEqual([code, cause?.code, attempt], ['timeout', 'http_status', 2]);
  });

  it('hold a place among the calls in flight only while they are made', async () => {
    const many = { verb: 'foreach', foreach: 'range(0, 600)', max_parallel: 500, line: 1 };
    const steps = [say('${{ index }}', { retry: { ...times, on: 'true' } })];
    const answer = failing({});
    const demo: Demo = runDemo(flowOf([{ ...many, steps }]), async (call, options) => {
      await demo.runtime.pass(5);
      return answer(call, options);
    });
    await demo.result;
    assert.equal(demo.runtime.calls.length, 1_200);
    assert.equal(demo.runtime.callsAtOnceMax, 500);
  });

  it('are not made when the input cannot be worked out', async () => {
    const demo = run({ on: 'true' }, failing(), { with: { say: '${{ event.body.nothing }}' } });
    assert.equal((await failureOf(demo)).code, 'missing_key');
    assert.equal(demo.runtime.calls.length, 0);
  });

  it('end with a cancelled run', async () => {
    const demo = run({ on: 'true' }, failing({}, {}));
    await demo.runtime.advance(500);
    demo.runtime.cancel();
    await assert.rejects(demo.result, (thrown) => demo.runtime.isCancellation(thrown));
    assert.equal(demo.runtime.calls.length, 1);
  });

  for (const callsMax of [1, 2, 3]) {
    it(`go on where they were in a run that is taken over after every ${callsMax} calls`, async () => {
      const rules = { ...times, on: 'error.status == 404' };
      const flow = flowOf([say('${{ now() }}', { id: 'ask', retry: rules }), say('after')], {
        output: '${{ [steps.ask.output, now()] }}',
      });
      const gone = { status: 404 };
      const answer = failing(gone, gone, gone);
      const whole = await runInParts(flow, answer, {}, Number.POSITIVE_INFINITY);
      const parts = await runInParts(flow, answer, {}, callsMax);
      assert.equal(whole.calls.length, 5);
      assert.equal(parts.calls.length, 5);
      assert.deepEqual(byKey(parts), byKey(whole));
      assert.deepEqual(parts.result, whole.result);
    });
  }
});
