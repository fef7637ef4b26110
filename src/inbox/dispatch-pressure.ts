// Lets requests go first: while they come in and this thread's event loop lags, fewer runs are started, but never none.
import { performance } from 'node:perf_hooks';

/** A timer set for this long tells by how much it is late. It runs only while there is something to dispatch. */
const PROBE_MS = 20;
/** An average lag above this delays acknowledgements noticeably; their p99 is to stay below 250 ms. */
const LAG_MAX_MS = 40;
/** Weight of the newest probe in the average. */
const LAG_WEIGHT = 0.3;
/** A delivery within this time means that requests are coming in. */
const RECENT_DELIVERY_MS = 200;
const SHARE_MIN = 0.25;
const SHARE_CUT = 0.7;
const SHARE_STEP = 0.05;
/** Runs that may be open under any pressure. */
const OPEN_RUNS_ALWAYS = 2;

export interface Pressure {
  /** A delivery was committed just now. */
  delivered(): void;
  /** What remains of a window now. */
  applyTo(window: number): number;
  /** Keeps measuring for one more probe; cheap to call often. */
  watch(): void;
  stop(): void;
}

/** @param busy whether requests are in flight; without it, deliveries of the last moments tell. */
export function createPressure(busy?: () => boolean): Pressure {
  let share = 1;
  let lagMs = 0;
  let deliveredAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;

  function probed(askedAt: number): void {
    timer = null;
    const now = performance.now();
    lagMs += LAG_WEIGHT * (now - askedAt - PROBE_MS - lagMs);
    const requestsComeIn = busy?.() ?? now - deliveredAt < RECENT_DELIVERY_MS;
    if (requestsComeIn && lagMs > LAG_MAX_MS) share = Math.max(SHARE_MIN, share * SHARE_CUT);
    else share = Math.min(1, share + SHARE_STEP);
  }

  return {
    delivered() {
      deliveredAt = performance.now();
    },
    applyTo: (window) =>
      share === 1 ? window : Math.max(Math.min(OPEN_RUNS_ALWAYS, window), Math.floor(window * share)),
    watch() {
      if (timer !== null) return;
      const askedAt = performance.now();
      timer = setTimeout(() => probed(askedAt), PROBE_MS);
      timer.unref();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
