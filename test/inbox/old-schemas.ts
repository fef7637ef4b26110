// The inbox's schema as older versions made it, word for word, and databases that they left behind. It must never change together with
// the code.
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const VERSION_1 = `
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

const VERSION_2 = `
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

const VERSION_3 = `
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

const VERSIONS = [VERSION_1, VERSION_2, VERSION_3];

/** Makes a database of that version with these rows, in a folder of its own; returns both. */
export async function makeOldDatabase(version: number, rows: string): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-old-'));
  const file = join(folder, 'inbox', 'hookline.db');
  await mkdir(join(folder, 'inbox'));
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  for (const sql of VERSIONS.slice(0, version)) db.exec(sql);
  db.exec(rows);
  db.pragma(`user_version = ${version}`);
  db.close();
  return { folder, file };
}
