// Definitions, blobs and small named values, and the counts for /metrics.
import { NEVER_DUE_AT } from '../slots.ts';
import type { StoreStats } from '../store.ts';
import type { Connection, CounterName } from './connection.ts';

/** A definition that is put again counts as stored now, but is not written for that more often than so. */
const RENEWED_AFTER_MS = 3_600_000;

/** Operations on everything that is neither delivery nor start. */
export function createValueOperations({ db, definitionIds }: Connection) {
  // Whoever puts it is about to commit a start of it: the process that prunes must not take it for old in between.
  const putDefinition = db.prepare(
    `INSERT INTO definitions (hash, stored_at, json) VALUES (?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET json = coalesce(json, excluded.json), stored_at = excluded.stored_at
       WHERE json IS NULL OR stored_at < excluded.stored_at - ${RENEWED_AFTER_MS}`,
  );
  const getDefinition = db.prepare<[string], string | null>('SELECT json FROM definitions WHERE hash = ?').pluck();
  const hasEvent = db.prepare<[string], number>('SELECT 1 FROM events WHERE event_id = ?').pluck();
  const putBlob = db.prepare('INSERT INTO blobs (key, stored_at, bytes) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING');
  const getBlob = db.prepare<[string], Buffer>('SELECT bytes FROM blobs WHERE key = ?').pluck();
  const insertSetting = db.prepare('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING');
  const setSetting = db.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const getSetting = db.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck();
  const counters = db.prepare<[], { name: CounterName; value: number }>('SELECT name, value FROM counters');
  const oldestPending = db
    .prepare<[], number | null>(
      `WITH RECURSIVE pending (source) AS (
         SELECT min(source) FROM starts WHERE state = 'pending'
         UNION ALL
         SELECT (SELECT min(source) FROM starts WHERE state = 'pending' AND source > pending.source) FROM pending WHERE source IS NOT NULL
       )
       SELECT min((SELECT iif(admission IS NOT NULL AND attempts = 0, due_at, received_at) FROM starts WHERE state = 'pending' AND source = pending.source AND due_at < ${NEVER_DUE_AT} ORDER BY due_at LIMIT 1)) FROM pending`,
    )
    .pluck();

  return {
    putDefinition(hash: string, json: string): void {
      // Another process may have pruned the row that its id was remembered of.
      definitionIds.delete(hash);
      putDefinition.run(hash, Date.now(), json);
    },
    getDefinition: (hash: string): string | null => getDefinition.get(hash) ?? null,
    hasEvent: (eventId: string): boolean => hasEvent.get(eventId) !== undefined,
    putBlob(key: string, bytes: Uint8Array): void {
      putBlob.run(key, Date.now(), bytes);
    },
    getBlob: (key: string): Uint8Array | null => getBlob.get(key) ?? null,
    setIfAbsent(name: string, value: string): string {
      insertSetting.run(name, value);
      return getSetting.get(name) ?? value;
    },
    get: (name: string): string | null => getSetting.get(name) ?? null,
    set(name: string, value: string): void {
      setSetting.run(name, value);
    },
    /**
     * The oldest pending start is exact but for starts that wait to be tried again: those count from the next one of their source.
     * Those that wait for runs of their flow, or for their time, do not count; they are as old as the time since they may begin.
     */
    stats(): StoreStats {
      const counts = { deliveries: 0, startsPending: 0, startsParked: 0 };
      for (const { name, value } of counters.all()) counts[name] = value;
      const oldest = oldestPending.get() ?? null;
      return { ...counts, oldestPendingAt: oldest !== null && oldest > Date.now() ? null : oldest };
    },
  };
}
