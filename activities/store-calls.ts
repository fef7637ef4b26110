// What runs ask of Hookline's own store, as activities: events that flows emit, and waits for events. All of it is idempotent,
// for Temporal may try each more than once; none of it reaches outside.
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { StandingDecision } from '../workflows/decision.ts';
import type { ConnectorCall, EventData, Json, JsonObject } from '../workflows/definition.ts';
import {
  STORE_CALLS,
  type DecideRequest,
  type ForgetRequest,
  type LookAgainRequest,
  type OpenApprovalRequest,
  type RegisterAnswer,
  type RegisterRequest,
} from '../workflows/store-call.ts';
import { DISORDER_MS_MAX, type Candidate } from '../workflows/wakes.ts';

/** The store, as far as runs reach it. */
export interface RunStore {
  registerWaiter(waiter: RegisteredWaiter, now: number): Promise<void>;
  lookBack(question: RegisteredWaiter, limit: number): Promise<Candidate[]>;
  /** Looking back found an event: it is noted, and the waiter forgotten. */
  recordFound(waiter: Pick<RegisteredWaiter, 'id' | 'workflowId'>, position: number, now: number): Promise<void>;
  /** `taken`: the event that the run took. */
  forgetWaiter(id: string, taken?: { workflowId: string; position: number; at: number }): Promise<void>;
  /** Commits an event and starts what listens to it; resolves with its id. The same key is the same event. */
  emit(event: Pick<EventData, 'type' | 'body'>, origin: EmitOrigin): Promise<string>;
  /** Makes an approval known; again, it brings it up to date. */
  openApproval(approval: OpenApprovalRequest, run: ConnectorCall['run']): Promise<void>;
  /**
   * Decides an approval; resolves with the decision that stands, which is the first one. Throws an ApplicationFailure
   * (`invalid_input`, not to be tried again) when `form` does not follow the approval's form.
   */
  decide(decision: DecideRequest, run: ConnectorCall['run']): Promise<StandingDecision>;
}

/** What a registration needs of it. */
type LookingStore = Pick<RunStore, 'registerWaiter' | 'lookBack' | 'recordFound'>;

/** What a run asks, and which run it is. */
type StoreRequest = Pick<ConnectorCall, 'with'> & { run: { id: string } };

/** A wait as the store keeps it. Times in Unix milliseconds. */
export interface RegisteredWaiter extends Pick<
  RegisterRequest,
  'types' | 'source' | 'where' | 'since' | 'after' | 'except' | 'once'
> {
  id: string;
  workflowId: string;
  expiresAt: number | null;
}

/** Where an event of a flow comes from. */
export interface EmitOrigin {
  /** Names the step in its run. */
  key: string;
  runId: string;
  /** Events of flows between this one and one from outside, itself included. */
  depth: number;
}

/** Two of these may be lost before the worker is taken for dead. */
const HEARTBEAT_INTERVAL_MS = 1_500;
/** Events that a run is handed at once to look at with `match`. */
const CANDIDATES_MAX = 10;
/** The store keeps a wait for so long after its time: the run's clock decides, and clocks differ. */
const EXPIRY_GRACE_MS = 60_000;
/** Most that an event may say. */
const EMITTED_BYTES_MAX = 4 * 1024 * 1024;

/** The activities, by type. */
export function createStoreCalls(
  store: RunStore,
  clock: () => number = Date.now,
): Record<string, (call: ConnectorCall) => Promise<Json>> {
  return {
    [STORE_CALLS.register]: beating(async (call) => (await register(store, call, clock())) as unknown as Json),
    [STORE_CALLS.lookAgain]: beating(async (call) => (await lookAgain(store, call, clock())) as unknown as Json),
    [STORE_CALLS.forget]: beating(async (call) => {
      const { waiter, taken } = call.with as unknown as ForgetRequest;
      const event = taken === undefined ? undefined : { workflowId: call.run.id, position: taken, at: clock() };
      await store.forgetWaiter(waiterId(call.run.id, waiter), event);
      return null;
    }),
    [STORE_CALLS.emit]: beating((call) => emit(store, call)),
    [STORE_CALLS.openApproval]: beating(async ({ with: input, run }) => {
      await store.openApproval(input as unknown as OpenApprovalRequest, run);
      return null;
    }),
    [STORE_CALLS.decide]: beating(
      async ({ with: input, run }) => (await store.decide(input as unknown as DecideRequest, run)) as unknown as Json,
    ),
  };
}

/** One wait among those of all runs: the same for every registration of it. */
function waiterId(runId: string, path: string): string {
  return `${runId}/${path}`;
}

/** First the waiter is committed, then events are looked for: whatever comes in between is found twice, never not at all. */
export async function register(store: LookingStore, call: StoreRequest, now: number): Promise<RegisterAnswer> {
  const { waiter: path, until, ...question } = call.with as unknown as RegisterRequest;
  const id = waiterId(call.run.id, path);
  const expiresAt = until === null ? null : until + EXPIRY_GRACE_MS;
  const waiter: RegisteredWaiter = { ...question, id, workflowId: call.run.id, expiresAt };
  await store.registerWaiter(waiter, now);
  const limit = waiter.once ? 1 : CANDIDATES_MAX;
  const candidates = await store.lookBack(waiter, limit);
  if (!waiter.once) return { candidates, more: candidates.length === limit };
  const [found] = candidates;
  if (found !== undefined) await store.recordFound(waiter, found.position, now);
  return { candidates, more: false };
}

/** Whatever an attempt that comes late finds is in the time of the wait all the same. */
export async function lookAgain(store: LookingStore, call: StoreRequest, now: number): Promise<RegisterAnswer> {
  const { waiter: path, upTo, ...question } = call.with as unknown as LookAgainRequest;
  const waiter = { ...question, id: waiterId(call.run.id, path), workflowId: call.run.id, expiresAt: null };
  for (;;) {
    const found = await store.lookBack(waiter, CANDIDATES_MAX);
    const candidates = found.filter(({ event }) => Date.parse(event.time) <= upTo);
    const [first] = candidates;
    if (waiter.once && first !== undefined) await store.recordFound(waiter, first.position, now);
    const last = found.at(-1);
    const more = found.length === CANDIDATES_MAX && Date.parse(last!.event.time) <= upTo + DISORDER_MS_MAX;
    if (candidates.length > 0 || !more) return { candidates, more };
    waiter.after = last!.position;
  }
}

async function emit(store: RunStore, { with: input, run, idempotencyKey: key }: ConnectorCall): Promise<JsonObject> {
  const { type, body, depth } = input as { type: string; body: Json; depth: number };
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > EMITTED_BYTES_MAX) {
    const message = `the body of an event is at most ${EMITTED_BYTES_MAX} bytes as JSON, this one has ${bytes}`;
    throw ApplicationFailure.nonRetryable(message, 'invalid_field');
  }
  const id = await store.emit({ type, body }, { key, runId: run.id, depth });
  return { id, type };
}

/** A slow disk must not look like a dead worker. */
export function beating(work: (call: ConnectorCall) => Promise<Json>): (call: ConnectorCall) => Promise<Json> {
  return async (call) => {
    const activity = Context.current();
    const heartbeat = setInterval(() => activity.heartbeat(), HEARTBEAT_INTERVAL_MS);
    try {
      return await work(call);
    } finally {
      clearInterval(heartbeat);
    }
  };
}
