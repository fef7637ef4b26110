// Takes refused requests off the request's path and writes a sample of them to the store once a second. A flood of forged requests
// costs it a few counters: never unbounded memory, never the disk, and never the last hours' record of other sources.
import type { Logger } from 'pino';
import type { Rejection, Store } from './store.ts';

export interface RejectionLogOptions {
  store: Pick<Store, 'recordRejections'>;
  logger: Logger;
  /** How often what was kept is written. */
  flushIntervalMs?: number;
}

/** How many rejections were counted and not kept, and since when (Unix ms). */
export interface DroppedRejections {
  count: number;
  since: number;
}

export interface RejectionLog {
  /** Keeps the rejection, or only counts it when its source has too many. Never throws, never waits. */
  add(rejection: Rejection): void;
  dropped(): DroppedRejections;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/** Kept of one source in one second. */
export const REJECTIONS_PER_SECOND_MAX = 10;
/** Kept of one source at first, and how many more a second after that: a sender needs more than half a day to fill the record. */
export const REJECTIONS_BURST_MAX = 300;
const REJECTIONS_REFILL_PER_SECOND = 0.2;
/** Waiting to be written, of all sources. */
const WAITING_REJECTIONS_MAX = 500;
const FLUSH_INTERVAL_MS = 1_000;
/** A store that cannot write is mentioned so often at most. */
const WARNING_INTERVAL_MS = 60_000;
/** Sources with counters of their own; beyond them all counters begin anew. Only loaded sources have names here. */
const SOURCES_MAX = 10_000;
/** What no source has taken shares one allowance: its names are the sender's. */
const NOBODY = '';

interface Allowance {
  second: number;
  keptInSecond: number;
  left: number;
  refilledAt: number;
}

/** Makes the log; it has no timer while nothing is refused. */
export function createRejectionLog(options: RejectionLogOptions): RejectionLog {
  const { store, logger, flushIntervalMs = FLUSH_INTERVAL_MS } = options;
  const allowances = new Map<string, Allowance>();
  const since = Date.now();
  let waiting: Rejection[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | null = null;
  let warnedAt = Number.NEGATIVE_INFINITY;

  function add(rejection: Rejection): void {
    if (waiting.length >= WAITING_REJECTIONS_MAX || !mayKeep(allowanceOf(rejection), rejection.at)) {
      dropped += 1;
      return;
    }
    waiting.push(rejection);
    schedule();
  }

  function allowanceOf({ source, reason, at }: Rejection): Allowance {
    const name = reason === 'not_found' ? NOBODY : source;
    const known = allowances.get(name);
    if (known) return known;
    if (allowances.size >= SOURCES_MAX) allowances.clear();
    const fresh: Allowance = { second: 0, keptInSecond: 0, left: REJECTIONS_BURST_MAX, refilledAt: at };
    allowances.set(name, fresh);
    return fresh;
  }

  function schedule(): void {
    timer ??= setTimeout(flush, flushIntervalMs).unref();
  }

  /** One batch is on its way at most, so that a slow store holds up what waits and not more and more of it. */
  function flush(): void {
    timer = undefined;
    if (waiting.length === 0) return;
    if (writing !== null) return schedule();
    const batch = waiting;
    waiting = [];
    writing = write(batch).finally(() => (writing = null));
  }

  async function stop(): Promise<void> {
    clearTimeout(timer);
    await writing;
    flush();
    await writing;
  }

  async function write(batch: Rejection[]): Promise<void> {
    try {
      await store.recordRejections(batch);
    } catch (error) {
      dropped += batch.length;
      const now = Date.now();
      if (now - warnedAt < WARNING_INTERVAL_MS) return;
      warnedAt = now;
      logger.warn(
        { reason: (error as Error).message },
        'refused requests cannot be recorded now; they are only counted',
      );
    }
  }

  return { add, dropped: () => ({ count: dropped, since }), stop };
}

/** Counts the rejection against its source's allowance; false when that is used up. */
function mayKeep(allowance: Allowance, at: number): boolean {
  const second = Math.floor(at / 1000);
  if (second !== allowance.second) {
    allowance.second = second;
    allowance.keptInSecond = 0;
  }
  const refill = Math.max(0, (at - allowance.refilledAt) / 1000) * REJECTIONS_REFILL_PER_SECOND;
  allowance.left = Math.min(REJECTIONS_BURST_MAX, allowance.left + refill);
  allowance.refilledAt = at;
  if (allowance.keptInSecond >= REJECTIONS_PER_SECOND_MAX || allowance.left < 1) return false;
  allowance.keptInSecond += 1;
  allowance.left -= 1;
  return true;
}
