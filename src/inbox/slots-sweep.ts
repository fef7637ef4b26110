// Sees to it that no place is held for ever: runs give theirs back when they end, and this asks after those that could not (terminated,
// timed out, lost in a crash). It also asks runs to be cancelled that a newer event replaces, until they are over, and tells callers
// of runs that never start. It asks only after runs that somebody waits for, and rarely after all others.
import type { Logger } from 'pino';
import type { SlotHolder, SlotStore, UnstartedCall } from './slots.ts';

export interface SlotSweepOptions {
  store: Pick<
    SlotStore,
    'holdersToCheck' | 'settleHolders' | 'pruneSlots' | 'bringForward' | 'unstartedCalls' | 'settleUnstartedCalls'
  >;
  /** Whether a run has ended. Rejects when that cannot be known now. */
  runIsOver(workflowId: string): Promise<boolean>;
  /** Asks a run to be cancelled. Rejects when Temporal did not take it. */
  cancelRun(workflowId: string): Promise<void>;
  /** Tells the caller of a run that never starts; a repeat changes nothing. */
  tellCaller(call: UnstartedCall): Promise<void>;
  logger: Logger;
  /** Unix milliseconds. */
  clock?: () => number;
  intervalMs?: number;
}

export interface SlotSweep {
  /** Begins, with a sweep at once. */
  start(): void;
  /** Something is to be done now. Cheap. */
  look(): void;
  /** A run that holds a place may be over. */
  check(workflowId: string): void;
  stop(): Promise<void>;
}

/** How often a run is asked after while somebody waits for its place. */
const SWEEP_INTERVAL_MS = 5_000;
/** How often one is that nobody waits for. */
const CHECK_AGE_MS = 86_400_000;
/** Runs asked after in one sweep, so many at once: Temporal feels nothing of it. */
const CHECKED_RUNS_MAX = 200;
const CHECKED_AT_ONCE_MAX = 8;
const TOLD_CALLS_MAX = 100;

/** Makes a sweep; it does nothing before `start`. */
export function createSlotSweep(options: SlotSweepOptions): SlotSweep {
  const { store, logger, clock = Date.now, intervalMs = SWEEP_INTERVAL_MS } = options;
  const toCheck = new Set<string>();
  /** Those that nobody could be asked after: they are in the next round, and none is begun for them. */
  const toCheckLater = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let again = false;
  /** Before the first sweep the clock may have been set as well. */
  let sweptAt = Number.POSITIVE_INFINITY;

  async function sweep(): Promise<void> {
    const named = [...toCheck].slice(0, CHECKED_RUNS_MAX);
    for (const workflowId of named) toCheck.delete(workflowId);
    again ||= toCheck.size > 0;
    try {
      await tellCallers();
      await noticeTime(clock());
      const now = clock();
      const wanted = await store.holdersToCheck({
        // Those of the sweep before were asked after it had begun.
        wantedBefore: now - intervalMs / 2,
        anyBefore: now - CHECK_AGE_MS,
        limit: CHECKED_RUNS_MAX,
      });
      const unknown = await checkAll([...named.map((workflowId) => ({ workflowId, cancel: false })), ...wanted]);
      for (const workflowId of named) if (unknown.has(workflowId)) toCheckLater.add(workflowId);
      await store.pruneSlots(now);
    } catch (error) {
      for (const workflowId of named) toCheckLater.add(workflowId);
      logger.debug({ reason: (error as Error).message }, 'places could not be swept now; this is tried again later');
    }
  }

  async function noticeTime(now: number): Promise<void> {
    if (now < sweptAt) await store.bringForward(now);
    sweptAt = now;
  }

  /** Returns the runs that could not be asked after. */
  async function checkAll(holders: SlotHolder[]): Promise<Set<string>> {
    const unknown = new Set<string>();
    const rest = [...holders];
    while (rest.length > 0) {
      const asked = rest.splice(0, CHECKED_AT_ONCE_MAX);
      const results = await Promise.allSettled(asked.map(check));
      const checked = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      if (checked.length > 0) await store.settleHolders(checked, clock());
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') continue;
        unknown.add(asked[index]!.workflowId);
        failed(result.reason as Error);
      }
    }
    return unknown;
  }

  function failed({ message }: Error): void {
    logger.debug({ reason: message }, 'a run that holds a place cannot be asked after now, or a caller not told');
  }

  async function check({ workflowId, cancel }: SlotHolder): Promise<{ workflowId: string; over: boolean }> {
    const over = await options.runIsOver(workflowId);
    if (!over && cancel) await options.cancelRun(workflowId);
    return { workflowId, over };
  }

  async function tellCallers(): Promise<void> {
    const calls = await store.unstartedCalls(TOLD_CALLS_MAX);
    const told: number[] = [];
    for (const call of calls) {
      // What one caller cannot be told now must not keep others from their turn.
      const isTold = await options.tellCaller(call).then(() => true, failed);
      if (isTold === true) told.push(call.start);
    }
    if (told.length > 0) await store.settleUnstartedCalls(told);
  }

  function round(): void {
    for (const workflowId of toCheckLater) toCheck.add(workflowId);
    toCheckLater.clear();
    look();
  }

  function look(): void {
    if (timer === undefined) return;
    if (running !== null) {
      again = true;
      return;
    }
    again = false;
    running = sweep().finally(() => {
      running = null;
      if (again) look();
    });
  }

  return {
    start() {
      timer = setInterval(round, intervalMs);
      timer.unref();
      look();
    },
    look,
    check(workflowId) {
      toCheck.add(workflowId);
      look();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
