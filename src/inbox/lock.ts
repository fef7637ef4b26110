// One process at a time per data folder, and whether the last one stopped cleanly. The kernel frees the lock of a dead process.
import Database from 'better-sqlite3';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Another live process uses the data folder. */
export class DataDirLockedError extends Error {
  override name = 'DataDirLockedError';
}

export interface DataDirLock {
  /** A process before this one ended without `release` (kill -9, power), and nobody dealt with that yet: what it did last may be lost. */
  uncleanStop: boolean;
  /** What may have been lost is being sent again. Until this is called, the next process is told of the unclean stop too. */
  recovered(): void;
  /** Notes the clean stop and frees the folder. Safe to call twice. */
  release(): Promise<void>;
}

const LOCK_FILE = 'lock.db';
/** There while a process runs; holds its process id. Found at start, it tells of an unclean stop. */
const RUNNING_FILE = 'running.pid';

/**
 * Takes the folder, making it when it is not there. The lock is an open `BEGIN EXCLUSIVE` on a database of its own: an advisory
 * lock that dies with its process, unlike a pid file.
 * @throws DataDirLockedError naming the other process and the setting that gives this one another folder.
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const runningFile = join(dir, RUNNING_FILE);
  const db = takeLock(dir, runningFile);
  const uncleanStop = existsSync(runningFile);
  writeDurably(runningFile, `${process.pid}\n`);
  syncFolder(dir);
  let held = true;
  let clean = !uncleanStop;
  return {
    uncleanStop,
    recovered() {
      clean = true;
    },
    async release() {
      if (!held) return;
      held = false;
      if (clean) rmSync(runningFile, { force: true });
      db.close();
    },
  };
}

function takeLock(dir: string, runningFile: string): Database.Database {
  const db = new Database(join(dir, LOCK_FILE), { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (!(error as { code?: string }).code?.startsWith('SQLITE_BUSY')) throw error;
    const pid = readPid(runningFile);
    throw new DataDirLockedError(
      `Another hookline${pid === undefined ? '' : ` (pid ${pid})`} uses the data folder ${dir}: stop it, or set HOOKLINE_DATA_DIR to another folder`,
    );
  }
}

function readPid(file: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(file, 'utf8'))?.[0];
  } catch {
    return undefined; // It has the lock but has not written its id yet.
  }
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a new name in the folder survive a power failure. Windows cannot do that, and need not. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(dir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
