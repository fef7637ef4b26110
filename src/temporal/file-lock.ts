// A lock between processes, so that two of them never download or build the same file at once.
// It must never outlive its holder: it is an open SQLite transaction, so the kernel frees it when the process dies.
import Database from 'better-sqlite3';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 500;

export interface LockOptions {
  progress(line: string): void;
  signal?: AbortSignal;
}

/** Does `work` while holding the lock `file` (made when missing, and left there). Waits for another holder, telling so once. */
export async function withFileLock<T>(
  file: string,
  { progress, signal }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const database = new Database(file, { timeout: 0 });
  try {
    for (let told = false; !taken(database); told = true) {
      if (!told) progress('another process is getting the Temporal server; waiting for it');
      await pause(POLL_MS, undefined, { signal });
    }
    return await work();
  } finally {
    database.close();
  }
}

function taken(database: Database.Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return false;
    throw error;
  }
}
