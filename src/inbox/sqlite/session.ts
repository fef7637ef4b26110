// Runs batches of operations, each batch one transaction, and reopens the database after a failure. Never answers before the commit.
import { createCounterFlush, createMemory, discardChanges, keepChanges, openConnection } from './connection.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import { createOperations, operationKinds } from './operations.ts';
import type { OperationReply, OperationRequest, Operations } from './operations.ts';

/** First and longest pause before a failed database is opened again; meanwhile every request is answered at once. */
const REOPEN_DELAY_MS = 100;
const REOPEN_DELAY_MAX_MS = 5_000;

/** SQLite's result codes that mean the disk or database failed, not the request (https://www.sqlite.org/rescode.html). */
const UNAVAILABLE = /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM|PROTOCOL|PERM|AUTH|NOLFS)/;

interface Opened {
  connection: Connection;
  operations: Operations;
  flushCounters: () => void;
}

/** One database, opened now (throws when it cannot be) and again after failures. */
export function createSession(options: ConnectionOptions) {
  const memory = createMemory();
  let opened: Opened | null = open(false);
  let failures = 0;
  let reopenAt = 0;
  let lastError = '';

  function open(afterFailure: boolean): Opened {
    const connection = openConnection(options, afterFailure);
    return {
      connection,
      operations: createOperations(connection, memory),
      flushCounters: createCounterFlush(connection),
    };
  }

  function fail(error: Error): void {
    lastError = error.message;
    failures += 1;
    reopenAt = Date.now() + Math.min(REOPEN_DELAY_MAX_MS, REOPEN_DELAY_MS * 2 ** Math.min(failures, 10));
    try {
      opened?.connection.db.close();
    } catch {
      // It failed already; the file is opened anew.
    }
    opened = null;
  }

  /** The open database, or null while it has to wait. */
  function available(): Opened | null {
    if (opened !== null || Date.now() < reopenAt) return opened;
    try {
      opened = open(true);
    } catch (error) {
      fail(error as Error);
    }
    return opened;
  }

  function runOne({ operations }: Opened, request: OperationRequest): OperationReply {
    const operation = operations[request.name] as (...parameters: unknown[]) => unknown;
    return { id: request.id, value: operation(...request.parameters) };
  }

  function runTogether(at: Opened, requests: OperationRequest[]): OperationReply[] {
    const { db } = at.connection;
    const kinds = new Set(requests.map((request) => operationKinds[request.name]));
    db.pragma(`synchronous = ${kinds.has('durable') ? 'FULL' : 'NORMAL'}`);
    db.exec(kinds.has('durable') || kinds.has('lazy') ? 'BEGIN IMMEDIATE' : 'BEGIN');
    try {
      const replies = requests.map((request) => runOne(at, request));
      at.flushCounters();
      db.exec('COMMIT');
      keepChanges(at.connection);
      return replies;
    } catch (error) {
      discardChanges(at.connection);
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Runs a batch as one transaction. When a request is at fault itself, the others get transactions of their own. */
  function run(requests: OperationRequest[]): OperationReply[] {
    const at = available();
    if (at === null) return requests.map(({ id }) => ({ id, error: lastError, unavailable: true }));
    try {
      const replies = runTogether(at, requests);
      failures = 0;
      return replies;
    } catch (caught) {
      const error = caught as Error & { code?: string };
      if (UNAVAILABLE.test(error.code ?? '')) {
        fail(error);
        return requests.map(({ id }) => ({ id, error: error.message, unavailable: true }));
      }
      if (requests.length > 1) return requests.flatMap((request) => run([request]));
      return requests.map(({ id }) => ({ id, error: error.message, unavailable: false }));
    }
  }

  return { run, close: () => opened?.connection.db.close() };
}
