// The main thread's end of the SQLite writer: numbered requests, their answers, and a new thread when one dies.
import type { Worker } from 'node:worker_threads';
import { StoreUnavailableError } from '../store.ts';
import type { ConnectionOptions } from './connection.ts';
import type { OperationName, OperationReply, OperationRequest, Operations } from './operations.ts';
import { startThread } from './thread.ts';
import type { WriterMessage } from './writer.ts';

/** Pause before a thread that died is started again. */
const RESTART_DELAY_MS = 1_000;

export interface ThreadClient {
  /**
   * Asks for one operation. Rejects with StoreUnavailableError when disk or database failed, with an Error when the request is at fault.
   * @param bytes size of the parameters, for the limit of a transaction.
   * @param transfer buffers handed over instead of copied.
   */
  call<K extends OperationName>(
    name: K,
    parameters: Parameters<Operations[K]>,
    bytes?: number,
    transfer?: ArrayBuffer[],
  ): Promise<ReturnType<Operations[K]>>;
  /** Finishes what was asked, then closes the database. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts the thread and waits until its database is open. Rejects with StoreUnavailableError when it cannot be opened. */
export async function startThreadClient(
  options: ConnectionOptions,
  onDeath: (error: Error) => void,
): Promise<ThreadClient> {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let closing = false;
  let thread: Worker | null = null;

  function openThread(): Promise<Worker> {
    return new Promise((resolve, reject) => {
      const started = startThread('writer', options);
      let cause = new Error('the thread ended');
      started.once('message', () => {
        started.on('message', settle);
        resolve(started);
      });
      started.once('error', (error) => (cause = error as Error));
      started.once('exit', () => {
        reject(new StoreUnavailableError(`The inbox cannot be opened: ${cause.message} (${options.file})`));
        ended(cause);
      });
    });
  }

  function settle(replies: OperationReply[]): void {
    for (const reply of replies) {
      const caller = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('value' in reply) caller?.resolve(reply.value);
      else if (reply.unavailable) caller?.reject(new StoreUnavailableError(`The inbox cannot commit: ${reply.error}`));
      else caller?.reject(new Error(`The inbox refused the request: ${reply.error}`));
    }
  }

  /** The thread is gone: nobody who waits gets an answer from it. Unless we asked for that, a new one is started. */
  function ended(cause: Error): void {
    const wasOpen = thread !== null;
    thread = null;
    for (const caller of waiting.values()) {
      caller.reject(new StoreUnavailableError(`The inbox's thread ended: ${cause.message}`));
    }
    waiting.clear();
    if (closing || !wasOpen) return;
    onDeath(cause);
    restartLater();
  }

  function restartLater(): void {
    setTimeout(() => {
      if (closing) return;
      openThread().then(
        (started) => (thread = started),
        () => restartLater(),
      );
    }, RESTART_DELAY_MS).unref();
  }

  function call(name: OperationName, parameters: unknown[], bytes = 0, transfer: ArrayBuffer[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (thread === null || closing) {
        reject(
          new StoreUnavailableError(closing ? 'The inbox is closed' : "The inbox's thread is being started again"),
        );
        return;
      }
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      thread.postMessage({ id, name, parameters, bytes } as OperationRequest satisfies WriterMessage, transfer);
    });
  }

  function close(): Promise<void> {
    const last = thread;
    closing = true;
    if (last === null) return Promise.resolve();
    return new Promise((resolve) => {
      last.once('exit', () => resolve());
      last.postMessage('close' satisfies WriterMessage);
    });
  }

  thread = await openThread();
  return { call: call as ThreadClient['call'], close };
}
