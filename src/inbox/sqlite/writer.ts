// The thread that owns the committing connection: everything that waits becomes one transaction. It never checkpoints by plan.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ConnectionOptions } from './connection.ts';
import type { OperationRequest } from './operations.ts';
import { createSession } from './session.ts';

/** Messages to this thread: requests, or the order to close. */
export type WriterMessage = OperationRequest | 'close';

/** Limits of one transaction: how many requests and how many bytes of theirs. */
const TRANSACTION_REQUESTS_MAX = 1_000;
const TRANSACTION_BYTES_MAX = 32 * 1024 * 1024;

if (parentPort === null) throw new Error('writer.ts runs in a worker thread');
const port = parentPort;
const session = openSession();
const waiting: OperationRequest[] = [];
let closing = false;

function openSession(): ReturnType<typeof createSession> {
  try {
    return createSession(workerData as ConnectionOptions);
  } catch (error) {
    throw new Error((error as Error).message); // better-sqlite3's own errors lose their text on the way between threads.
  }
}

function take(message: WriterMessage): void {
  if (message === 'close') closing = true;
  else waiting.push(message);
}

function takeAllSent(): void {
  for (let sent = receiveMessageOnPort(port); sent !== undefined; sent = receiveMessageOnPort(port)) {
    take(sent.message as WriterMessage);
  }
}

function nextBatch(): OperationRequest[] {
  let bytes = 0;
  let count = 0;
  for (const request of waiting) {
    bytes += request.bytes;
    if (count > 0 && (bytes > TRANSACTION_BYTES_MAX || count >= TRANSACTION_REQUESTS_MAX)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

port.on('message', (message: WriterMessage) => {
  take(message);
  takeAllSent();
  while (waiting.length > 0) {
    port.postMessage(session.run(nextBatch()));
    takeAllSent();
  }
  if (!closing) return;
  session.close();
  port.close();
});
port.postMessage('ready');
