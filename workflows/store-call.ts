// Calls of a run to Hookline's own store: activities like those of connectors, but tried until the store answers, whatever the
// step's `retry` says. What they do is idempotent.
import type { StandingDecision } from './decision.ts';
import type { Json, JsonObject, Retry } from './definition.ts';
import { throughGate } from './effects.ts';
import { HEARTBEAT_TIMEOUT_MS } from './limits.ts';
import { labelOf, nameOf, type Place } from './place.ts';
import { idempotencyKey } from './run-path.ts';
import type { Run } from './run.ts';
import type { Soon } from './soon.ts';
import type { Candidate } from './wakes.ts';

/** Activity types; `hookline` is no connector, so no flow can name them. */
export const STORE_CALLS = {
  /** Commits an event. */
  emit: 'hookline.emit',
  /** Registers a wait, and looks for events that came before it. */
  register: 'hookline.wait_for',
  /** Looks for events that came in the time of a wait that is over. */
  lookAgain: 'hookline.look_again',
  /** Ends a wait. */
  forget: 'hookline.stop_waiting',
  /** Starts a flow. */
  call: 'hookline.call',
  /** Asks a called flow's run to end. */
  cancelCall: 'hookline.cancel_call',
  /** Tells of the run's end. */
  ended: 'hookline.run_ended',
  /** Makes it known that the run waits for a person. */
  openApproval: 'hookline.open_approval',
  /** Decides an approval, unless that was done before. */
  decide: 'hookline.decide',
} as const;

/** What `register` is asked. Times in Unix milliseconds. */
export interface RegisterRequest {
  /** Path of the step that waits: with the run's id, it names the wait. */
  waiter: string;
  types: string[];
  source: string;
  /** `[path, text]`, sorted by path. */
  where: [string, string][];
  since: number;
  /** Only events behind this position. */
  after: number;
  /** Never the event of this id. */
  except: string;
  /** The first event ends the wait; otherwise the run looks at every one itself. */
  once: boolean;
  /** When the wait ends; null for never. */
  until: number | null;
}

/** What `lookAgain` is asked: as `register` was. `upTo`: only events that were received until then. */
export interface LookAgainRequest extends Omit<RegisterRequest, 'until'> {
  upTo: number;
}

/** What `register` and `lookAgain` answer: events that came before, in order. `more`: there may be others behind the last one. */
export interface RegisterAnswer {
  candidates: Candidate[];
  more: boolean;
}

/** What `forget` is asked; it answers null. */
export type ForgetRequest = {
  /** Path of the step that waited. */
  waiter: string;
  /** Position of the event that the run took. Absent: none, or the store knows it. */
  taken?: number;
};

/** What `openApproval` is asked; it answers null. */
export interface OpenApprovalRequest {
  /** See approvalIdOf. */
  approval: string;
  /** Path of the step. */
  step: string;
  title: string;
  /** Names of people or groups, as the flow says them. */
  who: string[];
  /** JSON Schema of what is asked besides yes or no. */
  form: JsonObject | null;
  /** When the run goes on without a decision, Unix milliseconds; null for never. */
  expiresAt: number | null;
}

/** What `decide` is asked; it answers the StandingDecision, or fails when `form` does not follow the form's schema. */
export interface DecideRequest extends Omit<StandingDecision, 'at'> {
  approval: string;
  /** Path of the step. */
  step: string;
}

/** What `call` is asked. */
export interface CallFlowRequest {
  flow: string;
  input: Json;
  /** Events of flows between the call and an event from outside, the call included. */
  depth: number;
  /** The caller waits for the end. */
  awaited: boolean;
}

/** What `call` answers: the run's workflow id, and the position in the inbox behind which its end is to be looked for. */
export interface CallFlowAnswer {
  run: string;
  flow: string;
  after: number;
  /** The flow gathers events (`debounce`, `batch`): the id of the call's event, which may come to a run with others; `run` never is. */
  gathered?: string;
}

/** What `cancelCall` is asked; it answers null. `underway`: the call's time was over before it was answered, so it may still be made. */
export type CancelCallRequest = { flow: string; underway?: true };

/** What `ended` is asked; it answers null. */
export interface RunEndRequest {
  status: 'completed' | 'failed' | 'cancelled';
  output?: Json;
  /** A FlowError. */
  error?: JsonObject;
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
  /** The event that started the run. */
  event: { id: string; type: string; source: string };
  /** Events of flows between that of the end and one from outside, itself included. */
  depth: number;
}

/** Who makes a store call: a step, or the run itself. */
export interface StoreCaller {
  run: Run;
  /** Names the call in the run; the idempotency key is made of it. */
  path: string;
  /** What logs and errors call it. */
  step: string;
  /** What people see beside it. */
  summary: string;
}

/** Time of one attempt. The store answers in milliseconds, or not at all. */
const ATTEMPT_MS = 10_000;
/** The store is tried for as long as the call may take. */
const RETRY: Retry = { maxAttempts: 1_000_000, delayMs: 200, backoff: 2, maxDelayMs: 30_000 };

/** Makes the call through the gate of effects, within this time for all attempts. Rejects with StepFailure or a cancellation. */
export function storeCall(
  place: Place,
  connector: string,
  input: JsonObject,
  withinMs: number,
  summary?: string,
): Soon<Json> {
  return throughGate(place.run, () => startStoreCall(place, connector, input, withinMs, summary));
}

/** Makes the call at once: also in a run that is to start nothing more, or that was cancelled. */
export function startStoreCall(
  place: Place,
  connector: string,
  input: JsonObject,
  withinMs: number,
  summary: string = labelOf(place),
): Promise<Json> {
  return startCallOf({ run: place.run, path: place.path, step: nameOf(place), summary }, connector, input, withinMs);
}

/** Makes the call at once, for a step or for the run itself. */
export function startCallOf(
  { run, path, step, summary }: StoreCaller,
  connector: string,
  input: JsonObject,
  withinMs: number,
): Promise<Json> {
  const id = run.runtime.workflowId;
  return run.runtime.call(
    {
      connector,
      with: input,
      secrets: [],
      idempotencyKey: idempotencyKey(id, path),
      attemptTimeoutMs: ATTEMPT_MS,
      retry: RETRY,
      run: { id, flow: run.input.flow.flow, step },
    },
    {
      summary,
      startToCloseMs: ATTEMPT_MS,
      scheduleToCloseMs: withinMs,
      heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
      retry: RETRY,
    },
  );
}
