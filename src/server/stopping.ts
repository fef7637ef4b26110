// Shutting down: new requests are refused, and requests that wait for a run's answer stop waiting. Nothing stored is lost.
import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';

export interface Stopping {
  stopped(): boolean;
  stop(): void;
  /** The promise's value, or `instead` when the process stops before it is there. */
  unlessStopped<T>(promise: Promise<T>, instead: T): Promise<T>;
}

/** Requests that have not been answered by then lose their connection; all of the process has 10 s. */
const DRAIN_MS = 3_000;

/** One per receiver. */
export function createStopping(): Stopping {
  const abort = new AbortController();
  // Every sender that waits for a result listens; there is no number of them that would be a leak.
  setMaxListeners(0, abort.signal);
  return {
    stopped: () => abort.signal.aborted,
    stop: () => abort.abort(),
    unlessStopped(promise, instead) {
      if (abort.signal.aborted) return Promise.resolve(instead);
      // A race with a promise that lives as long as the process would keep every waiter in memory.
      return new Promise((resolve, reject) => {
        const onStop = (): void => resolve(instead);
        abort.signal.addEventListener('abort', onStop, { once: true });
        promise.then(resolve, reject).finally(() => abort.signal.removeEventListener('abort', onStop));
      });
    },
  };
}

/** Stops listening, lets requests in hand finish for a while, then closes every connection. */
export function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
