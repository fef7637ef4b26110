// One open SQLite connection: its pragmas and what lives as long as it. It must never acknowledge what is not on disk.
import Database from 'better-sqlite3';
import { migrate } from '../migrations.ts';
import type { StartNews } from '../slots.ts';

/** What the thread is started with. */
export interface ConnectionOptions {
  file: string;
  /** The database refuses to grow beyond this: commits fail as with a full disk. */
  sizeBytesMax?: number;
}

/** How long a commit waits for the lock that the keeper's checkpoint may hold. */
const BUSY_TIMEOUT_MS = 2_000;
/** Page cache of the committing connection. */
const CACHE_KIBIBYTES = 32 * 1024;
const PAGE_BYTES = 4096;
/** Checkpoints are the keeper's; this bounds the log if it should ever fall behind (256 MiB). */
const AUTOCHECKPOINT_PAGES_MAX = 65_536;
/** After a checkpoint the log's file is cut to this. */
export const WAL_KEPT_BYTES_MAX = 64 * 1024 * 1024;

export type CounterName = 'deliveries' | 'startsPending' | 'startsParked';

/** A connection, with the changes of counters that its transaction has made so far. */
export interface Connection {
  db: Database.Database;
  changes: Record<CounterName, number>;
  /** What the operation that runs let through, to be told after the commit. */
  news: StartNews;
  /** Row ids of definitions by hash; emptied when a transaction is undone. */
  definitionIds: Map<string, number>;
  /** Takes back, the last first, what the open transaction changed in memory; done when it is undone. */
  undo: (() => void)[];
}

/** What outlives a reopened connection. Leases are memory only: one process at a time uses a data folder, so they die with it. */
export interface Memory {
  /** Start id → Unix ms until which nobody else may claim it. */
  leases: Map<number, number>;
  /** The same of wakes. */
  wakeLeases: Map<number, number>;
  /** This process claims starts: what has no lease here is claimed by nobody. */
  claims: boolean;
  /** The source that was served last; the next claim begins after it. */
  lastSource: string;
}

export function createMemory(): Memory {
  return {
    leases: new Map(),
    wakeLeases: new Map(),
    claims: false,
    lastSource: '',
  };
}

/**
 * Opens and migrates the database.
 * @param afterFailure what the log holds is checkpointed first: after a failed fsync its pages may be in the kernel's cache only, and
 * later commits would be built on what a power failure takes away.
 */
export function openConnection(options: ConnectionOptions, afterFailure: boolean): Connection {
  const db = new Database(options.file, { timeout: BUSY_TIMEOUT_MS });
  try {
    if (options.sizeBytesMax !== undefined) {
      db.pragma(`max_page_count = ${Math.max(1, Math.floor(options.sizeBytesMax / PAGE_BYTES))}`);
    }
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('fullfsync = ON'); // macOS: fsync alone does not reach the platter there. No effect elsewhere.
    db.pragma('checkpoint_fullfsync = ON');
    db.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
    db.pragma('temp_store = MEMORY');
    db.pragma('foreign_keys = OFF'); // Rows are written and deleted in families; checking each costs a lookup a row.
    db.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES_MAX}`);
    db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES_MAX}`);
    if (afterFailure) truncateLog(db);
    migrate(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return { db, changes: noChanges(), news: noNews(), definitionIds: new Map(), undo: [] };
}

function truncateLog(db: Database.Database): void {
  const [checkpoint] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  if (checkpoint.busy !== 0) throw new Error(`${db.name} is locked by another program`);
}

function noChanges(): Record<CounterName, number> {
  return { deliveries: 0, startsPending: 0, startsParked: 0 };
}

function noNews(): StartNews {
  return { dueAt: null, toDo: false };
}

/** What the operation has to tell, which is nothing mostly (null); the next one begins anew. */
export function takeNews(connection: Connection): StartNews | null {
  const { news } = connection;
  if (news.dueAt === null && !news.toDo) return null;
  connection.news = noNews();
  return news;
}

/** Takes a lease until then (Unix ms), or ends it (null). When the transaction is undone, it is as it was. */
export function setLease({ undo }: Connection, leases: Map<number, number>, id: number, until: number | null): void {
  const before = leases.get(id);
  undo.push(() => (before === undefined ? leases.delete(id) : leases.set(id, before)));
  if (until === null) leases.delete(id);
  else leases.set(id, until);
}

/** The transaction was committed: what it changed in memory stays. */
export function keepChanges(connection: Connection): void {
  connection.undo.length = 0;
}

/** Forgets what an undone transaction had noted. */
export function discardChanges(connection: Connection): void {
  connection.changes = noChanges();
  connection.news = noNews();
  connection.definitionIds.clear();
  for (const takeBack of connection.undo.splice(0).reverse()) takeBack();
}

/** Writes the counters that the transaction changed; the last thing before its commit. */
export function createCounterFlush(connection: Connection): () => void {
  const update = connection.db.prepare('UPDATE counters SET value = value + ? WHERE name = ?');
  return () => {
    for (const [name, change] of Object.entries(connection.changes)) {
      if (change !== 0) update.run(change, name);
    }
    connection.changes = noChanges();
  };
}
