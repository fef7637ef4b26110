// The flows that the runs of a case call. What the case says comes of a call is what comes of it; without a word of that, the flow runs.
// Either way its end reaches whoever waits as in production, as an event. It starts nothing that listens to ends.
import { depthAfter } from '../../workflows/emit-event.ts';
import type { ConnectorCall, EventData, Json, JsonObject } from '../../workflows/definition.ts';
import type { CallFlowAnswer, CallFlowRequest, RunEndRequest } from '../../workflows/store-call.ts';
import { acceptCall } from '../call-checks.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { endMatters } from '../flow/run-ends.ts';
import { createRunEnded } from '../run-ended.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import type { MadeCall, RunEnd } from './recording.ts';
import { createSequence } from './sequence.ts';
import type { StepOfRun } from './step-names.ts';
import type { MockedRun } from './test-case.ts';
import type { TestInbox } from './test-inbox.ts';
import { fitsInput, missingText } from './unanswered.ts';
import { EndlessError, type VirtualClock } from './virtual-clock.ts';

export interface CalledFlowParts {
  clock: VirtualClock;
  inbox: TestInbox;
  catalog: Catalog;
  /** By the id of a step, or by the name of a flow. */
  flows: Record<string, MockedRun[]>;
  calls: MadeCall[];
  /** What the case calls a step. */
  nameOf(step: StepOfRun): string;
  /** Where a step stands. */
  describe(step: StepOfRun): string;
  /** Starts the run of a call, under its id; `ended` is told how it ends. */
  start(run: string, callee: LoadedFlow, event: EventData, ended: (end: RunEnd) => void): void;
  /** Asks a run to end, by its id. */
  cancel(run: string): void;
}

export interface CalledFlows {
  /**
   * Takes a call; throws CallRefused when it cannot be, UnansweredError when what the case says of it is not for it, EndlessError when
   * there are too many.
   */
  call(call: ConnectorCall): Json;
  /** Asks the run of the same call to end. */
  cancel(call: ConnectorCall): Json;
  /** A run tells of its end. */
  ended(call: ConnectorCall): Promise<Json>;
}

/** Calls of flows that the runs of a case may make: more than a list of 10,000 items makes, less than flows that multiply at each depth. */
const CALLS_MAX = 15_000;

/** A run that does not run. */
interface PretendedRun {
  id: string;
  event: EventData;
  startedAt: number;
  made: MadeCall;
}

/** The called flows of one case. */
export function createCalledFlows(parts: CalledFlowParts): CalledFlows {
  const { clock, inbox, catalog } = parts;
  const startedAt = clock.now();
  const firstTriedAt = new Map<string, number>();
  const answers = new Map<string, CallFlowAnswer>();
  const pretended = new Map<string, PretendedRun>();
  const answerFor = createAnswers(parts);
  const runEnded = createRunEnded({
    catalog: () => catalog,
    commitEvent: ({ id, source, type, body, headers }) => {
      const time = new Date(clock.now()).toISOString();
      const position = inbox.accept({ id, type, source, time, body, headers, query: {} }, clock.now());
      clock.notice();
      return Promise.resolve({ duplicate: position === undefined });
    },
  });
  const endPretended = (key: string, end: RunEnd): void => {
    const run = pretended.get(key);
    if (run === undefined) return;
    pretended.delete(key);
    run.made.end = end;
    const flow = run.made.flow!;
    if (!endMatters(catalog, { flow, ...run.event })) return;
    const request = endRequest(run, end, clock.now());
    void runEnded(request, { id: run.id, flow, execution: run.id });
  };
  const pretend = (key: string, answer: MockedRun, run: PretendedRun): void => {
    pretended.set(key, run);
    clock.at(clock.now() + answer.takesMs, () => endPretended(key, endOf(answer)));
  };
  return {
    call(call) {
      const { idempotencyKey: key, run: caller } = call;
      const known = answers.get(key);
      if (known !== undefined) return { ...known };
      if (answers.size === CALLS_MAX) throw endless(parts.describe(caller));
      const now = clock.now();
      const since = firstTriedAt.get(key) ?? now;
      firstTriedAt.set(key, since);
      const request = call.with as unknown as CallFlowRequest;
      const { callee, event: accepted } = acceptCall(
        catalog,
        request,
        { runId: caller.id, key },
        { now, triedMs: now - since },
      );
      const event: EventData = { ...accepted, time: new Date(now).toISOString(), query: {} };
      const { flow, awaited } = request;
      const id = workflowIdOf(flow, event.id);
      const made: MadeCall = {
        step: parts.nameOf(caller),
        flow,
        run: id,
        ...(!awaited && { detached: true }),
        input: event.body,
        atMs: now - startedAt,
        attempts: 1,
        key,
      };
      parts.calls.push(made);
      const after = inbox.accept(event, now) ?? 0;
      const answer = answerFor(caller, flow, event.body);
      if (answer !== undefined) pretend(key, answer, { id, event, startedAt: now, made });
      else if (!isGathering(callee)) parts.start(id, callee, event, (end) => (made.end = end));
      const answered: CallFlowAnswer = { run: id, flow, after, ...(isGathering(callee) && { gathered: event.id }) };
      answers.set(key, answered);
      return { ...answered };
    },
    cancel({ idempotencyKey: key }) {
      const called = answers.get(key);
      if (pretended.has(key)) endPretended(key, { status: 'cancelled' });
      else if (called !== undefined) parts.cancel(called.run);
      return null;
    },
    async ended({ with: request, run: { id, flow } }) {
      await runEnded(request as unknown as RunEndRequest, { id, flow, execution: id });
      return null;
    },
  };
}

function endless(place: string): EndlessError {
  const remedy = 'End it with an `if`, or say in `flows` what comes of a call';
  return new EndlessError(`the case goes on and on: ${place} makes call ${CALLS_MAX + 1} of a flow. ${remedy}.`);
}

/** What the case says of a call; undefined when the flow is to run. */
function createAnswers({
  flows,
  nameOf,
  describe,
}: CalledFlowParts): (caller: StepOfRun, flow: string, input: Json) => MockedRun | undefined {
  const sequence = createSequence<MockedRun>();
  return (caller, flow, input) => {
    const known = [nameOf(caller), flow].flatMap((key) =>
      flows[key] === undefined ? [] : [{ key, answers: flows[key] }],
    );
    if (known.length === 0) return undefined;
    for (const { answers } of known) {
      const answer = sequence.take(answers, (each) => fitsInput(each.with, input));
      if (answer !== undefined) return answer.runs === true ? undefined : answer;
    }
    throw missingText({
      head: `${describe(caller)} calls flow \`${flow}\`, and \`flows\` does not say what comes of it`,
      field: 'input',
      input,
      known,
      isUsedUp: (answer) => sequence.isUsedUp(answer as MockedRun),
      example: { flows: { [flow]: { output: {} } } },
    });
  };
}

/** A run of it is that of several events, and which ones are in it is not part of a case. */
function isGathering({ admission }: LoadedFlow): boolean {
  return admission?.debounce !== undefined || admission?.batch !== undefined;
}

function endOf({ error, output, cancelled }: MockedRun): RunEnd {
  if (cancelled === true) return { status: 'cancelled' };
  if (error === undefined) return { status: 'completed', output: output ?? null };
  return { status: 'failed', error: { message: error.code, step: null, attempt: 1, ...error } };
}

function endRequest({ event, startedAt }: PretendedRun, end: RunEnd, now: number): RunEndRequest {
  const { id, type, source } = event;
  return {
    status: end.status,
    ...('output' in end && { output: end.output }),
    ...('error' in end && { error: end.error as unknown as JsonObject }),
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(now).toISOString(),
    event: { id, type, source },
    depth: depthAfter(event),
  };
}
