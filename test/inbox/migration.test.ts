// A database of an older version is taken over with everything in it.
import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import { afterEach, it } from 'node:test';
import Database from 'better-sqlite3';
import { migrate } from '../../src/inbox/migrations.ts';
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import type { Store } from '../../src/inbox/store.ts';
import { delivery, LEASE_MS, NOW } from '../contract/deliveries.ts';
import { makeOldDatabase } from './old-schemas.ts';

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

let folder: string;
let file: string;
let store: Store;
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function openVersion1(): Promise<void> {
  ({ folder, file } = await makeOldDatabase(1, ROWS));
  store = await openSqliteStore({ file });
}

it('a database of version 1 keeps its deliveries, what has to start, and its values', async () => {
  await openVersion1();
  assert.equal((await store.accept(delivery({ deliveryId: 'old-1' }))).duplicate, true);
  const [start, ...others] = await store.claimStarts(10, LEASE_MS, NOW);
  assert.deepEqual([start?.eventId, start?.body, others.length], ['shop~old-1', { total: 1 }, 0]);
  assert.deepEqual(await store.stats(), { deliveries: 2, startsPending: 1, startsParked: 0, oldestPendingAt: NOW });
  assert.equal(await store.get('result-url-key'), 'kept');
});

it('a database of version 1 can be listed, and takes replay windows and rejections', async () => {
  await openVersion1();
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

/** Starts of every state as version 3 wrote them, with and without what a column may hold. */
const STARTS = `
INSERT INTO definitions (id, hash, stored_at, json) VALUES (1, 'hash-1', ${NOW}, '{"flow":"welcome"}');
INSERT INTO deliveries (id, source, delivery_id, received_at, method, content_type, headers, query, body)
  SELECT value, 'shop', 'd-' || value, ${NOW}, 'POST', 'application/json', '{}', '{}', CAST('{"total":1}' AS BLOB)
  FROM json_each('[1,2,3,4]');
INSERT INTO events (id, delivery, event_id, type, outcome) SELECT id, id, 'shop~' || delivery_id, 'order', 'matched' FROM deliveries;
INSERT INTO starts (id, event, flow, definition, source, received_at, state, due_at, respond_within_ms, attempts, settled_at, error) VALUES
  (1, 1, 'welcome', 1, 'shop', ${NOW}, 'started', ${NOW}, 5000, 0, ${NOW + 9}, NULL),
  (2, 1, 'greet', 1, 'shop', ${NOW}, 'parked', ${NOW}, NULL, 3, ${NOW + 8}, 'too large'),
  (5, 2, 'welcome', 1, 'shop', ${NOW}, 'pending', ${NOW + 60_000}, NULL, 2, NULL, 'away'),
  (7, 3, 'welcome', 1, 'shop', ${NOW}, 'pending', ${NOW}, NULL, 0, NULL, NULL);
UPDATE counters SET value = CASE name WHEN 'deliveries' THEN 4 WHEN 'startsPending' THEN 2 ELSE 1 END;
`;

function startRows(): unknown[] {
  const db = new Database(file, { readonly: true });
  const columns =
    'id, event, flow, definition, source, received_at, state, due_at, respond_within_ms, attempts, settled_at, error';
  const rows = db.prepare(`SELECT ${columns} FROM starts ORDER BY id`).raw().all();
  db.close();
  return rows;
}

it('a database of version 3 keeps every start as it was, and goes on with them', async () => {
  ({ folder, file } = await makeOldDatabase(3, STARTS));
  const before = startRows();
  assert.equal(before.length, 4);
  store = await openSqliteStore({ file });
  assert.deepEqual(startRows(), before);
  assert.deepEqual(await store.stats(), { deliveries: 4, startsPending: 2, startsParked: 1, oldestPendingAt: NOW });
  const failed = await store.listDeliveries({ status: 'failed', limit: 10 });
  assert.deepEqual(
    failed[0]?.events[0]?.starts.map(({ flow, state, attempts, error }) => [flow, state, attempts, error]),
    [
      ['welcome', 'started', 0, null],
      ['greet', 'parked', 3, 'too large'],
    ],
  );
  const due = await store.claimStarts(10, LEASE_MS, NOW + 60_000);
  assert.deepEqual(
    due.map(({ id, eventId, attempts, admission }) => [id, eventId, attempts, admission]),
    [
      [7, 'shop~d-3', 0, undefined],
      [5, 'shop~d-2', 2, undefined],
    ],
  );
  assert.equal(await store.reopenStarts(NOW), 1);
  const { startIds } = await store.accept(delivery({ deliveryId: 'new' }));
  assert.deepEqual(startIds, [8]);
});

it('two processes may open an old database at once', async () => {
  ({ folder, file } = await makeOldDatabase(3, STARTS));
  const [slow, fast] = [new Database(file), new Database(file)];
  for (const db of [slow, fast]) db.pragma('foreign_keys = OFF');
  const begin = slow.transaction.bind(slow);
  // The other one is done between the look at the version and the lock.
  slow.transaction = ((work: () => unknown) => {
    migrate(fast);
    return begin(work);
  }) as typeof slow.transaction;
  migrate(slow);
  slow.close();
  fast.close();
  store = await openSqliteStore({ file });
  assert.equal((await store.stats()).startsPending, 2);
});

it('a database that cannot be brought up to date is left as it is', async () => {
  ({ folder, file } = await makeOldDatabase(3, STARTS));
  const before = startRows();
  const { size } = await stat(file);
  await assert.rejects(openSqliteStore({ file, sizeBytesMax: size + 8 * 4096 }), /full/);
  assert.deepEqual(startRows(), before);
  store = await openSqliteStore({ file });
  assert.deepEqual(startRows(), before);
});
