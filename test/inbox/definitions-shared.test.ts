// Definitions that nobody used for long are there for the next start, whoever prunes: another process, or a thread that knows of none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { createSession } from '../../src/inbox/sqlite/session.ts';
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

test('a definition in use is not pruned by a thread that was started since it was put', async () => {
  const folder = await openStoreFolder();
  await folder.store.putDefinition('hash-1', '{"flow":"welcome"}');
  await folder.store.putDefinition('hash-2', '{"flow":"other"}');
  const later = createSession({ file: folder.file });
  try {
    later.run([{ id: 1, name: 'pruneDefinitions', parameters: [Date.now() + DAY_MS, ['hash-1']], bytes: 0 }]);
    assert.equal(await folder.store.getDefinition('hash-1'), '{"flow":"welcome"}');
    assert.equal(await folder.store.getDefinition('hash-2'), null);
    await folder.store.putDefinition('hash-2', '{"flow":"other"}');
    await folder.store.prune(0, Date.now() + DAY_MS);
    assert.equal(await folder.store.getDefinition('hash-2'), '{"flow":"other"}', 'the store says which are in use');
  } finally {
    later.close();
    await folder.dispose();
  }
});
