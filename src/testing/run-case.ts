// Runs one case: the interpreter on a Runtime of its own, to its end, and beside it the flows that it calls. Whatever happens is data;
// nothing is judged here.
import type { FlowError, JsonObject, RunInput, RunResult } from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import type { Runtime } from '../../workflows/runtime.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { isObject } from '../flow/step-tree.ts';
import type { ArrivalFault } from './arrivals.ts';
import type { Settled } from './case-runs.ts';
import { createCaseWorld, runIdOf, type CaseWorld } from './case-world.ts';
import { addTurns, type Turns } from './coverage.ts';
import { startOf } from './given-event.ts';
import { MockError } from './mocked-attempt.ts';
import { createRecording, type MadeCall, type Recording } from './recording.ts';
import { stuckText } from './stuck.ts';
import type { TestCase } from './test-case.ts';
import { shortenedCalls } from './text.ts';
import { UnansweredError } from './unanswered.ts';
import { EndlessError, StuckError } from './virtual-clock.ts';

/** How a run ended. */
export type Ending =
  | { kind: 'refused'; reason: string }
  | { kind: 'completed'; result: RunResult }
  | { kind: 'failed'; error: FlowError; message: string }
  | { kind: 'cancelled' }
  /** The test itself is at fault, or a flow never ends. */
  | { kind: 'broken'; message: string };

/** What a case came to. */
export interface CaseRun extends Recording {
  ending: Ending;
  vars: JsonObject;
  /** `steps.ID` at the end. */
  steps: JsonObject;
  /** Turns of the flows that it called. */
  calledTurns: Turns;
  /** Calls of flows whose runs failed, and no run of the case heard of it. */
  unheard: MadeCall[];
  /** Events of the case that did not find a run as it says. */
  arrivalFaults: ArrivalFault[];
  /** Virtual time from start to end of its own run, milliseconds. */
  tookMs: number;
}

/** Runs a case of a flow. Rejects only on a bug. `begin`: how its own run is interpreted, when it is not by the interpreter alone. */
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
    const nothing = { calledTurns: new Map(), unheard: [], arrivalFaults: [], vars: {}, steps: {}, tookMs: 0 };
    return { ...recording, ...nothing, ending };
  }
  const { event, respondWithinMs } = started;
  const world = createCaseWorld(catalog, test, event, recording);
  const { clock, runs } = world;
  const id = runIdOf(flow, event);
  let ending: Ending | undefined;
  let endedAt: number | undefined;
  const run = runs.begin({
    id,
    flow,
    recording,
    begins: () => begin(world.inputOf(flow, event, respondWithinMs), world.runtimeOf(id, recording)),
    ended(how) {
      ending = endingOf(flow, how);
      endedAt = clock.now();
    },
  });
  if (test.cancelAfterMs !== undefined) clock.at(test.startMs + test.cancelAfterMs, () => runs.cancel(id));
  const fault = await faultOf(test, world);
  const position = run.position();
  return {
    ...recording,
    ending: fault ?? ending!,
    calledTurns: turnsOf(runs.all().filter((each) => each !== run)),
    unheard: unheardFailures(world, recording.calls),
    arrivalFaults: world.arrivals.faults(),
    vars: position?.vars ?? {},
    steps: position?.journal.results?.steps ?? {},
    tookMs: (endedAt ?? clock.now()) - test.startMs,
  };
}

function endingOf({ definition }: LoadedFlow, how: Settled): Ending {
  if (how.status === 'completed') return { kind: 'completed', result: how.result };
  if (how.status === 'cancelled') return { kind: 'cancelled' };
  return { kind: 'failed', error: how.error, message: shortenedCalls(placedMessage(definition, how.error)) };
}

/** Lets all runs come to their ends; what keeps one from that, which is no end of a run. */
async function faultOf(test: TestCase, { clock, runs, inbox }: CaseWorld): Promise<Ending | undefined> {
  try {
    await clock.finish(runs.over);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof StuckError) {
      return { kind: 'broken', message: stuckText(test.flow, thrown.message, runs.all(), inbox.waiters()) };
    }
    if (thrown instanceof UnansweredError || thrown instanceof MockError || thrown instanceof EndlessError) {
      return { kind: 'broken', message: thrown.message };
    }
    throw thrown;
  }
}

/** Of a call that waits for the end of its run, the caller hears. */
function unheardFailures({ taken, inbox }: CaseWorld, calls: MadeCall[]): MadeCall[] {
  const failed = calls.filter(({ detached, end }) => detached === true && end?.status === 'failed');
  if (failed.length === 0) return [];
  const bodies = taken().map((position) => inbox.eventAt(position)?.body);
  const heard = new Set(bodies.flatMap((body) => (isObject(body) ? [body['id']] : [])));
  return failed.filter(({ run }) => !heard.has(run));
}

function turnsOf(runs: { recording: Recording }[]): Turns {
  const all: Turns = new Map();
  for (const { recording } of runs) addTurns(all, recording.turns);
  return all;
}
