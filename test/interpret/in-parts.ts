// Runs a flow as a chain of runs that continue one another, each taken over after so many calls.
import type { Flow, Json, JsonObject, RunResult } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
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
export async function runInParts(flow: Flow, answer: Answer, body: Json, callsMax: number): Promise<Whole> {
  const calls: Whole['calls'] = [];
  let continued: Continuation | undefined;
  let elapsedMs = 0;
  for (;;) {
    const runtime = createFakeRuntime(answer, elapsedMs);
    runtime.settings.callsMax = callsMax;
    const run = interpret(inputOf(flow, body), runtime, continued);
    const result = await endOrStop(runtime, run.result);
    calls.push(
      ...runtime.calls.map(({ call }) => ({
        key: call.idempotencyKey,
        say: call.with['say'] ?? null,
        path: call.run.step,
      })),
    );
    elapsedMs = runtime.now() - runtime.startedAt;
    if (result !== undefined) return { result, calls, endedAfterMs: elapsedMs };
    continued = JSON.parse(JSON.stringify(run.position())) as Continuation;
  }
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
