// Runs one case: the interpreter on a Runtime of its own, to its end. Whatever happens is data; nothing is judged here.
import { createHash } from 'node:crypto';
import {
  ENGINE_VERSION,
  type EventData,
  type Flow,
  type FlowError,
  type JsonObject,
  type RunInput,
  type RunResult,
} from '../../workflows/definition.ts';
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import type { Runtime } from '../../workflows/runtime.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { lineOf } from '../../workflows/document.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { createArrivals, type ArrivalFault, type Arrivals } from './arrivals.ts';
import { createCalledFlows } from './called-flows.ts';
import { createDecisions } from './decisions.ts';
import { startOf } from './given-event.ts';
import { MockError } from './mocked-attempt.ts';
import { createMocks } from './mocks.ts';
import { createRecording, type Recording } from './recording.ts';
import { createStoreAnswers } from './store-answers.ts';
import type { TestCase } from './test-case.ts';
import { createTestInbox, questionText, type TestInbox, type Waiter } from './test-inbox.ts';
import { createTestRuntime } from './test-runtime.ts';
import { UnansweredError } from './unanswered.ts';
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
  /** Events of the case that did not find the run as it says. */
  arrivalFaults: ArrivalFault[];
  /** Virtual time from start to end, milliseconds. */
  tookMs: number;
}

/** Characters of the value that a secret has when the case gives none: long enough for every scheme. */
const MADE_UP_HEX_CHARS = 48;

/** What links of approvals are made with: the same in every run of a test, and good for nothing. */
const LINKS = { key: '0'.repeat(64), url: 'https://hookline.test' };

/** Runs a case of a flow. Rejects only on a bug. `begin`: how runs are interpreted, when it is not by the interpreter alone. */
export async function runCase(
  catalog: Catalog,
  flow: LoadedFlow,
  test: TestCase,
  begin: (input: RunInput, runtime: Runtime) => Interpretation = interpret,
): Promise<CaseRun> {
  const started = startOf(catalog, flow, test);
  const recording = createRecording();
  if ('refused' in started) {
    const ending: Ending = { kind: 'refused', reason: started.refused };
    return { ...recording, ending, arrivalFaults: [], vars: {}, steps: {}, tookMs: 0 };
  }
  const clock = createVirtualClock(test.startMs);
  const running: { run?: Interpretation } = {};
  const inbox = createTestInbox(started.event, (wake) => running.run?.wake(wake));
  const arrivals = createArrivals(test.arrives, { clock, inbox, waits: () => running.run?.position().waits });
  const runtime = runtimeOf(catalog, flow, test, started.event, { clock, inbox, arrivals, recording });
  const scope = clock.cancellable(() => {
    running.run = begin(inputOf(flow, test, started), runtime);
    return running.run.result;
  });
  if (test.cancelAfterMs !== undefined) clock.at(test.startMs + test.cancelAfterMs, scope.cancel);
  const ending = await endingOf(flow, clock, scope.done, () => openWaits(inbox, running.run));
  const position = running.run?.position();
  return {
    ...recording,
    ending,
    arrivalFaults: arrivals.faults(),
    vars: position?.vars ?? {},
    steps: position?.journal.results?.steps ?? {},
    tookMs: clock.now() - test.startMs,
  };
}

interface World {
  clock: VirtualClock;
  inbox: TestInbox;
  arrivals: Arrivals;
  recording: Recording;
}

function runtimeOf(
  catalog: Catalog,
  { definition }: LoadedFlow,
  test: TestCase,
  event: EventData,
  { clock, inbox, arrivals, recording }: World,
): Runtime {
  const describe = (step: string): string => stepPlace(definition, step);
  const { calls, asked, emitted } = recording;
  const calledFlows = createCalledFlows({ clock, inbox, catalog, flows: test.flows, calls, describe });
  const decisions = createDecisions({ clock, inbox, approvals: test.approvals, asked, describe });
  return createTestRuntime({
    clock,
    recording,
    workflowId: workflowIdOf(definition.flow, event.id),
    takeAnswer: createMocks(test.mocks, describe),
    answerStore: createStoreAnswers({ clock, inbox, arrivals, calledFlows, decisions, emitted }),
    waits: decisions.waits,
    describe,
    secret: (name) => secretOf(test, name),
  });
}

function inputOf(
  { definition, hash }: LoadedFlow,
  test: TestCase,
  { event, respondWithinMs }: { event: EventData; respondWithinMs?: number },
): RunInput {
  return {
    engine: ENGINE_VERSION,
    flow: definition,
    definitionHash: hash,
    event,
    config: configOf(test, definition.configNames),
    ...(respondWithinMs !== undefined && { respondWithinMs }),
    ...(definition.runUrl === true && { url: `https://hookline.test/runs/${definition.flow}` }),
    ...(definition.approves === true && { approvals: LINKS }),
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
    if (thrown instanceof UnansweredError || thrown instanceof MockError) {
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
  const isPerson = waits.some(({ source }) => source === APPROVAL_SOURCE);
  const remedy = isPerson ? 'Say in `approvals` what is decided' : 'Bring it with `arrives`';
  return `the run never ends: ${told.join('; ')}. ${remedy}, or give the step a \`timeout\`.`;
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
