// A database of an older version is taken over with everything in it.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, it } from 'node:test';
import Database from 'better-sqlite3';
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import { delivery, LEASE_MS, NOW } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

/** The schema as version 1 made it, word for word: it must never be changed together with the code. */
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

/** Two deliveries as version 1 wrote them: one waits, one was filtered. */
const ROWS = `
INSERT INTO definitions (id, hash, stored_at, json) VALUES (1, 'hash-1', ${NOW}, '{"flow":"welcome"}');
INSERT INTO deliveries (id, source, delivery_id, received_at, method, content_type, headers, query, body) VALUES
  (1, 'shop', 'old-1', ${NOW}, 'POST', 'application/json', '{}', '{}', CAST('{"total":1}' AS BLOB)),
  (2, 'shop', 'old-2', ${NOW}, 'POST', 'application/json', '{}', '{}', CAST('{"total":2}' AS BLOB));
INSERT INTO events (id, delivery, event_id, type, outcome) VALUES
  (1, 1, 'shop~old-1', 'order', 'matched'), (2, 2, 'shop~old-2', 'order', 'filtered');
INSERT INTO starts (event, flow, definition, source, received_at, due_at) VALUES (1, 'welcome', 1, 'shop', ${NOW}, ${NOW});
UPDATE counters SET value = 2 WHERE name = 'deliveries';
UPDATE counters SET value = 1 WHERE name = 'startsPending';
INSERT INTO settings (name, value) VALUES ('result-url-key', 'kept');
`;

let folder: StoreFolder;
afterEach(() => folder.dispose());

/** Puts a database of version 1 in the place of the store's own. */
async function openVersion1(): Promise<void> {
  folder = await openStoreFolder();
  await folder.store.close();
  const file = `${folder.file}.v1/hookline.db`;
  await mkdir(dirname(file), { recursive: true });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec(VERSION_1);
  db.exec(ROWS);
  db.pragma('user_version = 1');
  db.close();
  folder.store = await openSqliteStore({ file });
}

it('a database of version 1 keeps its deliveries, what has to start, and its values', async () => {
  await openVersion1();
  const { store } = folder;
  assert.equal((await store.accept(delivery({ deliveryId: 'old-1' }))).duplicate, true);
  const [start, ...others] = await store.claimStarts(10, LEASE_MS, NOW);
  assert.deepEqual([start?.eventId, start?.body, others.length], ['shop~old-1', { total: 1 }, 0]);
  assert.deepEqual(await store.stats(), { deliveries: 2, startsPending: 1, startsParked: 0, oldestPendingAt: NOW });
  assert.equal(await store.get('result-url-key'), 'kept');
});

it('a database of version 1 can be listed, and takes replay windows and rejections', async () => {
  await openVersion1();
  const { store } = folder;
  const idle = await store.listDeliveries({ status: 'filtered', limit: 10 });
  assert.deepEqual(
    idle.map((each) => [each.deliveryId, each.repeats]),
    [['old-2', 0]],
  );
  const replay = { hash: 'ab'.repeat(32), windowMs: 1000 };
  await store.accept(delivery({ deliveryId: 'new-1', replay }));
  assert.equal((await store.accept(delivery({ deliveryId: 'new-2', replay }))).duplicate, true);
  await store.prune(NOW + 1, NOW + 1);
  assert.equal((await store.stats()).deliveries, 2, 'pending starts stay');
  assert.equal(await store.countRejections({}), 0);
});
