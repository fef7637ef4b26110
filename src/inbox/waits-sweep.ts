// Keeps the store's waits current: declares again what is asked for, deletes what is over, and asks after runs that have waited for
// long. Runs end their waits themselves; this is for those that could not: terminated ones, and what a crash left.
import type { Logger } from 'pino';
import { startRounds } from './rounds.ts';
import type { Store } from './store.ts';
import type { KeyShape } from './waits.ts';

export interface WaitSweepOptions {
  store: Pick<Store, 'declareKeys' | 'pruneWaits' | 'uncheckedRuns' | 'settleRuns'>;
  /** What loaded flows look for in events. */
  shapes(): KeyShape[];
  /** Whether a run has ended. Rejects when that cannot be known now. */
  runIsOver(workflowId: string): Promise<boolean>;
  logger: Logger;
  /** Days that delivery ids are remembered: keys that nobody declared for as long are deleted. */
  deliveryDays: number;
  /** Unix milliseconds. */
  clock?: () => number;
  intervalMs?: number;
}

export interface WaitSweep {
  /** Declares what loaded flows look for: to be called after every load. Never rejects. */
  declare(): Promise<void>;
  /** Sweeps now. Never rejects. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
const SWEEP_INTERVAL_MS = 10 * 60_000;
/** A run that waits is asked after once in so long. */
const CHECK_AGE_MS = DAY_MS;
/** Runs asked after in one sweep, so that Temporal feels nothing of it: 14,400 a day. */
const CHECKED_RUNS_MAX = 100;
/** A sent wake is kept so long: after an unclean stop the last ones are sent again, and people see which run an event woke. */
const SENT_WAKES_KEPT_MS = 7 * DAY_MS;

export function startWaitSweep(options: WaitSweepOptions): WaitSweep {
  const { store, logger, clock = Date.now } = options;

  async function declare(): Promise<void> {
    try {
      await store.declareKeys(options.shapes(), clock());
    } catch (error) {
      logger.warn(
        { reason: (error as Error).message },
        'what flows wait for could not be declared; events are scanned instead',
      );
    }
  }

  async function sweep(): Promise<void> {
    await declare();
    try {
      const now = clock();
      const declaredBefore = now - options.deliveryDays * DAY_MS;
      await store.pruneWaits({ now, sentBefore: now - SENT_WAKES_KEPT_MS, declaredBefore });
      await check(now);
    } catch (error) {
      unswept(error as Error);
    }
  }

  async function check(now: number): Promise<void> {
    const unchecked = await store.uncheckedRuns(now - CHECK_AGE_MS, CHECKED_RUNS_MAX);
    const runs: { workflowId: string; over: boolean }[] = [];
    for (const workflowId of unchecked.runs) {
      try {
        runs.push({ workflowId, over: await options.runIsOver(workflowId) });
      } catch (error) {
        unswept(error as Error);
        // Temporal is away, or has nothing to say of this run only: the others come first next time.
        runs.push({ workflowId, over: false });
        break;
      }
    }
    if (runs.length > 0) await store.settleRuns(runs, unchecked.newest, now);
  }

  function unswept({ message: reason }: Error): void {
    logger.debug({ reason }, 'waits could not be swept now; this is tried again later');
  }

  const { stop } = startRounds(sweep, options.intervalMs ?? SWEEP_INTERVAL_MS);
  return { declare, sweep, stop };
}
