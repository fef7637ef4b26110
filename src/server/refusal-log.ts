// Log lines about refused requests, sampled: whoever sends a million forged requests gets a line every ten seconds, not a full disk.
import type { Logger } from 'pino';
import type { Reply } from './reply.ts';

export interface RefusalLog {
  /** Notes one refusal. `source` is a loaded source's name or UNKNOWN_SOURCE, never what a sender wrote. */
  record(source: string, reply: Reply): void;
  /** Writes what was counted and not yet said; for the end. */
  flush(): void;
}

/** The least time between two lines of one source and reason. */
const PERIOD_MS = 10_000;
/** Sources and reasons are few; this holds if they ever are not. Beyond it only the counters count. */
const ENTRIES_MAX = 10_000;
/** These are ours to mend. */
const ERRORS: Record<string, string> = {
  secret_not_set: 'refused: no usable secret is set for this source',
  store_unavailable: 'a delivery could not be stored',
  internal: 'a request could not be handled',
};

interface Entry {
  source: string;
  /** The latest one. */
  reply: Reply;
  /** Refusals since the last line. */
  count: number;
  saidAtMs: number;
}

/**
 * The first refusal of a source and reason is written at once, then at most a line every PERIOD_MS with the count of
 * those in between. `monotonic`: milliseconds of a clock that only grows.
 */
export function createRefusalLog(logger: Logger, monotonic: () => number): RefusalLog {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;

  /** Writes the counts that are due, and forgets those that nothing was added to. */
  function sweep(nowMs: number): void {
    for (const [key, entry] of entries) {
      if (nowMs - entry.saidAtMs < PERIOD_MS) continue;
      if (entry.count === 0) {
        entries.delete(key);
        continue;
      }
      write(logger, entry.source, entry.reply, entry.count);
      entry.count = 0;
      entry.saidAtMs = nowMs;
    }
  }

  function arm(): void {
    if (timer !== undefined || entries.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      sweep(monotonic());
      arm();
    }, PERIOD_MS).unref();
  }

  return {
    record(source, reply) {
      // A source's name holds no space.
      const key = `${source} ${reply.reason}`;
      const known = entries.get(key);
      if (known) {
        known.count += 1;
        known.reply = reply;
        return;
      }
      if (entries.size >= ENTRIES_MAX) return;
      entries.set(key, { source, reply, count: 0, saidAtMs: monotonic() });
      write(logger, source, reply, undefined);
      arm();
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      sweep(Infinity);
      entries.clear();
    },
  };
}

function write(logger: Logger, source: string, reply: Reply, count: number | undefined): void {
  const { status, reason, cause } = reply;
  const fields = {
    source,
    status,
    reason,
    ...(count !== undefined && { count }),
    ...(cause instanceof Error ? { err: cause } : cause !== undefined && { cause }),
  };
  const text = ERRORS[reason] ?? 'a request was refused';
  const line = count === undefined ? text : `${text} (${count} more like it)`;
  if (reason in ERRORS) logger.error(fields, line);
  else logger.warn(fields, line);
}
