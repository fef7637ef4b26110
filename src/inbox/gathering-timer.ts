// Closes the gatherings of `debounce` and `batch` when they are due. It sleeps while none is open, and needs no Temporal: what
// closes is a pending start in the store. Late or absent it delays runs and loses nothing: the store knows what is due.
import type { Logger } from 'pino';
import type { Gathered, GatheringStore } from './gathering.ts';

export interface GatheringTimerOptions {
  store: Pick<GatheringStore, 'closeGatherings'>;
  logger: Logger;
  /** Starts became pending. */
  onStarts(): void;
  /** Other processes commit events to the same store, so that it is looked at for theirs too. */
  shared?: boolean;
  /** Unix milliseconds. */
  clock?: () => number;
}

export interface GatheringTimer {
  /** Looks at once: what became due while nobody was there closes now. */
  start(): void;
  /** Events were gathered by this process. */
  gathered(news: Gathered): void;
  stop(): Promise<void>;
}

/** The clock may be set while the timer sleeps, and no timer sleeps longer than 24 days. */
const SLEEP_MAX_MS = 60_000;
/** Looks are at least so far apart: what is due in between closes together. */
const PAUSE_MIN_MS = 20;
/** How often a shared store is looked at for what others gathered. */
const SHARED_POLL_MS = 1_000;
/** Pause after the store failed. */
const RETRY_MS = 1_000;

/** Makes a timer; it does nothing before `start`. */
export function createGatheringTimer(options: GatheringTimerOptions): GatheringTimer {
  const { store, logger, onStarts, shared = false, clock = Date.now } = options;
  let running = false;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Number.POSITIVE_INFINITY;

  function sleepUntil(dueAt: number): void {
    if (!running || dueAt >= wakesAt) return;
    wakesAt = dueAt;
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(Math.max(dueAt - clock(), PAUSE_MIN_MS), SLEEP_MAX_MS));
  }

  function look(): void {
    if (!running) return;
    if (looking !== null) {
      lookAgain = true;
      return;
    }
    clearTimeout(timer);
    wakesAt = Number.POSITIVE_INFINITY;
    looking = close().then((nextAt) => {
      looking = null;
      if (lookAgain) sleepUntil(clock());
      else if (nextAt !== null) sleepUntil(nextAt);
      lookAgain = false;
    });
  }

  /** When to look next; null: when somebody says so. */
  async function close(): Promise<number | null> {
    const asleep = shared ? clock() + SHARED_POLL_MS : null;
    try {
      const { closed, nextDueAt } = await store.closeGatherings(clock());
      if (failing) logger.info('events that were gathered start their runs again');
      failing = false;
      if (closed > 0) onStarts();
      return nextDueAt === null ? asleep : Math.min(nextDueAt, asleep ?? nextDueAt);
    } catch (error) {
      if (!failing && running) {
        logger.warn({ reason: (error as Error).message }, 'gathered events cannot be closed now; this is tried again');
      }
      failing = true;
      return clock() + RETRY_MS;
    }
  }

  return {
    start() {
      running = true;
      look();
    },
    gathered({ dueAt, starts }) {
      if (starts > 0 && running) onStarts();
      if (dueAt === null) return;
      // A look that is on its way may not have seen it.
      if (looking !== null) lookAgain = true;
      else sleepUntil(dueAt);
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await looking;
    },
  };
}
