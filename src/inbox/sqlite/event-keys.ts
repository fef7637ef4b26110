// The keys by which events are found: written with each event for every shape somebody declared, read when a run looks back.
// Events that came before their shape have none; for them it is said which rows must be looked at one by one.
import type { Json } from '../../../workflows/definition.ts';
import { DISORDER_MS_MAX } from '../../../workflows/wakes.ts';
import { eventKey, textsAt } from '../event-key.ts';
import type { KeyShape, Question } from '../waits.ts';
import { AWAITED_COLUMNS, type AwaitedRow } from './awaited-row.ts';
import type { Connection } from './connection.ts';

/** One key of a stored event. */
export interface StoredKey {
  shape: number;
  hash: Buffer;
}

/** What is found by index, and the rows (exclusive, inclusive) that have no keys and must be scanned; null when all have. */
export interface IndexedEvents {
  rows: AwaitedRow[];
  unindexed: { after: number; upTo: number } | null;
}

/** Shapes and keys on one connection. */
export function createEventKeys({ db }: Connection) {
  const shapesOf = db.prepare<[string, string], { id: number; paths: string }>(
    'SELECT id, paths FROM key_shapes WHERE type = ? AND source = ?',
  );
  const shapeOf = db.prepare<[string, string, string], { id: number; indexedAfter: number }>(
    'SELECT id, indexed_after AS indexedAfter FROM key_shapes WHERE type = ? AND source = ? AND paths = ?',
  );
  const declare = db.prepare(
    `INSERT INTO key_shapes (type, source, paths, indexed_after, declared_at)
     VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM events), ?)
     ON CONFLICT (type, source, paths) DO UPDATE SET declared_at = max(declared_at, excluded.declared_at)`,
  );
  const insertKey = db.prepare('INSERT INTO event_keys (shape, hash, event, received_at) VALUES (?, ?, ?, ?)');
  const found = db.prepare<[number, Buffer, number, number, string, number], AwaitedRow>(
    `SELECT ${AWAITED_COLUMNS} FROM event_keys JOIN events ON events.id = event_keys.event
       JOIN deliveries ON deliveries.id = events.delivery
     WHERE shape = ? AND hash = ? AND event_keys.event > ? AND event_keys.received_at >= ? AND event_id <> ? AND has_body = 1
     ORDER BY event_keys.event LIMIT ?`,
  );
  const firstRow = createFirstRow(db);

  function declareKeys(shapes: KeyShape[], now: number): void {
    for (const { type, source, paths } of shapes) declare.run(type, source, JSON.stringify(paths), now);
  }

  /** The key of a question for events of one of its types; its shape is declared when it is not. */
  function keyOf({ source, where }: Question, type: string, now: number): StoredKey & { indexedAfter: number } {
    const paths = JSON.stringify(where.map(([path]) => path));
    if (shapeOf.get(type, source, paths) === undefined) declare.run(type, source, paths, now);
    const { id, indexedAfter } = shapeOf.get(type, source, paths)!;
    return { shape: id, hash: eventKey(where.map(([, text]) => text)), indexedAfter };
  }

  /** Writes the keys of a new event. `read` gives the whole event; it is called only when somebody declared a shape. */
  function writeKeys(event: number, type: string, source: string, receivedAt: number, read: () => Json): StoredKey[] {
    const shapes = shapesOf.all(type, source);
    if (shapes.length === 0) return [];
    const value = read();
    const keys: StoredKey[] = [];
    for (const { id, paths } of shapes) {
      const texts = textsAt(value, JSON.parse(paths) as string[]);
      if (texts === undefined) continue;
      const hash = eventKey(texts);
      insertKey.run(id, hash, event, receivedAt);
      keys.push({ shape: id, hash });
    }
    return keys;
  }

  function lookUp(question: Question, limit: number, now: number): IndexedEvents {
    const after = Math.max(question.after, firstRow(question.since - DISORDER_MS_MAX) - 1);
    let unindexed: IndexedEvents['unindexed'] = null;
    const rows = question.types.flatMap((type) => {
      const { shape, hash, indexedAfter } = keyOf(question, type, now);
      if (indexedAfter > after) unindexed = { after, upTo: Math.max(indexedAfter, unindexed?.upTo ?? 0) };
      return found.all(shape, hash, after, question.since, question.except, limit);
    });
    return { rows, unindexed };
  }

  return { declareKeys, keyOf, writeKeys, lookUp };
}

/** The first event received at or after a time, by halving: rows follow time, but for the disorder above. */
function createFirstRow(db: Connection['db']): (since: number) => number {
  const bounds = db.prepare<[], { first: number | null; last: number | null }>(
    'SELECT (SELECT min(id) FROM events) AS first, (SELECT max(id) FROM events) AS last',
  );
  const at = db.prepare<[number], { id: number; receivedAt: number }>(
    `SELECT events.id, received_at AS receivedAt FROM events JOIN deliveries ON deliveries.id = events.delivery
     WHERE events.id >= ? ORDER BY events.id LIMIT 1`,
  );
  return (since) => {
    const { first, last } = bounds.get()!;
    let low = first ?? 1;
    let high = (last ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = at.get(middle);
      if (row === undefined || row.receivedAt >= since) high = middle;
      else low = row.id + 1;
    }
    return low;
  };
}
