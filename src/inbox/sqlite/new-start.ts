// Writes one new start, wherever its event comes from, inside the transaction of its caller.
import { createAdmitting } from './admission.ts';
import type { Connection, Memory } from './connection.ts';

/** A start on its way into the table. */
export interface NewStartRow {
  /** Row id of the event. */
  event: number | bigint;
  flow: string;
  /** Row id of the definition. */
  definition: number;
  source: string;
  /** Unix ms. */
  receivedAt: number;
  /** Not to be started before (Unix ms). With an admission it is the time now: when it starts is for that to say. */
  dueAt: number;
  respondWithinMs: number | null;
  /** StartAdmission as JSON; null: it waits for nothing. */
  admission: string | null;
}

/**
 * Adds starts on one connection; one with an admission is let through, held back or skipped at once, and what that lets through is
 * told by `takeNews`. Returns the row id; 0 when the event has a start of that flow already.
 */
export function createNewStart(connection: Connection, memory: Memory): (start: NewStartRow) => number {
  const admitting = createAdmitting(connection, memory);
  const insert = connection.db.prepare(
    `INSERT INTO starts (event, flow, definition, source, received_at, due_at, respond_within_ms, admission)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event, flow) DO NOTHING`,
  );
  return ({ event, flow, definition, source, receivedAt, dueAt, respondWithinMs, admission }) => {
    const added = insert.run(event, flow, definition, source, receivedAt, dueAt, respondWithinMs, admission);
    connection.changes.startsPending += added.changes;
    if (added.changes === 0) return 0;
    const id = Number(added.lastInsertRowid);
    if (admission !== null) admitting.enter({ id, flow, admission }, dueAt);
    return id;
  };
}
