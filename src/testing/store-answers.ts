// What Hookline's own store answers to the runs of a case: from an inbox in memory, which the case fills.
import type { ConnectorCall, EventData, Json } from '../../workflows/definition.ts';
import { DEPTH_HEADER, EMIT_SOURCE, RUN_HEADER } from '../../workflows/emit-event.ts';
import type { Soon } from '../../workflows/soon.ts';
import { STORE_CALLS, type LookAgainRequest, type RegisterRequest } from '../../workflows/store-call.ts';
import { eventIdOf } from '../server/event-id.ts';
import type { Arrivals } from './arrivals.ts';
import type { CalledFlows } from './called-flows.ts';
import type { Decisions } from './decisions.ts';
import type { EmittedEvent } from './recording.ts';
import type { StepOfRun } from './step-names.ts';
import type { TestInbox } from './test-inbox.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface StoreParts {
  clock: VirtualClock;
  inbox: TestInbox;
  arrivals: Arrivals;
  calledFlows: CalledFlows;
  decisions: Decisions;
  emitted: EmittedEvent[];
  /** What the case calls a step. */
  nameOf(step: StepOfRun): string;
}

/** The answer to a call that goes to the store, which may be CallRefused. `label`: what people see beside it. */
export type AnswerStore = (call: ConnectorCall, label: string) => Soon<Json>;

/** Activity types begin so when the store is called; no connector's does. */
const STORE_PREFIX = 'hookline.';

/** Whether a call goes to the store and not to a connector. */
export function isStoreCall({ connector }: ConnectorCall): boolean {
  return connector.startsWith(STORE_PREFIX);
}

/** The store of one case, whose run starts now. */
export function createStoreAnswers(parts: StoreParts): AnswerStore {
  const { clock, inbox, arrivals, calledFlows, decisions, emitted, nameOf } = parts;
  const startedAt = clock.now();
  const emit = ({ with: input, run, idempotencyKey }: ConnectorCall): Json => {
    const { type, body, depth } = input as { type: string; body: Json; depth: number };
    emitted.push({ step: nameOf(run), type, body, atMs: clock.now() - startedAt });
    const id = eventIdOf(EMIT_SOURCE, idempotencyKey);
    const headers = { [RUN_HEADER]: run.id, [DEPTH_HEADER]: String(depth) };
    const time = new Date(clock.now()).toISOString();
    const event: EventData = { id, type, source: EMIT_SOURCE, time, body, headers, query: {} };
    inbox.accept(event, clock.now());
    clock.notice();
    return { id, type };
  };
  const answers: Record<string, AnswerStore> = {
    [STORE_CALLS.emit]: emit,
    [STORE_CALLS.register]: ({ with: request, run }) => {
      arrivals.waits(run);
      return inbox.register(request as unknown as RegisterRequest, run) as unknown as Json;
    },
    [STORE_CALLS.lookAgain]: ({ with: request }) =>
      inbox.lookAgain(request as unknown as LookAgainRequest) as unknown as Json,
    [STORE_CALLS.forget]: ({ with: request, run }) => {
      inbox.forget(String(request['waiter']), run.id);
      return null;
    },
    [STORE_CALLS.call]: calledFlows.call,
    [STORE_CALLS.cancelCall]: calledFlows.cancel,
    [STORE_CALLS.ended]: calledFlows.ended,
    [STORE_CALLS.openApproval]: decisions.open,
    [STORE_CALLS.decide]: decisions.decide,
  };
  return (call, label) => {
    const answer = answers[call.connector];
    if (answer === undefined) throw new Error(`the store of a test does not know ${call.connector}`);
    return answer(call, label);
  };
}
