// The flows that a tested run calls: none of them runs. The case says what each run of them comes to, and when; its end reaches the
// caller as in production, as an event that it waits for.
import type { ConnectorCall, EventData, Json, JsonObject } from '../../workflows/definition.ts';
import { CALL_SOURCE, RUN_SOURCE, runEndType, type RunEndStatus } from '../../workflows/run-life.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { CallFlowAnswer, CallFlowRequest } from '../../workflows/store-call.ts';
import type { Catalog } from '../flow/catalog.ts';
import { eventIdOf } from '../server/event-id.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { checkOf, mismatchText } from './read-event.ts';
import type { MadeCall } from './recording.ts';
import { createSequence } from './sequence.ts';
import type { MockedRun } from './test-case.ts';
import type { TestInbox } from './test-inbox.ts';
import { fitsInput, missingText } from './unanswered.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface CalledFlowParts {
  clock: VirtualClock;
  inbox: TestInbox;
  catalog: Catalog;
  /** By the id of a step, or by the name of a flow. */
  flows: Record<string, MockedRun[]>;
  calls: MadeCall[];
  /** Where a step stands. */
  describe(step: string): string;
}

export interface CalledFlows {
  /** Starts a run; throws StepFailure when it cannot be, UnansweredError when the case says nothing of it. */
  call(call: ConnectorCall): Json;
  /** Asks the run of the same call to end. */
  cancel(call: ConnectorCall): Json;
}

/** A called run that has not ended. */
interface OpenRun {
  id: string;
  flow: string;
  startedAt: number;
  event: EventData;
}

/** The called flows of one case. */
export function createCalledFlows(parts: CalledFlowParts): CalledFlows {
  const { clock, inbox, flows } = parts;
  const startedAt = clock.now();
  const sequence = createSequence<MockedRun>();
  const open = new Map<string, OpenRun>();

  const end = (key: string, status: RunEndStatus, what: JsonObject): void => {
    const run = open.get(key);
    if (run === undefined) return;
    open.delete(key);
    inbox.accept(endOf(run, clock.now(), status, what), clock.now());
    clock.notice();
  };
  const answerFor = (call: ConnectorCall, flow: string, input: Json, awaited: boolean): MockedRun | undefined => {
    const { step } = call.run;
    for (const key of [step, flow]) {
      const answer = sequence.take(flows[key] ?? [], (each) => fitsInput(each.with, input));
      if (answer !== undefined || !awaited) return answer;
    }
    throw missingText({
      head: `${parts.describe(step)} calls flow \`${flow}\`, and \`flows\` does not say what comes of it`,
      field: 'input',
      input,
      known: [step, flow].flatMap((key) => (flows[key] === undefined ? [] : [{ key, answers: flows[key] }])),
      isUsedUp: (answer) => sequence.isUsedUp(answer as MockedRun),
      example: { flows: { [flow]: { output: {} } } },
    });
  };
  return {
    call(call) {
      const { idempotencyKey: key, run } = call;
      const { flow, input: given, awaited } = call.with as unknown as CallFlowRequest;
      const input = checkedInput(parts.catalog, flow, given);
      parts.calls.push({ step: run.step, flow, input, atMs: clock.now() - startedAt, attempts: 1, key });
      const answer = answerFor(call, flow, input, awaited);
      const event = callEvent(key, clock.now(), input);
      const id = workflowIdOf(flow, event.id);
      if (awaited && answer !== undefined) {
        open.set(key, { id, flow, startedAt: clock.now(), event });
        clock.at(clock.now() + answer.takesMs, () => end(key, statusOf(answer), resultOf(answer)));
      }
      return { run: id, flow, after: 0 } satisfies CallFlowAnswer;
    },
    cancel({ idempotencyKey: key }) {
      end(key, 'cancelled', {});
      return null;
    },
  };
}

/** With the defaults of the flow's `input`. */
function checkedInput(catalog: Catalog, flow: string, given: Json): Json {
  const callee = catalog.flows.get(flow);
  if (callee === undefined) throw failure('flow_unknown', `no flow \`${flow}\` is loaded`);
  const schema = callee.definition.input;
  if (schema === undefined) return given;
  const input = structuredClone(given);
  const mismatches = checkOf(schema, true)(input);
  if (mismatches === undefined) return input;
  const told = mismatches.map(mismatchText).join('; ');
  throw failure('invalid_input', `the input does not follow \`input\` of \`${flow}\`: ${told}`);
}

function failure(code: string, message: string): StepFailure {
  return new StepFailure({ code, message, step: null, attempt: 1 });
}

function callEvent(key: string, now: number, body: Json): EventData {
  const time = new Date(now).toISOString();
  const id = eventIdOf(CALL_SOURCE, key);
  return { id, type: CALL_SOURCE, source: CALL_SOURCE, time, body, headers: {}, query: {} };
}

function statusOf({ error, cancelled }: MockedRun): RunEndStatus {
  if (cancelled === true) return 'cancelled';
  return error === undefined ? 'completed' : 'failed';
}

function resultOf(answer: MockedRun): JsonObject {
  const { error, output } = answer;
  if (error !== undefined) return { error: { message: error.code, step: null, attempt: 1, ...error } };
  return statusOf(answer) === 'completed' ? { output: output ?? null } : {};
}

/** As src/run-ended.ts makes it. */
function endOf(run: OpenRun, now: number, status: RunEndStatus, what: JsonObject): EventData {
  const { id, flow, event } = run;
  const [started, ended] = [run.startedAt, now].map((time) => new Date(time).toISOString()) as [string, string];
  const { id: eventId, type, source } = event;
  const body = {
    id,
    flow,
    status,
    started_at: started,
    ended_at: ended,
    event: { id: eventId, type, source },
    ...what,
  };
  return {
    id: eventIdOf(RUN_SOURCE, `${id} ${status} ${ended}`),
    type: runEndType(status),
    source: RUN_SOURCE,
    time: ended,
    body,
    headers: {},
    query: {},
  };
}
