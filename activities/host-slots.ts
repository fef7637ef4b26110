// How many calls may be under way to one outside host, so that a third party that hangs cannot take every activity slot.
// Keeps counts and queues only; knows nothing of HTTP or SMTP.
import { ConnectorError } from './connector-error.ts';

/** Takes a slot for `host`, waiting while all are taken; resolves to the function that gives it back (safe to call twice). */
export type HostSlots = (host: string, signal: AbortSignal) => Promise<() => void>;

interface HostQueue {
  underWay: number;
  waiting: (() => void)[];
}

/**
 * At most `perHostMax` calls to a host at once; as many again may wait, in order. More than that fail with `host_busy`
 * (retryable) instead of holding an activity slot each. Rejects with the signal's reason when it aborts first.
 */
export function createHostSlots(perHostMax: number): HostSlots {
  const hosts = new Map<string, HostQueue>();

  function release(host: string, queue: HostQueue): void {
    const next = queue.waiting.shift();
    if (next) return next(); // The slot is handed over: the count stays.
    queue.underWay -= 1;
    if (queue.underWay === 0) hosts.delete(host);
  }

  function releaseOnce(host: string, queue: HostQueue): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      release(host, queue);
    };
  }

  return async (host, signal) => {
    signal.throwIfAborted();
    const queue = hosts.get(host) ?? { underWay: 0, waiting: [] };
    hosts.set(host, queue);
    if (queue.underWay < perHostMax) {
      queue.underWay += 1;
      return releaseOnce(host, queue);
    }
    if (queue.waiting.length >= perHostMax) {
      throw new ConnectorError(
        'host_busy',
        `${host} has ${perHostMax} calls under way and ${queue.waiting.length} waiting`,
        { retryable: true },
      );
    }
    await new Promise<void>((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        queue.waiting.splice(queue.waiting.indexOf(take), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.waiting.push(take);
    });
    return releaseOnce(host, queue);
  };
}
