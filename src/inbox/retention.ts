// Deletes old deliveries by the clock: bodies first, delivery ids later. Never what still has to start (the Store sees to that).
import type { Logger } from 'pino';
import { startRounds } from './rounds.ts';
import type { Store } from './store.ts';

export interface RetentionOptions {
  store: Pick<Store, 'prune'>;
  logger: Logger;
  /** Days that delivery ids are remembered: as long, a repeated delivery starts nothing. */
  deliveryDays: number;
  /** Days that bodies are kept. */
  bodyDays: number;
  /** Unix milliseconds. */
  clock?: () => number;
  intervalMs?: number;
}

export interface Retention {
  /** Ends the timer; a pruning that runs finishes first. */
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
const RETENTION_INTERVAL_MS = 3_600_000;

/** Prunes once an interval, the first time one interval after the start. */
export function startRetention(options: RetentionOptions): Retention {
  const { store, logger, clock = Date.now, intervalMs = RETENTION_INTERVAL_MS } = options;
  let stopped = false;

  async function prune(): Promise<void> {
    try {
      const now = clock();
      await store.prune(now - options.bodyDays * DAY_MS, now - options.deliveryDays * DAY_MS);
    } catch (error) {
      if (stopped) return; // The store closed under it; what is old is deleted next time.
      logger.warn({ err: error }, 'old deliveries could not be deleted; this is tried again later');
    }
  }

  const rounds = startRounds(prune, intervalMs);
  return {
    stop() {
      stopped = true;
      return rounds.stop();
    },
  };
}
