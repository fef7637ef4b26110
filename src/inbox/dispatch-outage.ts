// Whether Temporal can be asked now: backs off as a whole while it is away, and says so once when that begins and once when it ends.
import type { Logger } from 'pino';

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A start that fails while others succeed is tried again alone, ever more slowly, up to this. */
const ALONE_MIN_MS = 500;
const ALONE_MAX_MS = 60_000;
/** Delays vary by up to this share, so that several dispatchers do not come back at once. */
const JITTER = 0.2;

export interface Outage {
  /** Unix ms since when Temporal is away; null when it is not. */
  since(): number | null;
  lastError(): string | null;
  /** Unix ms before which nothing is tried; 0 when Temporal is not known to be away. A clock that was set back ends the pause. */
  resumeAt(now: number): number;
  /** A start was answered, whatever the answer. */
  answered(now: number): void;
  /** A start asked for at `askedAt` was not; returns when it may be tried again (Unix ms). */
  failed(error: string, askedAt: number, attempts: number, now: number): number;
}

/** One outage lasts until anything is answered again; failures of starts that were on their way when it began do not prolong it. */
export function createOutage(logger: Logger): Outage {
  let since: number | null = null;
  let lastError: string | null = null;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let delayMs = BACKOFF_MIN_MS;
  let resumeAt = 0;

  function backOff(now: number): number {
    resumeAt = now + withJitter(delayMs);
    return resumeAt;
  }

  return {
    since: () => since,
    lastError: () => lastError,
    resumeAt(now) {
      if (resumeAt > now + BACKOFF_MAX_MS) resumeAt = now;
      return resumeAt;
    },
    answered(now) {
      answeredAt = now;
      if (since === null) return;
      logger.info({ awaySeconds: Math.round((now - since) / 1000) }, 'Temporal is back; runs start again');
      since = null;
      lastError = null;
      resumeAt = 0;
      delayMs = BACKOFF_MIN_MS;
    },
    failed(error, askedAt, attempts, now) {
      lastError = error;
      if (answeredAt > askedAt)
        return now + withJitter(Math.min(ALONE_MAX_MS, ALONE_MIN_MS * 2 ** Math.min(attempts, 10)));
      if (since === null) {
        since = now;
        logger.warn({ error }, 'Temporal does not take runs now; deliveries wait in the inbox');
        return backOff(now);
      }
      if (askedAt < resumeAt) return resumeAt;
      delayMs = Math.min(BACKOFF_MAX_MS, delayMs * 2);
      return backOff(now);
    },
  };
}

function withJitter(delayMs: number): number {
  return Math.round(delayMs * (1 - JITTER * Math.random()));
}
