// What `concurrency` and `rate` ask of the store: who holds a place, who waits for one, and what frees it. Rows are in
// src/inbox/schema-slots.ts. A place is given and taken back in the transaction of what causes it: an event that is stored, a start
// that is recorded, a run that ends; so no crash can give one twice or lose it.

/** `due_at` of a start that waits for a place: no claim ever meets it. Unix ms, the year 9999. */
export const NEVER_DUE_AT = 253_370_764_800_000;

/** Told after a commit that let starts through, or left something to do. */
export interface StartNews {
  /** Unix ms at which the first of these starts may begin; null when none was let through. */
  dueAt: number | null;
  /** Runs are to be cancelled (`holdersToCheck`), or callers told of runs that never start (`unstartedCalls`). */
  toDo: boolean;
}

/** A run that holds a place for which somebody waits, or that has held one for long. */
export interface SlotHolder {
  workflowId: string;
  /** A newer event wants it cancelled. */
  cancel: boolean;
}

/** A run that a flow called and that never starts. */
export interface UnstartedCall {
  /** Row id of its start. */
  start: number;
  eventId: string;
  flow: string;
  /** Why, for people. */
  reason: string;
}

/** A start that nobody wants any more. */
export interface UnwantedStart {
  eventId: string;
  flow: string;
  /** Why, for people. */
  reason: string;
}

/** Starts of one page that are dropped. */
export const STARTS_DROPPED_MAX = 500;

/** Starts that people may drop: those that wait for their turn, and those that Temporal refused for good. */
export type DroppableState = 'waiting' | 'parked';

/** Starts to be dropped, newest first, STARTS_DROPPED_MAX at most: those below row `before`. */
export type StartsToDrop = (
  | { of: 'event'; id: string; flow?: string }
  /** `id` is the delivery's row. */
  | { of: 'delivery'; id: number; flow?: string }
  | { of: DroppableState; id?: never; flow: string }
) & { before?: number };

/** What came of dropping a start: `state` is where it stands now. */
export interface DroppedStart {
  row: number;
  eventId: string;
  flow: string;
  dropped: boolean;
  state: 'pending' | 'started' | 'parked' | 'skipped';
}

/** Which holders to ask after. Times in Unix ms. */
export interface HolderQuestion {
  /** Of those that somebody waits for: not checked since. */
  wantedBefore: number;
  /** Of the others: not checked since. */
  anyBefore: number;
  limit: number;
}

/** Why a start waits. */
export type StartWait =
  /** `ahead`: runs that hold a place, and starts that wait in front. */
  | { for: 'concurrency'; ahead: number }
  /** `until` is when it starts at the earliest, where that is known (Unix ms). `ahead`: starts that wait in front. */
  | { for: 'rate'; ahead: number; until: number | null }
  /** It is gathered with others, `ahead` events so far, and closes at `until` (Unix ms) if nothing changes that. */
  | { for: 'debounce' | 'batch'; ahead: number; until: number };

/** Where one start stands. */
export interface StartStatus {
  state: 'pending' | 'started' | 'parked' | 'skipped' | 'gathering' | 'gathered';
  waits?: StartWait;
  /** Of an event that was gathered: the id of the event that the run gets, once it is known. */
  runEvent?: string;
}

/** The part of the Store that counts runs. */
export interface SlotStore {
  /** A run ended: its place goes to the next that waits. Resolves when that is on disk; unknown runs are ignored. */
  releaseSlots(workflowId: string, now: number): Promise<void>;
  /** Holders to ask after, those longest unchecked first; none whose run is still to be started. */
  holdersToCheck(question: HolderQuestion): Promise<SlotHolder[]>;
  /** What came of asking: places of runs that are over are free. */
  settleHolders(holders: { workflowId: string; over: boolean }[], now: number): Promise<void>;
  /** Calls whose callers are not told yet that no run starts, oldest first. */
  unstartedCalls(limit: number): Promise<UnstartedCall[]>;
  /** Their callers are told. */
  settleUnstartedCalls(starts: number[]): Promise<void>;
  /** Takes back a start that waits for a place: it is skipped. False when there is none such, and for one that may be started now. */
  withdrawStart(start: UnwantedStart, now: number): Promise<boolean>;
  /**
   * Drops starts that wait for their turn or were refused for good: they are skipped for `reason`, and who called them is told. None that
   * may be on its way to Temporal.
   */
  dropStarts(starts: StartsToDrop, reason: string, now: number): Promise<DroppedStart[]>;
  /** How many of a flow could be dropped. */
  countDroppable(state: DroppableState, flow: string, now: number): Promise<number>;
  /** Forgets places of rates that are free again. */
  pruneSlots(now: number): Promise<void>;
  /** The clock was set back to `now`: nothing waits for longer than if it had not been, by a `per` or a minute at most. */
  bringForward(now: number): Promise<void>;
  /** Where the start of an event for a flow stands; null when there is none. */
  startStatus(eventId: string, flow: string): Promise<StartStatus | null>;
  /** How many starts wait for a place. */
  countWaitingStarts(): Promise<number>;
}
