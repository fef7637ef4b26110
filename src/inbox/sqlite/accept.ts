// Writes accepted deliveries with their events and starts, inside the transaction of the batch.
import { RECEIVER_LEASE_MS } from '../store.ts';
import type { Connection } from './connection.ts';

/** One delivery, packed for its way to the thread: JSON as text, the body as a length into the batch's bytes. */
export interface DeliveryRow {
  source: string;
  deliveryId: string;
  receivedAt: number;
  method: string;
  contentType: string;
  headers: string;
  query: string;
  bodyBytes: number;
  events: EventRow[];
}

export interface EventRow {
  id: string;
  type: string;
  outcome: string;
  reason: string | null;
  body: string | null;
  starts: { flow: string; definitionHash: string; respondWithinMs: number | null }[];
}

/** What became of one delivery: of a duplicate, the first one's event ids; else the row ids of its starts (0: there already). */
export interface StoredDelivery {
  duplicateOf: string[] | null;
  startIds: number[];
}

/** Operations that write deliveries. */
export function createAcceptOperations(connection: Connection) {
  const { db } = connection;
  const insertDelivery = db.prepare(
    `INSERT INTO deliveries (source, delivery_id, received_at, method, content_type, headers, query, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, delivery_id) DO NOTHING`,
  );
  const insertEvent = db.prepare(
    `INSERT INTO events (delivery, event_id, type, outcome, reason, body) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (event_id) DO NOTHING`,
  );
  const insertStart = db.prepare(
    `INSERT INTO starts (event, flow, definition, source, received_at, due_at, respond_within_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (event, flow) DO NOTHING`,
  );
  const eventIdsOf = db
    .prepare<[string, string], string>(
      `SELECT event_id FROM events JOIN deliveries ON deliveries.id = events.delivery
       WHERE source = ? AND delivery_id = ? ORDER BY events.id`,
    )
    .pluck();
  const definitionId = createDefinitionIds(connection);

  /** The row ids of the event's starts. */
  function storeEvent(delivery: number | bigint, row: DeliveryRow, event: EventRow): number[] {
    const stored = insertEvent.run(delivery, event.id, event.type, event.outcome, event.reason, event.body);
    // The same event by another delivery: its starts are there already.
    if (stored.changes === 0) return event.starts.map(() => 0);
    return event.starts.map((start) => {
      const dueAt = start.respondWithinMs === null ? row.receivedAt : row.receivedAt + RECEIVER_LEASE_MS;
      const definition = definitionId(start.definitionHash);
      const added = insertStart.run(
        stored.lastInsertRowid,
        start.flow,
        definition,
        row.source,
        row.receivedAt,
        dueAt,
        start.respondWithinMs,
      );
      connection.changes.startsPending += added.changes;
      return added.changes === 0 ? 0 : Number(added.lastInsertRowid);
    });
  }

  return {
    /** Stores deliveries whose bodies stand one after the other in `bodies`. */
    accept(rows: DeliveryRow[], bodies: Uint8Array): StoredDelivery[] {
      let offset = bodies.byteOffset;
      return rows.map((row) => {
        const body = Buffer.from(bodies.buffer, offset, row.bodyBytes);
        offset += row.bodyBytes;
        const { source, deliveryId, receivedAt, method, contentType, headers, query } = row;
        const stored = insertDelivery.run(source, deliveryId, receivedAt, method, contentType, headers, query, body);
        if (stored.changes === 0) return { duplicateOf: eventIdsOf.all(source, deliveryId), startIds: [] };
        connection.changes.deliveries += 1;
        const startIds = row.events.flatMap((event) => storeEvent(stored.lastInsertRowid, row, event));
        return { duplicateOf: null, startIds };
      });
    },
  };
}

/** Row ids of definitions; one that was never put gets an empty row, so that an event is never lost over it. */
function createDefinitionIds({ db, definitionIds }: Connection): (hash: string) => number {
  const find = db.prepare<[string], number>('SELECT id FROM definitions WHERE hash = ?').pluck();
  const insert = db.prepare('INSERT INTO definitions (hash, stored_at) VALUES (?, ?)');
  return (hash) => {
    const known = definitionIds.get(hash);
    if (known !== undefined) return known;
    const id = find.get(hash) ?? Number(insert.run(hash, Date.now()).lastInsertRowid);
    definitionIds.set(hash, id);
    return id;
  };
}
