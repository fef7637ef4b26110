// A token bucket: so many at once, so many a second after that. It has no clock and no timer of its own.

/** What is left of a rate. */
export interface TokenBucket {
  /** Takes one: 0 when there was one, else the seconds until there will be. `nowMs` is of a clock that only grows. */
  take(nowMs: number): number;
}

/** A full bucket. */
export function createTokenBucket(perSecond: number, burst: number): TokenBucket {
  let tokens = burst;
  let filledAtMs: number | undefined;
  return {
    take(nowMs) {
      if (filledAtMs !== undefined) tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1000) * perSecond);
      filledAtMs = nowMs;
      if (tokens < 1) return (1 - tokens) / perSecond;
      tokens -= 1;
      return 0;
    },
  };
}
