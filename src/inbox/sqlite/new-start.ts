// Writes one new start, wherever its event comes from, inside the transaction of its caller.
import type { Connection } from './connection.ts';

/** A start on its way into the table. */
export interface NewStartRow {
  /** Row id of the event, and its id. */
  event: number | bigint;
  eventId: string;
  flow: string;
  /** Row id of the definition. */
  definition: number;
  source: string;
  /** Unix ms. */
  receivedAt: number;
  /** Not to be started before, where nothing else holds it back (Unix ms). */
  dueAt: number;
  respondWithinMs: number | null;
  /** StartAdmission as JSON; null: it waits for nothing. */
  admission: string | null;
}

/** Adds starts on one connection. Returns the row id; 0 when the event has a start of that flow already. */
export function createNewStart(connection: Connection): (start: NewStartRow) => number {
  const insert = connection.db.prepare(
    `INSERT INTO starts (event, flow, definition, source, received_at, due_at, respond_within_ms, admission)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event, flow) DO NOTHING`,
  );
  return ({ event, flow, definition, source, receivedAt, dueAt, respondWithinMs, admission }) => {
    const added = insert.run(event, flow, definition, source, receivedAt, dueAt, respondWithinMs, admission);
    connection.changes.startsPending += added.changes;
    return added.changes === 0 ? 0 : Number(added.lastInsertRowid);
  };
}
