// The world around the runs of one case: their clock, inbox, people and services, and what each run is given to begin with. All runs of a
// case share it; no two cases do.
import { createHash } from 'node:crypto';
import { ENGINE_VERSION, type EventData, type JsonObject, type RunInput } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { Runtime } from '../../workflows/runtime.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { endMatters } from '../flow/run-ends.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { createArrivals, type Arrivals } from './arrivals.ts';
import { createCalledFlows } from './called-flows.ts';
import { createCaseRuns, type CaseRuns } from './case-runs.ts';
import { createDecisions } from './decisions.ts';
import { createMocks } from './mocks.ts';
import { recordingBeside, type Recording } from './recording.ts';
import { stepName, stepPlace, type StepOfRun } from './step-names.ts';
import { createStoreAnswers } from './store-answers.ts';
import type { TestCase } from './test-case.ts';
import { createTestInbox, type TestInbox } from './test-inbox.ts';
import { createTestRuntime, createUuids } from './test-runtime.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface CaseWorld {
  clock: VirtualClock;
  inbox: TestInbox;
  arrivals: Arrivals;
  runs: CaseRuns;
  /** Positions in the inbox of the events that runs took. */
  taken(): number[];
  /** What a run is given. `respondWithinMs`: somebody waits so long for its answer. */
  inputOf(flow: LoadedFlow, event: EventData, respondWithinMs?: number): RunInput;
  /** What a run meets; it begins now. */
  runtimeOf(run: string, recording: Recording): Runtime;
}

/** Characters of the value that a secret has when the case gives none: long enough for every scheme. */
const MADE_UP_HEX_CHARS = 48;

/** What links of approvals are made with: the same in every run of a test, and good for nothing. */
const LINKS = { key: '0'.repeat(64), url: 'https://hookline.test' };

/** The world of a case that begins with this event. `recording` is that of its own run. */
export function createCaseWorld(catalog: Catalog, test: TestCase, event: EventData, recording: Recording): CaseWorld {
  const { calls, asked, emitted } = recording;
  const clock = createVirtualClock(test.startMs);
  const runs = createCaseRuns(clock);
  const inbox = createTestInbox(event, runs.wake);
  const nameOf = (step: StepOfRun): string => stepName(test.flow, step);
  const describe = ({ flow, step }: StepOfRun): string =>
    stepPlace(test.flow, catalog.flows.get(flow)!.definition, step);
  const taken = (): number[] => runs.all().flatMap((run) => Object.values(run.position()?.waits?.taken ?? {}));
  const arrivals = createArrivals(test.arrives, { clock, inbox, taken, nameOf });
  const decisions = createDecisions({ clock, inbox, approvals: test.approvals, asked, nameOf, describe });
  const calledFlows = createCalledFlows({
    clock,
    inbox,
    catalog,
    flows: test.flows,
    calls,
    nameOf,
    describe,
    start(run, callee, called, ended) {
      const own = recordingBeside(recording);
      runs.beginSoon({
        id: run,
        flow: callee,
        recording: own,
        begins: () => interpret(inputOf(callee, called), runtimeOf(run, own)),
        ended: (how) => ended(how.status === 'completed' ? { status: how.status, output: how.result.output } : how),
      });
    },
    cancel: runs.cancel,
  });
  const takeAnswer = createMocks(test.mocks, test.flow, describe);
  const answerStore = createStoreAnswers({ clock, inbox, arrivals, calledFlows, decisions, emitted, nameOf });
  const uuid = createUuids();
  const secret = (name: string): string | undefined => secretOf(test, name);

  const runtimeOf = (workflowId: string, own: Recording): Runtime =>
    createTestRuntime({
      clock,
      recording: own,
      workflowId,
      takeAnswer,
      answerStore,
      nameOf,
      describe,
      uuid,
      secret,
      caseStartedAt: test.startMs,
      waits: (label) => decisions.waits(workflowId, label),
    });
  const inputOf: CaseWorld['inputOf'] = ({ definition, hash }, started, respondWithinMs) => ({
    engine: ENGINE_VERSION,
    flow: definition,
    definitionHash: hash,
    event: started,
    config: configOf(test, definition.configNames),
    ...(respondWithinMs !== undefined && { respondWithinMs }),
    ...(definition.runUrl === true && { url: `https://hookline.test/runs/${definition.flow}` }),
    ...(definition.approves === true && { approvals: LINKS }),
    ...(endMatters(catalog, { flow: definition.flow, ...started }) && { atEnd: true as const }),
  });
  return { clock, inbox, arrivals, runs, taken, inputOf, runtimeOf };
}

/** The id of the run that an event starts. */
export function runIdOf({ definition }: LoadedFlow, event: EventData): string {
  return workflowIdOf(definition.flow, event.id);
}

function secretOf({ secrets }: TestCase, name: string): string | undefined {
  const given = secrets[name];
  if (given === null) return undefined;
  return given ?? `test-${createHash('sha256').update(name).digest('hex').slice(0, MADE_UP_HEX_CHARS)}`;
}

function configOf({ config }: TestCase, names: string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}
