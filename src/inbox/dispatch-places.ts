// The places that open runs hold: from the start until the run finishes or waits. A place whose run never reports is freed by time.

/**
 * A run that has not settled by then holds no place any more: it waits for something slow outside, or its worker is gone. Well above
 * the time a run takes under full load (p99 0.6 s), so that overload does not free places.
 */
const PLACE_EXPIRY_MS = 2_000;
/** Runs that settled before their start's answer came, remembered so that they take no place afterwards; the oldest go first. */
const SETTLED_EARLY_MAX = 1_000;

export interface Places {
  count(): number;
  /** The run holds a place from now on, unless it settled already: then the milliseconds since `askedAt`, else null. */
  take(workflowId: string, askedAt: number, now: number): number | null;
  /** The run finished or waits. Milliseconds since its start was asked for, or null when it held no place. */
  free(workflowId: string, now: number): number | null;
  /** Frees the places of runs that never settled; returns how long each was held, in milliseconds. */
  expire(now: number): number[];
  /** No start is on its way, so nothing settled early can be asked for any more. */
  forgetEarly(): void;
}

export function createPlaces(): Places {
  /** Workflow id → when its start was asked for. Insertion order is by time, near enough for expiry. */
  const open = new Map<string, number>();
  const settledEarly = new Map<string, number>();
  return {
    count: () => open.size,
    take(workflowId, askedAt, now) {
      const settledAt = settledEarly.get(workflowId);
      if (settledAt !== undefined) {
        settledEarly.delete(workflowId);
        return Math.min(settledAt, now) - askedAt;
      }
      open.set(workflowId, askedAt);
      return null;
    },
    free(workflowId, now) {
      const askedAt = open.get(workflowId);
      if (askedAt === undefined) {
        settledEarly.set(workflowId, now);
        if (settledEarly.size > SETTLED_EARLY_MAX) settledEarly.delete(settledEarly.keys().next().value!);
        return null;
      }
      open.delete(workflowId);
      return now - askedAt;
    },
    expire(now) {
      const held: number[] = [];
      for (const [workflowId, askedAt] of open) {
        // One of a time to come was taken before the clock was set back.
        if (askedAt <= now && now - askedAt < PLACE_EXPIRY_MS) break;
        open.delete(workflowId);
        held.push(Math.max(PLACE_EXPIRY_MS, now - askedAt));
      }
      return held;
    },
    forgetEarly: () => settledEarly.clear(),
  };
}
