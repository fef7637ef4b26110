// The key behind all links of approvals. It never leaves the store and the processes that use it.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SQLITE_FILE } from '../inbox/sqlite.ts';
import type { Store } from '../inbox/store.ts';

const APPROVAL_KEY_SETTING = 'approval-key';
const KEY_BYTES = 32;

/** Made once and kept in the store, so that links outlive restarts and hold in every process. */
export async function approvalKey(store: Pick<Store, 'setIfAbsent'>): Promise<string> {
  return store.setIfAbsent(APPROVAL_KEY_SETTING, randomBytes(KEY_BYTES).toString('hex'));
}

/** The key of a data folder, read beside the process that owns it; undefined when there is none. */
export function approvalKeyIn(dataDir: string): string | undefined {
  const file = join(dataDir, SQLITE_FILE);
  if (!existsSync(file)) return undefined;
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const read = database.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck();
    return read.get(APPROVAL_KEY_SETTING);
  } finally {
    database.close();
  }
}
