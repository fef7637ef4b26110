// Runs that an older interpreter began and this one goes on with. The snapshots were made by the interpreter of the commit that they
// name, with a continuation after each of its calls; they are never made again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Flow, Json, JsonObject, RunResult } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';
import { inputOf } from './run-demo.ts';

/** A run as the older interpreter took it to its end: `calls` as `[key, connector, with]`. */
interface Older {
  madeBy: string;
  flow: Flow;
  body: Json;
  end: { result: RunResult } | { error: JsonObject };
  endedAfterMs: number;
  calls: Json[];
  parts: Part[];
}

/** Where it was taken over, and how many calls it had made. */
interface Part {
  elapsedMs: number;
  made: number;
  position: Continuation;
}

const found: Json = {
  position: 1,
  event: { id: 'emit~1', type: 'came.before', source: 'emit', time: '', body: { n: 1 }, headers: {}, query: {} },
};

/** As the older runs were answered. */
const answer: Answer = ({ connector, with: input, idempotencyKey }): Json => {
  if (connector === 'hookline.emit') return { id: `emit~${idempotencyKey}`, type: input['type']! };
  if (connector === 'hookline.stop_waiting') return null;
  if (connector === 'hookline.wait_for') {
    return { candidates: (input['types'] as string[]).includes('came.before') ? [found] : [], more: false };
  }
  const text = JSON.stringify(input['say']);
  if (text.includes('bad')) throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 1 });
  return `heard ${text}`;
};

async function endOf(runtime: FakeRuntime, result: Promise<RunResult>): Promise<Older['end']> {
  try {
    return { result: await runtime.finish(result) };
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    return { error: thrown.error as unknown as JsonObject };
  }
}

const sorted = (calls: unknown[]): string[] => calls.map((call) => JSON.stringify(call)).sort();

describe('a run that an older interpreter began', () => {
  for (const name of ['continued-verbs', 'continued-undone']) {
    it(`goes on and ends as it would have there, after whatever call it is taken over: ${name}`, async () => {
      const url = new URL(`snapshots/${name}.json`, import.meta.url);
      const { flow, body, end, endedAfterMs, calls, parts } = JSON.parse(readFileSync(url, 'utf8')) as Older;
      assert.ok(parts.length > 20);
      for (const { elapsedMs, made, position } of parts) {
        const runtime = createFakeRuntime(answer, elapsedMs);
        const run = interpret(inputOf(flow, body), runtime, position);
        const taken = `taken over after ${made} calls`;
        assert.deepEqual(JSON.parse(JSON.stringify(await endOf(runtime, run.result))), end, taken);
        assert.equal(runtime.now() - runtime.startedAt, endedAfterMs, taken);
        const now = runtime.calls.map(({ call }) => [call.idempotencyKey, call.connector, call.with]);
        assert.deepEqual(sorted([...calls.slice(0, made), ...now]), sorted(calls), taken);
      }
    });
  }
});
