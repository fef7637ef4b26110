// A store that cannot commit says so, loses nothing it acknowledged, and works again when the cause is gone.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { openSqliteStore, type SqliteStore } from '../../src/inbox/sqlite.ts';
import { StoreUnavailableError } from '../../src/inbox/store.ts';
import { delivery, NOW } from '../contract/deliveries.ts';
import { eventually } from '../support/waiting.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const MEBIBYTE = 1024 * 1024;
const LARGE_BODY = Buffer.from(JSON.stringify('x'.repeat(100_000)));

let opened: StoreFolder;
afterEach(() => opened.dispose());

/** Accepts large deliveries that start nothing until one is refused; returns the ids of the acknowledged ones. */
async function fill(store: SqliteStore): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let index = 0; index < 100; index += 1) {
    const deliveryId = `large-${index}`;
    try {
      await store.accept(delivery({ deliveryId, body: LARGE_BODY, event: { starts: [] } }));
      acknowledged.push(deliveryId);
    } catch (error) {
      assert.ok(error instanceof StoreUnavailableError, String(error));
      return acknowledged;
    }
  }
  throw new Error('The store never was full');
}

/** The store waits a little before it opens the database again. */
async function acceptedSoon(store: SqliteStore, deliveryId: string): Promise<void> {
  await availableSoon(() => store.accept(delivery({ deliveryId })));
}

function availableSoon(call: () => Promise<unknown>): Promise<boolean> {
  return eventually('the store is available', () =>
    call().then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof StoreUnavailableError, String(error));
        return false;
      },
    ),
  );
}

describe('a full SQLite store', () => {
  it('refuses deliveries, keeps the acknowledged ones and takes new ones after pruning', async () => {
    opened = await openStoreFolder({ sizeBytesMax: 2 * MEBIBYTE });
    const { store } = opened;
    const acknowledged = await fill(store);
    assert.ok(acknowledged.length > 5);
    await availableSoon(() => store.prune(NOW + 1, NOW + 1));
    await acceptedSoon(store, 'after');
    assert.equal((await store.stats()).deliveries, 1);
  });

  it('has everything acknowledged, and room, when opened with a higher limit', async () => {
    opened = await openStoreFolder({ sizeBytesMax: 2 * MEBIBYTE });
    const acknowledged = await fill(opened.store);
    await opened.store.close();
    opened.store = await openSqliteStore({ file: opened.file, sizeBytesMax: 4 * MEBIBYTE });
    const found = await Promise.all(acknowledged.map((id) => opened.store.hasEvent(`shop~${id}`)));
    assert.ok(found.every(Boolean));
    await acceptedSoon(opened.store, 'after');
  });
});

describe('a SQLite store', () => {
  it('refuses deliveries while another program locks its file, and takes them afterwards', async () => {
    opened = await openStoreFolder();
    const other = new Database(opened.file);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(opened.store.accept(delivery()), StoreUnavailableError);
    await assert.rejects(opened.store.accept(delivery()), StoreUnavailableError);
    other.exec('ROLLBACK');
    other.close();
    await acceptedSoon(opened.store, 'd-1');
    assert.equal(await opened.store.hasEvent('shop~d-1'), true);
  });

  it('answers lists while nothing can be committed, from a connection of their own', async () => {
    opened = await openStoreFolder();
    await opened.store.accept(delivery());
    const other = new Database(opened.file);
    other.exec('BEGIN IMMEDIATE');
    const refused = assert.rejects(opened.store.accept(delivery({ deliveryId: 'd-2' })), StoreUnavailableError);
    const [listed] = await opened.store.listDeliveries({ limit: 10 });
    assert.equal(listed?.deliveryId, 'd-1');
    await refused;
    other.exec('ROLLBACK');
    other.close();
  });

  it('answers no list after close', async () => {
    opened = await openStoreFolder();
    await opened.store.listDeliveries({ limit: 1 });
    await opened.store.close();
    await assert.rejects(opened.store.listDeliveries({ limit: 1 }), StoreUnavailableError);
  });

  it('lets a request that is at fault fail alone', async () => {
    opened = await openStoreFolder();
    const broken = delivery({ deliveryId: 'broken', method: null as unknown as string });
    const results = await Promise.allSettled([
      opened.store.accept(delivery({ deliveryId: 'a' })),
      opened.store.accept(broken),
      opened.store.accept(delivery({ deliveryId: 'b' })),
    ]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((await opened.store.stats()).deliveries, 2);
  });

  it('parks a start whose stored body is not JSON, and gives the others', async () => {
    opened = await openStoreFolder();
    await opened.store.accept(delivery({ deliveryId: 'broken', body: Buffer.from('{"a":') }));
    await opened.store.accept(delivery({ deliveryId: 'sound' }));
    const claimed = await opened.store.claimStarts(10, 1000, NOW);
    assert.deepEqual(
      claimed.map((start) => start.eventId),
      ['shop~sound'],
    );
    assert.equal((await opened.store.stats()).startsParked, 1);
  });

  it('refuses a file of a newer version and says what to do', async () => {
    opened = await openStoreFolder();
    await opened.store.close();
    const db = new Database(opened.file);
    db.pragma('user_version = 999');
    db.close();
    await assert.rejects(openSqliteStore({ file: opened.file }), /written by a newer hookline \(schema 999/);
  });

  it('refuses a file that is no database', async () => {
    opened = await openStoreFolder();
    await assert.rejects(openSqliteStore({ file: import.meta.filename }), {
      name: 'StoreUnavailableError',
      message: /cannot be opened.*not a database/,
    });
  });

  it('writes a backup that opens with everything in it, and never over a file', async () => {
    opened = await openStoreFolder();
    await opened.store.accept(delivery());
    const copy = join(opened.folder, 'copy.db');
    await opened.store.backup(copy);
    await assert.rejects(opened.store.backup(copy), StoreUnavailableError);
    const restored = await openSqliteStore({ file: copy });
    assert.equal(await restored.hasEvent('shop~d-1'), true);
    await restored.close();
  });

  it('is readable by its user only', async () => {
    opened = await openStoreFolder();
    await opened.store.accept(delivery());
    for (const file of [opened.file, `${opened.file}-wal`]) assert.equal((await stat(file)).mode & 0o077, 0, file);
  });

  it('keeps its write-ahead log bounded', async () => {
    opened = await openStoreFolder();
    // One commit of more than is kept: what is committed in parts may be cut in between, on a slow disk.
    const body = Buffer.from(JSON.stringify('x'.repeat(72 * MEBIBYTE)));
    await opened.store.accept(delivery({ body }));
    const logBytes = async (): Promise<number> => (await stat(`${opened.file}-wal`)).size;
    assert.ok((await logBytes()) > 64 * MEBIBYTE);
    let sent = 0;
    await eventually('the log is cut', async () => {
      await opened.store.accept(delivery({ deliveryId: `small-${(sent += 1)}` }));
      return (await logBytes()) <= 64 * MEBIBYTE;
    });
  });
});
