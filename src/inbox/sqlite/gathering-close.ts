// Closes gatherings: what was gathered becomes one start, in the transaction that closes it, so that it happens once whatever dies.
// A debounce starts with its last event; a batch makes an event of all of its own. It must never close one twice.
import { BATCH, batchBody, batchHeaders, batchItem, CLOSED_AT_ONCE_MAX, type Closings } from '../gathering.ts';
import { AWAITED_COLUMNS, type AwaitedRow } from './awaited-row.ts';
import type { StartNews } from '../slots.ts';
import { takeNews, type Connection, type Memory } from './connection.ts';
import { createNewStart } from './new-start.ts';

interface OpenRow {
  flow: string;
  kind: 'debounce' | 'batch';
  definition: number;
  admission: string | null;
  runEvent: string | null;
}

/** Closes one gathering at a time (Unix ms); nothing when it is closed already. */
export type CloseGathering = (id: number, at: number) => void;

/** Closing on one connection, for those who join as well. */
export function createClosing(connection: Connection, memory: Memory): CloseGathering {
  const { db } = connection;
  const openById = db.prepare<[number], OpenRow>(
    'SELECT flow, kind, definition, admission, run_event AS runEvent FROM gatherings WHERE id = ? AND closed_at IS NULL',
  );
  const lastOf = db.prepare<[number], { event: number; eventId: string; source: string; receivedAt: number }>(
    `SELECT event, event_id AS eventId, source, received_at AS receivedAt FROM gathered
       JOIN events ON events.id = event JOIN deliveries ON deliveries.id = events.delivery
     WHERE gathering = ? ORDER BY event DESC LIMIT 1`,
  );
  const eventsOf = db.prepare<[number], AwaitedRow>(
    `SELECT ${AWAITED_COLUMNS} FROM gathered JOIN events ON events.id = event
       JOIN deliveries ON deliveries.id = events.delivery WHERE gathering = ? ORDER BY event`,
  );
  const markClosed = db.prepare('UPDATE gatherings SET closed_at = ?, run_event = ? WHERE id = ?');
  const insertDelivery = db.prepare(
    `INSERT INTO deliveries (source, delivery_id, received_at, method, content_type, headers, query, body)
     VALUES ('${BATCH}', ?, ?, 'POST', 'application/json', ?, '{}', ?)`,
  );
  // Nobody but the flow gets it: it wakes no run.
  const insertEvent = db.prepare(
    `INSERT INTO events (delivery, event_id, type, outcome, held) VALUES (?, ?, '${BATCH}', 'matched', 1)`,
  );
  const addStart = createNewStart(connection, memory);

  function storeBatch(id: number, eventId: string, at: number): number | bigint {
    const events = eventsOf.all(id);
    const items = events.map(({ eventId: itemId, body, ...item }) => {
      return batchItem({ ...item, id: itemId }, isJson(body) ? body : 'null');
    });
    const delivery = insertDelivery.run(eventId, at, batchHeaders(events), Buffer.from(batchBody(items)));
    connection.changes.deliveries += 1;
    return insertEvent.run(delivery.lastInsertRowid, eventId).lastInsertRowid;
  }

  return (id, at) => {
    const open = openById.get(id);
    if (open === undefined) return;
    const { flow, kind, definition, admission, runEvent } = open;
    const starting =
      kind === 'batch' && runEvent !== null
        ? { event: storeBatch(id, runEvent, at), eventId: runEvent, source: BATCH, receivedAt: at }
        : lastOf.get(id)!;
    markClosed.run(at, starting.eventId, id);
    addStart({ ...starting, flow, definition, dueAt: at, respondWithinMs: null, admission });
  };
}

/** What the store does by the clock. */
export function createGatheringOperations(connection: Connection, memory: Memory) {
  const { db } = connection;
  const close = createClosing(connection, memory);
  const due = db
    .prepare<[number], number>(
      `SELECT id FROM gatherings WHERE closed_at IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT ${CLOSED_AT_ONCE_MAX}`,
    )
    .pluck();
  const nextDue = db.prepare<[], number | null>('SELECT min(due_at) FROM gatherings WHERE closed_at IS NULL').pluck();
  const countOpen = db.prepare<[], number>('SELECT count(*) FROM gatherings WHERE closed_at IS NULL').pluck();
  const bringForward = db.prepare(
    'UPDATE gatherings SET due_at = @now + period_ms WHERE closed_at IS NULL AND due_at > @now + period_ms',
  );
  /** The time of the look before. Before the first look the clock may have been set as well. */
  let lookedAt = Number.POSITIVE_INFINITY;
  return {
    closeGatherings(now: number): Closings & { news: StartNews | null } {
      // No gathering is due later than its period from its last event: one that seems to be is of a clock that went back.
      if (now < lookedAt) {
        connection.undo.push(() => (lookedAt = Number.POSITIVE_INFINITY));
        bringForward.run({ now });
      }
      lookedAt = now;
      const ids = due.all(now);
      for (const id of ids) close(id, now);
      return { closed: ids.length, nextDueAt: nextDue.get() ?? null, news: takeNews(connection) };
    },
    countOpenGatherings: (): number => countOpen.get()!,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
