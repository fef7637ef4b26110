// Runs one case: the interpreter on a Runtime of its own, to its end. Whatever happens is data; nothing is judged here.
import { createHash } from 'node:crypto';
import {
  ENGINE_VERSION,
  type ConnectorCall,
  type Flow,
  type FlowError,
  type JsonObject,
  type RunInput,
  type RunResult,
} from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import type { Runtime } from '../../workflows/runtime.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { lineOf } from '../../workflows/document.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { createArrivals, type ArrivalFault } from './arrivals.ts';
import { startOf } from './given-event.ts';
import { MockError } from './mocked-attempt.ts';
import { createMocks, UnmockedCallError } from './mocks.ts';
import { createStoreAnswers, type EmittedEvent } from './store-answers.ts';
import type { TestCase } from './test-case.ts';
import { createTestInbox, questionText, type TestInbox, type Waiter } from './test-inbox.ts';
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
  emitted: EmittedEvent[];
  /** Events of the case that did not find the run as it says. */
  arrivalFaults: ArrivalFault[];
  /** Virtual time from start to end, milliseconds. */
  tookMs: number;
}

/** What came of a run that never was. */
function nothing(): Omit<CaseRun, 'ending'> {
  const lists = { calls: [], waits: [], emitted: [], arrivalFaults: [] };
  return { ...lists, turns: new Map(), vars: {}, steps: {}, tookMs: 0 };
}

/** Characters of the value that a secret has when the case gives none: long enough for every scheme. */
const MADE_UP_HEX_CHARS = 48;

/** Runs a case of a flow. Rejects only on a bug. `begin`: how runs are interpreted, when it is not by the interpreter alone. */
export async function runCase(
  catalog: Catalog,
  flow: LoadedFlow,
  test: TestCase,
  begin: (input: RunInput, runtime: Runtime) => Interpretation = interpret,
): Promise<CaseRun> {
  const started = startOf(catalog, flow, test);
  if ('refused' in started) return { ...nothing(), ending: { kind: 'refused', reason: started.refused } };
  const { definition } = flow;
  const clock = createVirtualClock(test.startMs);
  const running: { run?: Interpretation } = {};
  const inbox = createTestInbox(started.event, (wake) => running.run?.wake(wake));
  const arrivals = createArrivals(test.arrives, { clock, inbox, waits: () => running.run?.position().waits });
  const emitted: EmittedEvent[] = [];
  const { runtime, recording } = createTestRuntime({
    clock,
    answerStore: createStoreAnswers({ clock, inbox, arrivals, emitted }),
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
  const scope = clock.cancellable(() => {
    running.run = begin(input, runtime);
    return running.run.result;
  });
  if (test.cancelAfterMs !== undefined) clock.at(test.startMs + test.cancelAfterMs, scope.cancel);
  const ending = await endingOf(flow, clock, scope.done, () => openWaits(inbox, running.run));
  const position = running.run?.position();
  return {
    ...recording,
    ending,
    emitted,
    arrivalFaults: arrivals.faults(),
    vars: position?.vars ?? {},
    steps: position?.journal.results?.steps ?? {},
    tookMs: clock.now() - test.startMs,
  };
}

async function endingOf(
  { definition }: LoadedFlow,
  clock: VirtualClock,
  result: Promise<RunResult>,
  waits: () => Waiter[],
): Promise<Ending> {
  try {
    return { kind: 'completed', result: await clock.finish(result) };
  } catch (thrown) {
    if (thrown instanceof StepFailure) {
      return { kind: 'failed', error: thrown.error, message: placedMessage(definition, thrown.error) };
    }
    if (clock.isCancellation(thrown)) return { kind: 'cancelled' };
    if (thrown instanceof StuckError) return { kind: 'broken', message: stuckText(definition, thrown, waits()) };
    if (thrown instanceof UnmockedCallError || thrown instanceof MockError) {
      return { kind: 'broken', message: thrown.message };
    }
    throw thrown;
  }
}

/** The waits that have not ended. */
function openWaits(inbox: TestInbox, run: Interpretation | undefined): Waiter[] {
  const open = run?.position().waits?.open ?? {};
  return inbox.waiters.filter(({ waiter }) => open[waiter] !== undefined);
}

function stuckText(flow: Flow, { message }: StuckError, waits: Waiter[]): string {
  if (waits.length === 0) return message;
  const told = waits.map((waiter) => `${stepPlace(flow, waiter.step)} waits for ${questionText(waiter)}`);
  return `the run never ends: ${told.join('; ')}. Bring it with \`arrives\`, or give the step a \`timeout\`.`;
}

function placeOf({ definition }: LoadedFlow, { run }: ConnectorCall): string {
  return stepPlace(definition, run.step);
}

function stepPlace(flow: Flow, step: string): string {
  return `${flow.file}:${lineOf(flow, step) ?? 1} (step \`${step}\`)`;
}

function secretOf({ secrets }: TestCase, name: string): string | undefined {
  const given = secrets[name];
  if (given === null) return undefined;
  return given ?? `test-${createHash('sha256').update(name).digest('hex').slice(0, MADE_UP_HEX_CHARS)}`;
}

function configOf({ config }: TestCase, names: string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}
