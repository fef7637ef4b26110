// Opens SQLite stores in temporary folders for tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from '../../src/inbox/sqlite.ts';

export interface StoreFolder {
  folder: string;
  file: string;
  store: SqliteStore;
  reopen(): Promise<SqliteStore>;
  dispose(): Promise<void>;
}

/** An empty store in a folder of its own, deleted by `dispose`. */
export async function openStoreFolder(options: Partial<SqliteStoreOptions> = {}): Promise<StoreFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-store-'));
  const file = join(folder, 'inbox', 'hookline.db');
  const opened: StoreFolder = {
    folder,
    file,
    store: await openSqliteStore({ file, ...options }),
    async reopen() {
      await opened.store.close();
      opened.store = await openSqliteStore({ file, ...options });
      return opened.store;
    },
    async dispose() {
      await opened.store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return opened;
}
