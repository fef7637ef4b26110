// The main thread's end of the keeper: backups, and word of its end. A dead keeper never stops the inbox.
import type { Logger } from 'pino';
import { StoreUnavailableError } from '../store.ts';
import type { KeeperMessage, KeeperReply } from './keeper.ts';
import { startThread } from './thread.ts';

/** Starts the keeper of a database that is open and migrated already. */
export function startKeeper(file: string, logger: Logger | undefined) {
  const thread = startThread('keeper', { file });
  const waiting = new Map<string, { resolve(): void; reject(error: Error): void }>();
  let cause = 'it is closed';
  let ended = false;

  thread.on('message', ({ backup, error }: KeeperReply) => {
    const caller = waiting.get(backup);
    waiting.delete(backup);
    if (error === null) caller?.resolve();
    else caller?.reject(new StoreUnavailableError(`The backup to ${backup} failed: ${error}`));
  });
  thread.on('error', (error) => {
    cause = (error as Error).message;
    logger?.error({ err: error }, "the inbox's keeper ended; its log is checkpointed by commits until the next start");
  });
  const exit = new Promise<void>((resolve) => {
    thread.on('exit', () => {
      ended = true;
      for (const caller of waiting.values()) caller.reject(new StoreUnavailableError(`The backup failed: ${cause}`));
      resolve();
    });
  });

  return {
    /** @throws StoreUnavailableError with SQLite's reason, e.g. that the file exists. */
    backup(target: string): Promise<void> {
      if (ended) return Promise.reject(new StoreUnavailableError(`The backup failed: ${cause}`));
      return new Promise((resolve, reject) => {
        waiting.set(target, { resolve, reject });
        thread.postMessage({ backup: target } satisfies KeeperMessage);
      });
    },
    async close(): Promise<void> {
      if (!ended) thread.postMessage('close' satisfies KeeperMessage);
      await exit;
    },
  };
}
