// The main thread's end of the reader: starts it with the first question and ends it when nobody has asked for a while.
import type { Worker } from 'node:worker_threads';
import { StoreUnavailableError } from '../store.ts';
import type { ReaderMessage, ReaderOperationName, ReaderOperations, ReaderReply } from './reader.ts';
import { startThread } from './thread.ts';

/** A thread costs memory; questions come in bursts. */
const IDLE_MS_MAX = 30_000;

export interface Reader {
  /** @throws StoreUnavailableError when the database cannot be read. */
  call<K extends ReaderOperationName>(
    name: K,
    parameters: Parameters<ReaderOperations[K]>,
  ): Promise<ReturnType<ReaderOperations[K]>>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Running {
  thread: Worker;
  waiting: Map<number, Waiting>;
  exit: Promise<void>;
}

/** The reader of a database that is open and migrated already. */
export function createReader(file: string): Reader {
  let running: Running | null = null;
  let idle: NodeJS.Timeout | undefined;
  let nextId = 1;
  let closed = false;

  function start(): Running {
    const thread = startThread('reader', { file });
    const waiting: Running['waiting'] = new Map();
    let cause = 'the thread ended';
    thread.on('message', (reply: ReaderReply) => {
      const caller = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('value' in reply) caller?.resolve(reply.value);
      else caller?.reject(new StoreUnavailableError(`The inbox cannot be read: ${reply.error}`));
      if (waiting.size === 0) endWhenIdle();
    });
    thread.on('error', (error) => (cause = (error as Error).message));
    const exit = new Promise<void>((resolve) => {
      thread.on('exit', () => {
        if (running === started) running = null;
        for (const caller of waiting.values()) {
          caller.reject(new StoreUnavailableError(`The inbox cannot be read: ${cause}`));
        }
        resolve();
      });
    });
    const started: Running = { thread, waiting, exit };
    return started;
  }

  function endWhenIdle(): void {
    clearTimeout(idle);
    idle = setTimeout(() => void end(), IDLE_MS_MAX).unref();
  }

  async function end(): Promise<void> {
    clearTimeout(idle);
    const last = running;
    running = null;
    last?.thread.postMessage('close' satisfies ReaderMessage);
    await last?.exit;
  }

  function call(name: ReaderOperationName, parameters: unknown[]): Promise<unknown> {
    if (closed) return Promise.reject(new StoreUnavailableError('The inbox is closed'));
    clearTimeout(idle);
    running ??= start();
    const { thread, waiting } = running;
    const id = nextId++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      thread.postMessage({ id, name, parameters } satisfies ReaderMessage);
    });
  }

  return {
    call: call as Reader['call'],
    close() {
      closed = true;
      return end();
    },
  };
}
