// The thread that answers people's questions about the inbox, on a read-only connection of its own: a list may take its time, and
// an acknowledgement never waits for it. It writes nothing.
import Database from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import { createListOperations } from './lists.ts';

export type ReaderOperations = ReturnType<typeof createListOperations>;
export type ReaderOperationName = keyof ReaderOperations;

/** Messages to this thread: a question, or the order to close. */
export type ReaderMessage = { id: number; name: ReaderOperationName; parameters: unknown[] } | 'close';
export type ReaderReply = { id: number; value: unknown } | { id: number; error: string };

/** Page cache; lists are rare, so little is kept. */
const CACHE_KIBIBYTES = 4 * 1024;

if (parentPort === null) throw new Error('reader.ts runs in a worker thread');
const port = parentPort;
const { file } = workerData as { file: string };
const { db, operations } = openDatabase();

function openDatabase(): { db: Database.Database; operations: ReaderOperations } {
  try {
    const opened = new Database(file, { readonly: true });
    opened.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
    return { db: opened, operations: createListOperations(opened) };
  } catch (error) {
    throw new Error((error as Error).message); // better-sqlite3's own errors lose their text on the way between threads.
  }
}

function answer(id: number, name: ReaderOperationName, parameters: unknown[]): ReaderReply {
  try {
    const operation = operations[name] as (...given: unknown[]) => unknown;
    return { id, value: operation(...parameters) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

port.on('message', (message: ReaderMessage) => {
  if (message !== 'close') return port.postMessage(answer(message.id, message.name, message.parameters));
  db.close();
  port.close();
});
