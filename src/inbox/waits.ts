// What the store keeps for runs that wait for events: what is asked of events, who asks, and who is to be woken by what.
// Types only; every driver does it so that no order of an event and a wait loses the event.
import type { EventData } from '../../workflows/definition.ts';

/** What is looked for in events of one type and source: the texts at these paths, sorted. No path: every such event. */
export interface KeyShape {
  type: string;
  /** `emit` for events of flows. */
  source: string;
  /** Places in the event such as `body.order_id`. */
  paths: string[];
}

/** Which events are asked for. */
export interface Question {
  /** Any of them. */
  types: string[];
  source: string;
  /** `[path, text]`, sorted by path; an event has all of these texts. */
  where: [string, string][];
  /** Unix ms: only events received at or after. */
  since: number;
  /** Only events behind this place in the inbox; 0 for all. */
  after: number;
  /** Never the event of this id: the one that started the run. */
  except: string;
}

/** A run that waits. */
export interface NewWaiter extends Question {
  /** Workflow id and step path: the same for every registration of one wait. */
  id: string;
  workflowId: string;
  /** The first event wakes the run for good. Otherwise every event does, for the run looks at it more closely. */
  once: boolean;
  /** Unix ms after which nothing wakes it; null for never. */
  expiresAt: number | null;
}

/** An event that was asked for. Later events have larger positions. */
export interface AwaitedEvent {
  position: number;
  event: EventData;
}

/**
 * The newest rows of a moment; none is ever given twice. What is said of a run then holds for these and older ones: newer ones are
 * those of a run that began since under the same workflow id, after a reset or when Temporal had forgotten the one before.
 */
export interface WaitRows {
  waiter: number;
  wake: number;
}

/** A run that is to be told of an event. */
export interface ClaimedWake extends AwaitedEvent {
  /** Row id. */
  id: number;
  waiter: string;
  workflowId: string;
  /** How often it was tried before. */
  attempts: number;
  /** When it was claimed. */
  newest: WaitRows;
}

/** An event that a run took for a wait. */
export interface TakenEvent {
  workflowId: string;
  /** Of the event. */
  position: number;
  /** Unix ms. */
  at: number;
}

/** Runs that wait and were not asked after for long. */
export interface UncheckedRuns {
  /** Workflow ids. */
  runs: string[];
  newest: WaitRows;
}

/** A wait for the end of a run. */
export interface WaitingCaller {
  /** Row id. */
  row: number;
  /** As in NewWaiter: workflow id and step path. */
  waiter: string;
  workflowId: string;
}

/** What became of a claimed wake. */
export type WakeOutcome =
  | { id: number; state: 'sent' }
  /** Try again not before `retryAt` (Unix ms). Without `error` it was not tried at all, and does not count as an attempt. */
  | { id: number; state: 'pending'; retryAt: number; error?: string }
  /** There was no such run when it was told: nothing that it had when the wake was claimed waits any more. */
  | { id: number; state: 'gone'; newest: WaitRows };

/** Counts for /metrics. */
export interface WaitStats {
  waiters: number;
  wakesPending: number;
}

/**
 * The part of the Store that waits need. An event and a registration in any order, also at the same time, end in the event being
 * found: both commit first and look for the other afterwards (or in the same transaction, where those follow one another).
 */
export interface WaitStore {
  /** From now on events are indexed for these questions. Idempotent; to be repeated at times, for what nobody declares is forgotten. */
  declareKeys(shapes: KeyShape[], now: number): Promise<void>;
  /**
   * Keeps a waiter: from its commit on, an accepted event that answers it leaves a durable wake. Under an id that is known, it takes
   * the place of the one before, whose wakes stay as far as they answer it too. To be followed by a look back.
   */
  registerWaiter(waiter: NewWaiter, now: number): Promise<void>;
  /** Events accepted already, in their order. Those accepted before their keys were declared are found by a bounded scan. */
  lookBack(question: Question, limit: number): Promise<AwaitedEvent[]>;
  /**
   * Notes that looking back found an event for a waiter, as if its run had been told, and forgets the waiter. A wake for it stays: who
   * asks may be late, and the run have looked before the event came.
   */
  recordFound(waiter: Pick<NewWaiter, 'id' | 'workflowId'>, position: number, now: number): Promise<void>;
  /** Forgets a waiter and its wakes that were not sent. The run was told of the event that it took. */
  forgetWaiter(id: string, taken?: TakenEvent): Promise<void>;
  /** Leases wakes that are due, oldest first; of one waiter only the first that was not sent yet. */
  claimWakes(limit: number, leaseMs: number, now: number): Promise<ClaimedWake[]>;
  /** Records what became of claimed wakes, in one transaction. */
  settleWakes(outcomes: WakeOutcome[]): Promise<void>;
  /** Makes wakes sent since (Unix ms) pending again, after an unclean stop; a run ignores a repeat. Returns how many. */
  reopenWakes(since: number): Promise<number>;
  /** Runs with waiters that nobody asked after since (Unix ms), the oldest first. */
  uncheckedRuns(checkedBefore: number, limit: number): Promise<UncheckedRuns>;
  /** What asking after them found: those that are over lose what they had by then, the others were checked now. */
  settleRuns(runs: { workflowId: string; over: boolean }[], newest: WaitRows, now: number): Promise<void>;
  /** Waits for ends of runs behind this row, in order. */
  callers(afterRow: number, limit: number): Promise<WaitingCaller[]>;
  /** Deletes waiters that expired, wakes sent before `sentBefore` and keys nobody declared since `declaredBefore` (Unix ms). */
  pruneWaits(limits: { now: number; sentBefore: number; declaredBefore: number }): Promise<void>;
  waitStats(): Promise<WaitStats>;
}
