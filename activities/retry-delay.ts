// How long to wait before the next attempt. Pure but for the randomness that is handed in.
import type { Retry } from '../workflows/definition.ts';

/** At most this share is added to a service's own Retry-After, so that all who were told the same do not return at once. */
const RETRY_AFTER_SPREAD = 0.1;
/** Temporal takes a delay of 0 for none given. */
const DELAY_MS_MIN = 1;

/**
 * Milliseconds before the attempt after `attempt` (from 1). Without Retry-After: delay · backoff^(attempt − 1), at most maxDelayMs,
 * with equal jitter: half of it is certain, half random. Full jitter spreads a little better but may come back at once,
 * which a struggling service does not need (AWS Architecture Blog, "Exponential Backoff And Jitter").
 * A Retry-After is kept to even beyond maxDelayMs: coming sooner would only be refused again.
 */
export function retryDelayMs(
  retry: Retry,
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) {
    return Math.ceil(retryAfterMs * (1 + RETRY_AFTER_SPREAD * random()));
  }
  const delay = Math.min(retry.delayMs * retry.backoff ** (attempt - 1), retry.maxDelayMs);
  return Math.max(Math.round(delay / 2 + (delay / 2) * random()), DELAY_MS_MIN);
}
