// Writes accepted deliveries with their events and starts, inside the transaction of the batch.
import type { Json } from '../../../workflows/definition.ts';
import type { StartNews } from '../slots.ts';
import { RECEIVER_LEASE_MS } from '../store.ts';
import { takeNews, type Connection, type Memory } from './connection.ts';
import { createEventKeys } from './event-keys.ts';
import { createJoining, gatheringOf, type Joined } from './gathering.ts';
import { createNewStart } from './new-start.ts';
import { createWaking } from './waiters.ts';

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
  replay: { hash: string; windowMs: number } | null;
  events: EventRow[];
}

export interface EventRow {
  id: string;
  type: string;
  outcome: string;
  reason: string | null;
  body: string | null;
  /** It was stored and nothing else: nobody is woken. */
  held: boolean;
  /** `admission`: StartAdmission as JSON. */
  starts: { flow: string; definitionHash: string; respondWithinMs: number | null; admission: string | null }[];
}

type StoredEvent = Pick<StoredDelivery, 'startIds' | 'wakes' | 'gathered'>;

/** What became of one delivery: of a duplicate, the first one's event ids; else the row ids of its starts (0: there already, or none yet). */
export interface StoredDelivery {
  duplicateOf: string[] | null;
  startIds: number[];
  /** Wakes left for runs that wait. */
  wakes: number;
  /** For each start that joined a gathering. */
  gathered: Joined[];
  /** What it let through, where it has to be told. */
  news: StartNews | null;
}

/** Operations that write deliveries. */
export function createAcceptOperations(connection: Connection, memory: Memory) {
  const { db } = connection;
  const insertDelivery = db.prepare(
    `INSERT INTO deliveries (source, delivery_id, received_at, method, content_type, headers, query, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, delivery_id) DO NOTHING`,
  );
  const insertEvent = db.prepare(
    `INSERT INTO events (delivery, event_id, type, outcome, reason, body, held) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (event_id) DO NOTHING`,
  );
  const addStart = createNewStart(connection, memory);
  const sameDelivery = db
    .prepare<[string, string], number>('SELECT id FROM deliveries WHERE source = ? AND delivery_id = ?')
    .pluck();
  const eventIdsOf = db.prepare<[number], string>('SELECT event_id FROM events WHERE delivery = ? ORDER BY id').pluck();
  const countRepeat = db.prepare(
    `INSERT INTO repeats (delivery, times, last_at) VALUES (?, 1, ?)
     ON CONFLICT (delivery) DO UPDATE SET times = times + 1, last_at = excluded.last_at`,
  );
  const replays = createReplays(connection);
  const definitionId = createDefinitionIds(connection);
  const { writeKeys } = createEventKeys(connection);
  const wakeWaiters = createWaking(connection);
  const join = createJoining(connection, memory);

  function storeEvent(delivery: number | bigint, row: DeliveryRow, event: EventRow, body: Buffer): StoredEvent {
    const { id, type, outcome, reason, held } = event;
    const stored = insertEvent.run(delivery, id, type, outcome, reason, event.body, held ? 1 : null);
    // The same event by another delivery: its starts are there already.
    if (stored.changes === 0) return { startIds: event.starts.map(() => 0), wakes: 0, gathered: [] };
    const wakes = held ? 0 : wakeBy(Number(stored.lastInsertRowid), row, event, body);
    const gathered: Joined[] = [];
    const startIds = event.starts.map((start) => {
      const { flow, respondWithinMs, admission } = start;
      const { source, receivedAt } = row;
      const definition = definitionId(start.definitionHash);
      const gathering = gatheringOf(admission);
      if (gathering !== null) {
        const bodyBytes = event.body === null ? body.byteLength : Buffer.byteLength(event.body);
        const joining = { ...row, id, type, row: Number(stored.lastInsertRowid), bodyBytes };
        gathered.push(join(joining, { flow, definition, admission: gathering }));
        return 0;
      }
      return addStart({
        event: stored.lastInsertRowid,
        flow,
        definition,
        source,
        receivedAt,
        // Who has to wait is nobody's own.
        dueAt: respondWithinMs === null || admission !== null ? receivedAt : receivedAt + RECEIVER_LEASE_MS,
        respondWithinMs,
        admission,
      });
    });
    return { startIds, wakes, gathered };
  }

  /** Makes the event one that runs find, and wakes those that wait for it already. */
  function wakeBy(
    event: number,
    { source, receivedAt, headers, query }: DeliveryRow,
    row: EventRow,
    body: Buffer,
  ): number {
    const keys = writeKeys(event, row.type, source, receivedAt, () => ({
      id: row.id,
      type: row.type,
      source,
      headers: JSON.parse(headers),
      query: JSON.parse(query),
      body: bodyOf(row, body),
    }));
    return wakeWaiters(keys, event, row.id, receivedAt);
  }

  function repeatOf(delivery: number, receivedAt: number): StoredDelivery {
    countRepeat.run(delivery, receivedAt);
    return { duplicateOf: eventIdsOf.all(delivery), startIds: [], wakes: 0, gathered: [], news: null };
  }

  function store(row: DeliveryRow, body: Buffer): StoredDelivery {
    const { source, deliveryId, receivedAt, method, contentType, headers, query } = row;
    const replayed = row.replay === null ? undefined : (sameDelivery.get(source, deliveryId) ?? replays.first(row));
    if (replayed !== undefined) return repeatOf(replayed, receivedAt);
    const stored = insertDelivery.run(source, deliveryId, receivedAt, method, contentType, headers, query, body);
    if (stored.changes === 0) return repeatOf(sameDelivery.get(source, deliveryId)!, receivedAt);
    connection.changes.deliveries += 1;
    if (row.replay !== null) replays.remember(row, stored.lastInsertRowid);
    const events = row.events.map((event) => storeEvent(stored.lastInsertRowid, row, event, body));
    const wakes = events.reduce((sum, event) => sum + event.wakes, 0);
    const startIds = events.flatMap((event) => event.startIds);
    const gathered = events.flatMap((event) => event.gathered);
    return { duplicateOf: null, startIds, wakes, gathered, news: takeNews(connection) };
  }

  return {
    /** Stores deliveries whose bodies stand one after the other in `bodies`. */
    accept(rows: DeliveryRow[], bodies: Uint8Array): StoredDelivery[] {
      let offset = bodies.byteOffset;
      return rows.map((row) => {
        const body = Buffer.from(bodies.buffer, offset, row.bodyBytes);
        offset += row.bodyBytes;
        return store(row, body);
      });
    },
  };
}

/** A body that is not JSON after all must not keep its delivery from being stored. */
function bodyOf(row: EventRow, raw: Buffer): Json {
  try {
    return JSON.parse(row.body ?? raw.toString()) as Json;
  } catch {
    return null;
  }
}

/** The last delivery of each body, for sources that have a replay window. A window begins with what was stored, never with a repeat. */
function createReplays({ db }: Connection) {
  const find = db
    .prepare<[string, Buffer, number], number>(
      'SELECT delivery FROM replays WHERE source = ? AND hash = ? AND received_at >= ?',
    )
    .pluck();
  const insert = db.prepare(
    `INSERT INTO replays (source, hash, received_at, delivery) VALUES (?, ?, ?, ?)
     ON CONFLICT (source, hash) DO UPDATE SET received_at = excluded.received_at, delivery = excluded.delivery`,
  );
  return {
    /** The row id of the delivery that this one's body repeats. */
    first({ source, receivedAt, replay }: DeliveryRow): number | undefined {
      if (replay === null) return undefined;
      return find.get(source, Buffer.from(replay.hash, 'hex'), receivedAt - replay.windowMs);
    },
    remember({ source, receivedAt, replay }: DeliveryRow, delivery: number | bigint): void {
      if (replay !== null) insert.run(source, Buffer.from(replay.hash, 'hex'), receivedAt, delivery);
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
