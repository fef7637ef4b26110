// How many runs may be open at once: grown while that costs no latency, cut when the worker cannot keep up. Pure arithmetic, no timers.

/** Where the window starts: measured on two cores as the best of throughput and tail; more starve the polled queue. */
const OPEN_RUNS_START = 16;
const OPEN_RUNS_MIN = 4;
/** A start that comes back without its first task (not eager) means that no slot was free; above this share the window is cut. */
const LAZY_SHARE_MAX = 0.1;
const CUT_FACTOR = 0.7;
/** More open runs than at the start must not make runs slower than this, against what was measured at the start. */
const LATENCY_GROWTH_MAX = 1.25;
/** The measured latency is forgotten and the window goes back to where it started: flows and their services change. */
const BASE_AGE_MAX_MS = 60_000;
/** Without an eager start for this long, starts are never eager here (a server that does not support it): that says nothing then. */
const EAGER_AGE_MAX_MS = 10_000;

export interface Window {
  size(): number;
  /** A start came back. */
  started(eager: boolean, now: number): void;
  /** A run finished or began to wait, `latencyMs` after its start was asked for. */
  settled(latencyMs: number, now: number): void;
  /** The window was full while there was more to start. */
  wasFull(): void;
  /** Temporal could not take a start. */
  overloaded(): void;
}

interface Epoch {
  starts: number;
  lazy: number;
  settled: number;
  latencySumMs: number;
  full: boolean;
}

/**
 * Additive increase, multiplicative decrease. An epoch is one window of settled runs. In each: too many lazy starts → cut to 0.7;
 * slower than allowed → one less, but not below the start (a slow third party is no reason to run less of the others); full and as
 * fast as at the start → one more.
 * @param openRunsMax the window never exceeds it.
 */
export function createWindow(openRunsMax: number): Window {
  const start = Math.min(OPEN_RUNS_START, openRunsMax);
  const min = Math.min(OPEN_RUNS_MIN, openRunsMax);
  let size = start;
  let epoch = newEpoch();
  let base: { latencyMs: number; at: number } | null = null;
  let lastEagerAt = Number.NEGATIVE_INFINITY;

  function cut(): void {
    size = Math.max(min, Math.floor(size * CUT_FACTOR));
    epoch = newEpoch();
  }

  function endEpoch(now: number): void {
    const { starts, lazy, settled, latencySumMs, full } = epoch;
    epoch = newEpoch();
    if (lazy > starts * LAZY_SHARE_MAX && now - lastEagerAt < EAGER_AGE_MAX_MS) return cut();
    const latencyMs = latencySumMs / settled;
    if (base === null || now - base.at > BASE_AGE_MAX_MS) {
      base = { latencyMs, at: now };
      size = Math.min(size, start);
      return;
    }
    if (latencyMs > base.latencyMs * LATENCY_GROWTH_MAX) {
      if (size > start) size -= 1;
      else if (full && size < start) size += 1;
    } else if (full) size = Math.min(openRunsMax, size + 1);
  }

  return {
    size: () => size,
    started(eager, now) {
      epoch.starts += 1;
      if (eager) lastEagerAt = now;
      else epoch.lazy += 1;
    },
    settled(latencyMs, now) {
      epoch.settled += 1;
      epoch.latencySumMs += latencyMs;
      if (epoch.settled >= size) endEpoch(now);
    },
    wasFull() {
      epoch.full = true;
    },
    overloaded: cut,
  };
}

function newEpoch(): Epoch {
  return { starts: 0, lazy: 0, settled: 0, latencySumMs: 0, full: false };
}
