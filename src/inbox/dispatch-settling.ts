// Records what became of starts, several in one transaction and behind the next start's back. An outcome is kept until it is stored.
import type { Logger } from 'pino';
import type { StartOutcome, Store } from './store.ts';

/** Outcomes of this long are stored together. */
const SETTLE_DELAY_MS = 20;
const SETTLE_RETRY_MS = 500;
const SETTLE_BATCH_MAX = 500;

export interface Settling {
  add(outcome: StartOutcome): void;
  /** Outcomes that are not stored yet. */
  waiting(): number;
  /** Tries once to store everything now; true when nothing is left. */
  flush(): Promise<boolean>;
}

/** @param stored told the outcomes that were stored. */
export function createSettling(
  store: Pick<Store, 'settleStarts'>,
  logger: Logger,
  stored: (outcomes: StartOutcome[]) => void,
): Settling {
  const outcomes: StartOutcome[] = [];
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<boolean> | null = null;
  let failing = false;

  function schedule(delayMs: number): void {
    if (timer !== null || running !== null) return;
    timer = setTimeout(() => {
      timer = null;
      void begin();
    }, delayMs);
    timer.unref(); // `flush` is what a stopping process waits for.
  }

  /** One at a time: two at once would take outcomes from the list that only the other one has stored. */
  function begin(): Promise<boolean> {
    running = storeAll().finally(() => {
      running = null;
      if (outcomes.length > 0) schedule(failing ? SETTLE_RETRY_MS : SETTLE_DELAY_MS);
    });
    return running;
  }

  async function idle(): Promise<void> {
    for (; timer !== null || running !== null; await running) {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    }
  }

  async function storeAll(): Promise<boolean> {
    while (outcomes.length > 0) {
      const batch = outcomes.slice(0, SETTLE_BATCH_MAX);
      try {
        await store.settleStarts(batch);
      } catch (error) {
        if (!failing) logger.warn({ err: error }, 'the inbox cannot record started runs now; this is tried again');
        failing = true;
        return false;
      }
      failing = false;
      outcomes.splice(0, batch.length);
      stored(batch);
    }
    return true;
  }

  return {
    add(outcome) {
      outcomes.push(outcome);
      schedule(SETTLE_DELAY_MS);
    },
    waiting: () => outcomes.length,
    async flush() {
      await idle();
      return begin();
    },
  };
}
