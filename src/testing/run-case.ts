// Runs one case: the interpreter on a Runtime of its own, to its end. Whatever happens is data; nothing is judged here.
import { createHash } from 'node:crypto';
import {
  ENGINE_VERSION,
  type ConnectorCall,
  type FlowError,
  type JsonObject,
  type RunInput,
  type RunResult,
} from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { lineOf } from '../../workflows/document.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { startOf } from './given-event.ts';
import { MockError } from './mocked-attempt.ts';
import { createMocks, UnmockedCallError } from './mocks.ts';
import type { TestCase } from './test-case.ts';
import { createTestRuntime, type Recording } from './test-runtime.ts';
import { createVirtualClock, StuckError, type VirtualClock } from './virtual-clock.ts';

/** How a run ended. */
export type Ending =
  | { kind: 'refused'; reason: string }
  | { kind: 'completed'; result: RunResult }
  | { kind: 'failed'; error: FlowError; message: string }
  | { kind: 'cancelled' }
  /** The test itself is at fault, or the flow never ends. */
  | { kind: 'broken'; message: string };

/** What a case came to. */
export interface CaseRun extends Recording {
  ending: Ending;
  vars: JsonObject;
  /** `steps.ID` at the end. */
  steps: JsonObject;
  /** Virtual time from start to end, milliseconds. */
  tookMs: number;
}

const NOTHING: Omit<CaseRun, 'ending'> = { calls: [], waits: [], turns: new Map(), vars: {}, steps: {}, tookMs: 0 };

/** Characters of the value that a secret has when the case gives none: long enough for every scheme. */
const MADE_UP_HEX_CHARS = 48;

/** Runs a case of a flow. Rejects only on a bug. */
export async function runCase(catalog: Catalog, flow: LoadedFlow, test: TestCase): Promise<CaseRun> {
  const started = startOf(catalog, flow, test);
  if ('refused' in started)
    return { ...NOTHING, turns: new Map(), ending: { kind: 'refused', reason: started.refused } };
  const { definition } = flow;
  const clock = createVirtualClock(test.startMs);
  const { runtime, recording } = createTestRuntime({
    clock,
    workflowId: workflowIdOf(definition.flow, started.event.id),
    takeAnswer: createMocks(test.mocks, (call) => placeOf(flow, call)),
    secret: (name) => secretOf(test, name),
  });
  const input: RunInput = {
    engine: ENGINE_VERSION,
    flow: definition,
    definitionHash: flow.hash,
    event: started.event,
    config: configOf(test, definition.configNames),
    ...(started.respondWithinMs !== undefined && { respondWithinMs: started.respondWithinMs }),
  };
  const running: { run?: Interpretation } = {};
  const scope = clock.cancellable(() => {
    running.run = interpret(input, runtime);
    return running.run.result;
  });
  if (test.cancelAfterMs !== undefined) cancelLater(clock, test.cancelAfterMs, scope.cancel);
  const ending = await endingOf(flow, clock, scope.done);
  const position = running.run?.position();
  return {
    ...recording,
    ending,
    vars: position?.vars ?? {},
    steps: position?.journal.results?.steps ?? {},
    tookMs: clock.now() - test.startMs,
  };
}

function cancelLater(clock: VirtualClock, afterMs: number, cancel: () => void): void {
  // It never rejects: nobody cancels the scope that it waits in.
  void clock.sleep(afterMs).then(cancel);
}

async function endingOf({ definition }: LoadedFlow, clock: VirtualClock, result: Promise<RunResult>): Promise<Ending> {
  try {
    return { kind: 'completed', result: await clock.finish(result) };
  } catch (thrown) {
    if (thrown instanceof StepFailure) {
      return { kind: 'failed', error: thrown.error, message: placedMessage(definition, thrown.error) };
    }
    if (clock.isCancellation(thrown)) return { kind: 'cancelled' };
    if (thrown instanceof UnmockedCallError || thrown instanceof MockError || thrown instanceof StuckError) {
      return { kind: 'broken', message: thrown.message };
    }
    throw thrown;
  }
}

function placeOf({ definition }: LoadedFlow, { run }: ConnectorCall): string {
  return `${definition.file}:${lineOf(definition, run.step) ?? 1} (step \`${run.step}\`)`;
}

function secretOf({ secrets }: TestCase, name: string): string | undefined {
  const given = secrets[name];
  if (given === null) return undefined;
  return given ?? `test-${createHash('sha256').update(name).digest('hex').slice(0, MADE_UP_HEX_CHARS)}`;
}

function configOf({ config }: TestCase, names: string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}
