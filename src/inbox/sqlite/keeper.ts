// The thread that keeps the write-ahead log small and makes backups, so that acknowledgements never wait for either.
import Database from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import { WAL_KEPT_BYTES_MAX } from './connection.ts';

/** Messages to this thread: a backup to a new file, or the order to close. */
export type KeeperMessage = { backup: string } | 'close';
/** Answer to a backup: null, or what went wrong. */
export type KeeperReply = { backup: string; error: string | null };

const CHECKPOINT_INTERVAL_MS = 1_000;
/** How long a restart of the log waits for the writer's lock. */
const BUSY_TIMEOUT_MS = 500;
/** Frames (one page each) of the log beyond which it is started anew; that holds the writer for the last frames only. */
const LOG_FRAMES_MAX = WAL_KEPT_BYTES_MAX / 4096;

if (parentPort === null) throw new Error('keeper.ts runs in a worker thread');
const port = parentPort;
const { file } = workerData as { file: string };
const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
db.pragma('synchronous = FULL');
db.pragma('checkpoint_fullfsync = ON');
db.pragma('wal_autocheckpoint = 0');
db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES_MAX}`);

/**
 * PASSIVE copies what it can beside a writer that goes on. Only when the log is long is it also restarted: a second PASSIVE leaves
 * few frames, so that RESTART, which does hold the writer, is short (https://www.sqlite.org/c3ref/wal_checkpoint_v2.html).
 */
function checkpoint(): void {
  try {
    const [passive] = db.pragma('wal_checkpoint(PASSIVE)') as [{ log: number }];
    if (passive.log <= LOG_FRAMES_MAX) return;
    db.pragma('wal_checkpoint(PASSIVE)');
    db.pragma('wal_checkpoint(RESTART)');
  } catch {
    // Disk full or busy: the log stays as it is and the next round tries again. Commits report such failures themselves.
  }
}

function backup(target: string): KeeperReply {
  try {
    db.prepare('VACUUM INTO ?').run(target);
    return { backup: target, error: null };
  } catch (error) {
    return { backup: target, error: (error as Error).message };
  }
}

const timer = setInterval(checkpoint, CHECKPOINT_INTERVAL_MS);
port.on('message', (message: KeeperMessage) => {
  if (message !== 'close') return port.postMessage(backup(message.backup));
  clearInterval(timer);
  db.close();
  port.close();
});
