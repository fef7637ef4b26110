// The inbox's SQLite schema, one migration a version (PRAGMA user_version). A migration that was released never changes.
import type { Database } from 'better-sqlite3';
import { approvalTables } from './schema-approvals.ts';
import { gatheringTables } from './schema-gathering.ts';
import { rowIdTables } from './schema-row-ids.ts';
import { slotTables } from './schema-slots.ts';

/**
 * Reasons behind the shape: bodies are last in their rows, so that reading the rest never walks overflow pages. Only two indexes
 * have random keys (delivery ids, event ids), all others grow at their end, which keeps a commit to few pages. `starts_due`
 * holds unfinished starts only, so claiming costs the same with millions of finished ones.
 */
const version1 = `
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  method TEXT NOT NULL,
  content_type TEXT NOT NULL,
  headers TEXT NOT NULL,
  query TEXT NOT NULL,
  has_body INTEGER NOT NULL DEFAULT 1,
  body BLOB,
  UNIQUE (source, delivery_id)
);
CREATE INDEX deliveries_age ON deliveries (has_body, received_at);

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL REFERENCES deliveries (id),
  event_id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  body TEXT
);
CREATE INDEX events_delivery ON events (delivery);

CREATE TABLE definitions (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  stored_at INTEGER NOT NULL,
  json TEXT
);

CREATE TABLE starts (
  id INTEGER PRIMARY KEY,
  event INTEGER NOT NULL REFERENCES events (id),
  flow TEXT NOT NULL,
  definition INTEGER NOT NULL REFERENCES definitions (id),
  source TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'started', 'parked')),
  due_at INTEGER NOT NULL,
  respond_within_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  settled_at INTEGER,
  error TEXT,
  UNIQUE (event, flow)
);
CREATE INDEX starts_due ON starts (source, due_at) WHERE state = 'pending';
CREATE INDEX starts_settled ON starts (settled_at) WHERE state = 'started';
CREATE INDEX starts_definition ON starts (definition);

CREATE TABLE blobs (key TEXT NOT NULL UNIQUE, stored_at INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('deliveries', 0), ('startsPending', 0), ('startsParked', 0);
`;

/**
 * What is rare has tables of its own: counting a repeat must not write a delivery's body again, and deliveries without a replay window
 * or a refused request cost nothing. No index is added that an ordinary delivery would have to keep up: `events_idle` and `starts_parked` find the few that people ask for among the many that went well.
 */
const version2 = `
CREATE TABLE repeats (delivery INTEGER PRIMARY KEY, times INTEGER NOT NULL, last_at INTEGER NOT NULL);

CREATE TABLE replays (
  source TEXT NOT NULL,
  hash BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  PRIMARY KEY (source, hash)
) WITHOUT ROWID;
CREATE INDEX replays_delivery ON replays (delivery);

CREATE TABLE rejections (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  status INTEGER NOT NULL,
  reason TEXT NOT NULL,
  method TEXT NOT NULL,
  address TEXT NOT NULL,
  headers TEXT NOT NULL,
  body_bytes INTEGER NOT NULL,
  body_start BLOB NOT NULL
);

CREATE INDEX events_idle ON events (outcome, delivery) WHERE outcome <> 'matched';
CREATE INDEX starts_parked ON starts (event) WHERE state = 'parked';
`;

/**
 * Runs that wait for events. `key_shapes`: what anybody looks for in events; only for these are keys written. Events up to row
 * `indexed_after` came before the shape did. `waiter_keys` and `event_keys` are the two sides of one index: (shape, hash of the
 * values). A wake outlives its waiter, and is kept for a while after it was sent. `held`: the event was stored and nothing else.
 */
const version3 = `
ALTER TABLE events ADD COLUMN held INTEGER;

CREATE TABLE key_shapes (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  paths TEXT NOT NULL,
  indexed_after INTEGER NOT NULL,
  declared_at INTEGER NOT NULL,
  UNIQUE (type, source, paths)
);

CREATE TABLE event_keys (
  shape INTEGER NOT NULL,
  hash BLOB NOT NULL,
  event INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (shape, hash, event)
) WITHOUT ROWID;
CREATE INDEX event_keys_event ON event_keys (event);

CREATE TABLE waiters (
  id INTEGER PRIMARY KEY,
  waiter TEXT NOT NULL UNIQUE,
  workflow_id TEXT NOT NULL,
  once INTEGER NOT NULL,
  since INTEGER NOT NULL,
  except_event TEXT NOT NULL,
  expires_at INTEGER,
  checked_at INTEGER NOT NULL
);
CREATE INDEX waiters_run ON waiters (workflow_id);
CREATE INDEX waiters_checked ON waiters (checked_at);
CREATE INDEX waiters_expiry ON waiters (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE waiter_keys (
  shape INTEGER NOT NULL,
  hash BLOB NOT NULL,
  waiter INTEGER NOT NULL,
  PRIMARY KEY (shape, hash, waiter)
) WITHOUT ROWID;
CREATE INDEX waiter_keys_waiter ON waiter_keys (waiter);

CREATE TABLE wakes (
  id INTEGER PRIMARY KEY,
  waiter TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  event INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER,
  UNIQUE (waiter, event)
);
CREATE INDEX wakes_due ON wakes (due_at, id) WHERE sent_at IS NULL;
CREATE INDEX wakes_sent ON wakes (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX wakes_event ON wakes (event);
CREATE INDEX wakes_run ON wakes (workflow_id);
`;

/** What admission and approvals keep, and row ids that are never given twice. */
const version4 = approvalTables + rowIdTables + slotTables + gatheringTables;

const migrations = [version1, version2, version3, version4];

/** A process waits for another one that brings the schema up to date: version 4 takes some seconds for each million starts. */
const OTHER_PROCESS_WAIT_MS = 600_000;

/**
 * Brings the schema to this version, each step in a transaction of its own. Other processes may do the same at the same time.
 * @throws Error when the database was written by a newer version.
 */
export function migrate(db: Database): void {
  const version = (): number => db.pragma('user_version', { simple: true }) as number;
  const found = version();
  if (found > migrations.length) {
    throw new Error(
      `${db.name} was written by a newer hookline (schema ${found}, this one knows ${migrations.length}): use that version, or another data folder`,
    );
  }
  if (found === migrations.length) return;
  const timeoutMs = db.pragma('busy_timeout', { simple: true }) as number;
  db.pragma(`busy_timeout = ${OTHER_PROCESS_WAIT_MS}`);
  const step = db.transaction(() => {
    const next = version();
    if (next >= migrations.length) return;
    db.exec(migrations[next]!);
    db.pragma(`user_version = ${next + 1}`);
  });
  for (let remaining = migrations.length - found; remaining > 0; remaining -= 1) step.immediate();
  db.pragma(`busy_timeout = ${timeoutMs}`);
}
