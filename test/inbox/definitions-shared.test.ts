// Definitions in an inbox that two processes use: one prunes, the other one starts runs of flows that nobody used for long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import { DAY_MS, delivery } from '../contract/deliveries.ts';
import { openStoreFolder } from './sqlite-folder.ts';

test('a definition that was put for a start is not pruned before the start is there', async () => {
  const folder = await openStoreFolder();
  const worker = await openSqliteStore({ file: folder.file });
  try {
    await worker.putDefinition('hash-1', '{"flow":"welcome"}');
    const db = new Database(folder.file);
    db.exec('UPDATE definitions SET stored_at = 0');
    db.close();
    await worker.putDefinition('hash-1', '{"flow":"welcome"}');
    await folder.store.prune(0, Date.now() - DAY_MS);
    await worker.accept(delivery());
    assert.equal(await folder.store.getDefinition('hash-1'), '{"flow":"welcome"}');
  } finally {
    await worker.close();
    await folder.dispose();
  }
});
