// Keeps the embedded server running: starts it again whenever it dies, until it is released.
// It must never try without a pause, and never start a server after it was released.
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ServerProcess } from './server-launch.ts';

/** Pause before a dead server is started again: doubled with every failure in a row. */
const RESTART_PAUSE_MS_MIN = 100;
const RESTART_PAUSE_MS_MAX = 10_000;
/** A server that lived this long was healthy: the next pause is short again. */
const HEALTHY_AFTER_MS = 10_000;

export interface KeptServer {
  /** The process that runs now, or ran last. */
  current(): ServerProcess;
  onExit(listener: () => void): void;
  /** Ends the watch; resolves to the last process, once no restart is under way. */
  release(): Promise<ServerProcess>;
}

/** Watches `first`; whenever the server dies, `launch` makes the next one. */
export function keepRunning(
  first: ServerProcess,
  launch: (signal: AbortSignal) => Promise<ServerProcess>,
  logger: Logger,
): KeptServer {
  let current = first;
  const listeners: (() => void)[] = [];
  const release = new AbortController();
  const { signal } = release;
  const released = new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));

  const keep = async (): Promise<void> => {
    let pauseMs = RESTART_PAUSE_MS_MIN;
    for (;;) {
      const since = Date.now();
      await Promise.race([current.ended, released]);
      if (signal.aborted) return;
      logger.warn({ pid: current.pid }, 'the Temporal server died; it is started again');
      for (const listener of listeners) listener();
      if (Date.now() - since > HEALTHY_AFTER_MS) pauseMs = RESTART_PAUSE_MS_MIN;
      for (let running = false; !running; pauseMs = Math.min(pauseMs * 2, RESTART_PAUSE_MS_MAX)) {
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        running = await launched();
      }
    }
  };
  const launched = async (): Promise<boolean> => {
    try {
      current = await launch(signal);
      logger.info({ pid: current.pid }, 'the Temporal server runs again');
      return true;
    } catch (error) {
      if (!signal.aborted)
        logger.error(
          { reason: (error as Error).message },
          'the Temporal server could not be restarted; it is tried again',
        );
      return false;
    }
  };

  const kept = keep();
  return {
    current: () => current,
    onExit: (listener) => void listeners.push(listener),
    release: async () => {
      release.abort();
      await kept;
      return current;
    },
  };
}
