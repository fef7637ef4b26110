// Runs a flow as a chain of runs that continue one another, each taken over after so many calls.
import type { Flow, FlowError, Json, JsonObject, RunResult } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';
import { inputOf } from './run-demo.ts';

/** A run put together from its parts. */
export interface Whole {
  result: RunResult;
  /** Milliseconds from the start of the first run to the end of the last. */
  endedAfterMs: number;
  calls: { key: string; say: Json; path: string }[];
}

/** Runs to the end, taking over after so many calls, again and again. */
export async function runInParts(
  flow: Flow,
  answer: Answer,
  body: Json,
  callsMax: number,
  seen: Omit<Whole, 'result'> = { calls: [], endedAfterMs: 0 },
): Promise<Whole> {
  let continued: Continuation | undefined;
  let elapsedMs = 0;
  for (;;) {
    const runtime = createFakeRuntime(answer, elapsedMs);
    runtime.settings.callsMax = callsMax;
    const run = interpret(inputOf(flow, body), runtime, continued);
    const ended = endOrStop(runtime, run.result);
    const result = await ended.finally(() => note(seen, runtime));
    elapsedMs = seen.endedAfterMs;
    if (result !== undefined) return { result, ...seen };
    continued = JSON.parse(JSON.stringify(run.position())) as Continuation;
  }
}

/** Adds what a part did to what is known of the whole. */
function note(seen: Omit<Whole, 'result'>, runtime: FakeRuntime): void {
  seen.calls.push(
    ...runtime.calls.map(({ call }) => ({
      key: call.idempotencyKey,
      say: call.with['say'] ?? null,
      path: call.run.step,
    })),
  );
  seen.endedAfterMs = runtime.now() - runtime.startedAt;
}

/** The result, or undefined when the run has stopped to start new things. */
async function endOrStop(runtime: FakeRuntime, result: Promise<RunResult>): Promise<RunResult | undefined> {
  try {
    return await runtime.finish(result);
  } catch (thrown) {
    if (runtime.calls.length < runtime.settings.callsMax) throw thrown;
    return undefined;
  }
}

/** What was asked for, by idempotency key. */
export const byKey = ({ calls }: Whole): JsonObject => Object.fromEntries(calls.map((call) => [call.key, call.say]));

/** Runs to a failure, taking over after so many calls, again and again. */
export async function failInParts(
  flow: Flow,
  answer: Answer,
  body: Json,
  callsMax: number,
): Promise<Omit<Whole, 'result'> & { error: FlowError }> {
  const seen: Omit<Whole, 'result'> = { calls: [], endedAfterMs: 0 };
  try {
    await runInParts(flow, answer, body, callsMax, seen);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    return { ...seen, error: thrown.error };
  }
  throw new Error('the run was to fail');
}
