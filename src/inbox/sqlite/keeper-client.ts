// The main thread's end of the keeper: backups, and word of its end. A dead keeper never stops the inbox.
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { StoreUnavailableError } from '../store.ts';
import type { KeeperMessage, KeeperReply } from './keeper.ts';
import { startThread } from './thread.ts';

/** The keeper starts this long after the store: by then there is something to keep, and a short-lived process never needs it. */
const KEEPER_DELAY_MS = 1_000;

/** The keeper of a database that is open and migrated already. */
export function createKeeper(file: string, logger: Logger | undefined) {
  const waiting = new Map<string, { resolve(): void; reject(error: Error): void }>();
  let thread: Worker | null = null;
  let exit: Promise<void> = Promise.resolve();
  let closed = false;

  function start(): Worker {
    const started = startThread('keeper', { file });
    let cause = 'the thread ended';
    started.on('message', answered);
    started.on('error', (error) => {
      cause = (error as Error).message;
      logger?.error({ err: error }, "the inbox's keeper ended; commits do its work until the next start");
    });
    exit = new Promise((resolve) => {
      started.on('exit', () => {
        thread = null;
        for (const caller of waiting.values()) caller.reject(new StoreUnavailableError(`The backup failed: ${cause}`));
        waiting.clear();
        resolve();
      });
    });
    return started;
  }

  function answered({ backup, error }: KeeperReply): void {
    const caller = waiting.get(backup);
    waiting.delete(backup);
    if (error === null) caller?.resolve();
    else caller?.reject(new StoreUnavailableError(`The backup to ${backup} failed: ${error}`));
  }

  const timer = setTimeout(() => (thread ??= start()), KEEPER_DELAY_MS).unref();

  return {
    /** @throws StoreUnavailableError with SQLite's reason, e.g. that the file exists. */
    backup(target: string): Promise<void> {
      if (closed) return Promise.reject(new StoreUnavailableError('The inbox is closed'));
      thread ??= start();
      const message: KeeperMessage = { backup: target };
      thread.postMessage(message);
      return new Promise((resolve, reject) => waiting.set(target, { resolve, reject }));
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      const message: KeeperMessage = 'close';
      thread?.postMessage(message);
      await exit;
    },
  };
}
