// The data folder itself, where no Hookline answers: its store, under the folder's lock.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import { DataDirLockedError, lockDataDir, type DataDirLock } from '../inbox/lock.ts';
import { openSqliteStore, SQLITE_FILE } from '../inbox/sqlite.ts';
import type { Store } from '../inbox/store.ts';
import { CommandError } from './command.ts';

/**
 * Opens the store of the data folder for `use`; `told` is called with a line for people that says so.
 * @throws CommandError when the folder holds no inbox, or a Hookline uses it.
 */
export async function withDataFolder<T>(
  settings: Settings,
  base: string,
  told: (line: string) => void,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const { dataDir } = settings;
  const file = join(dataDir, SQLITE_FILE);
  if (!existsSync(file)) {
    throw new CommandError(
      `No Hookline answers at ${base}, and the data folder ${dataDir} holds no inbox. ` +
        'Start one with `npx hookline dev`, say where it is with --url, or set HOOKLINE_DATA_DIR.',
    );
  }
  const lock = await takeLock(dataDir, base);
  try {
    const store = await openSqliteStore({ file });
    told(`No Hookline answers at ${base}; this is what the data folder ${dataDir} holds.`);
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  } finally {
    await lock.release();
  }
}

async function takeLock(dataDir: string, base: string): Promise<DataDirLock> {
  try {
    return await lockDataDir(dataDir);
  } catch (error) {
    if (!(error instanceof DataDirLockedError)) throw error;
    throw new CommandError(
      `No Hookline answers at ${base}, but one uses the data folder ${dataDir}: say where it listens with --url (or HOOKLINE_PORT).`,
    );
  }
}
