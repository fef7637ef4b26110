// The embedded Store: SQLite in a thread of its own, group commit, fsync before every acknowledgement. One process uses a file at a time.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { Gathered } from './gathering.ts';
import type { StartNews } from './slots.ts';
import { createAcceptQueue } from './sqlite/accept-queue.ts';
import { createKeeper } from './sqlite/keeper-client.ts';
import type { PruneCursor } from './sqlite/prune.ts';
import { createReader } from './sqlite/reader-client.ts';
import type { ClaimedRow } from './sqlite/starts.ts';
import { createSlotStore } from './sqlite/slot-store.ts';
import { startThreadClient } from './sqlite/thread-client.ts';
import { createWaitStore } from './sqlite/wait-store.ts';
import {
  REJECTED_BODY_BYTES_MAX,
  type ClaimedStart,
  type Rejection,
  type StartAdmission,
  type StartOutcome,
  type Store,
} from './store.ts';

/** The name of the database in the data folder. */
export const SQLITE_FILE = 'hookline.db';

export interface SqliteStoreOptions {
  /** Path of the database; its folder is made when it is not there. */
  file: string;
  logger?: Logger;
  /** The database never grows beyond this many bytes: then, as with a full disk, commits fail until pruning made room. */
  sizeBytesMax?: number;
  /** Called after a commit of this process that left wakes for runs that wait. */
  onWakes?(): void;
  /** Called after a commit of this process in which events joined a gathering of `debounce` or `batch`. */
  onGathered?(gathered: Gathered): void;
  /** Called after a commit of this process that let starts through `concurrency` or `rate`, or asks for runs to be cancelled. */
  onStarts?(news: StartNews): void;
}

/** The Store contract and what only this driver has. */
export interface SqliteStore extends Store {
  /** Writes a consistent copy to a file that must not exist yet, while deliveries go on being accepted. */
  backup(file: string): Promise<void>;
}

/**
 * Opens the inbox, making or migrating it as needed. Leases are in memory: the caller holds the data folder's lock (lock.ts).
 * @throws StoreUnavailableError when the file cannot be opened or was written by a newer version.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { file, logger, sizeBytesMax } = options;
  makePrivate(file);
  const client = await startThreadClient({ file, sizeBytesMax }, (error) =>
    logger?.error({ err: error }, "the inbox's thread ended; starting another"),
  );
  const keeper = createKeeper(file, logger);
  const reader = createReader(file);
  const waitingAccepts = new Set<Promise<unknown>>();
  /** Put by this process: its flows may refer to them at any time, also after the thread died that was told. */
  const definitionsInUse = new Set<string>();
  const queueDelivery = createAcceptQueue(client, options);

  function track<T>(promise: Promise<T>): Promise<T> {
    waitingAccepts.add(promise);
    const forget = (): void => void waitingAccepts.delete(promise);
    promise.then(forget, forget);
    return promise;
  }

  function told(news: StartNews | null): void {
    if (news !== null) options.onStarts?.(news);
  }

  async function settleUnreadable(id: number): Promise<void> {
    const outcome: StartOutcome = { id, state: 'parked', error: 'The stored body is not JSON' };
    told(await client.call('settleStarts', [[outcome], Date.now()]));
  }

  async function parked(rows: ClaimedRow[]): Promise<ClaimedStart[]> {
    const starts: ClaimedStart[] = [];
    for (const row of rows) {
      const start = unpacked(row);
      if (start !== null) starts.push(start);
      else await settleUnreadable(row.id);
    }
    return starts;
  }

  return {
    accept: (delivery) => track(queueDelivery(delivery)),
    putDefinition(hash, json) {
      definitionsInUse.add(hash);
      return client.call('putDefinition', [hash, json], json.length);
    },
    getDefinition: (hash) => client.call('getDefinition', [hash]),
    claimStarts: async (limit, leaseMs, now) => parked(await client.call('claimStarts', [limit, leaseMs, now])),
    async claimStart(eventId, flow, leaseMs, now) {
      const row = await client.call('claimStart', [eventId, flow, leaseMs, now]);
      const [start] = row === null ? [] : await parked([row]);
      return start ?? null;
    },
    settleStarts: async (outcomes, now = Date.now()) => told(await client.call('settleStarts', [outcomes, now])),
    reopenStarts: (since) => client.call('reopenStarts', [since, Date.now()]),
    ...createSlotStore(client, reader, told),
    hasEvent: (eventId) => client.call('hasEvent', [eventId]),
    putBlob: (key, bytes) => client.call('putBlob', [key, bytes], bytes.byteLength),
    getBlob: (key) => client.call('getBlob', [key]),
    setIfAbsent: (name, value) => client.call('setIfAbsent', [name, value]),
    get: (name) => client.call('get', [name]),
    set: (name, value) => client.call('set', [name, value]),
    stats: () => client.call('stats', []),
    ...createWaitStore(client, reader),
    countOpenGatherings: () => client.call('countOpenGatherings', []),
    async closeGatherings(now) {
      const { news, ...closings } = await client.call('closeGatherings', [now]);
      told(news);
      return closings;
    },
    async prune(bodiesBefore, deliveriesBefore) {
      for (const hasBody of [0, 1] as const) {
        await inSteps((cursor) => client.call('pruneDeliveries', [hasBody, deliveriesBefore, cursor]));
      }
      await inSteps((cursor) => client.call('pruneBodies', [bodiesBefore, cursor]));
      while (await client.call('pruneGatherings', [deliveriesBefore]));
      await client.call('pruneDefinitions', [deliveriesBefore, [...definitionsInUse]]);
      while (await client.call('pruneRejections', [deliveriesBefore]));
      while (await client.call('pruneApprovals', [deliveriesBefore]));
    },
    listDeliveries: (query) => reader.call('listDeliveries', [query]),
    findDeliveries: (id) => reader.call('findDeliveries', [id]),
    listRejections: (query) => reader.call('listRejections', [query]),
    countRejections: (query) => reader.call('countRejections', [query]),
    recordRejections: (rejections) => client.call('recordRejections', [rejections.map(bounded)]),
    openApproval: (approval) => client.call('openApproval', [approval]),
    getApproval: (id) => reader.call('getApproval', [id]),
    listApprovals: (query) => reader.call('listApprovals', [query]),
    countOpenApprovals: () => client.call('countOpenApprovals', []),
    definitionOfStart: (flow, eventId) => reader.call('definitionOfStart', [flow, eventId]),
    backup: (target) => keeper.backup(target),
    async close() {
      await Promise.allSettled(waitingAccepts);
      await Promise.all([reader.close(), keeper.close()]);
      await client.close();
    },
  };
}

/** Deliveries hold personal data: only this user reads them. SQLite gives its log the mode of the database. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

/** Its own few bytes only: a view on a larger buffer would be sent to the thread with all of it. */
function bounded(rejection: Rejection): Rejection {
  return { ...rejection, bodyStart: new Uint8Array(rejection.bodyStart.subarray(0, REJECTED_BODY_BYTES_MAX)) };
}

/** Other requests come between the steps, so that pruning never holds up an acknowledgement. */
async function inSteps(step: (cursor: PruneCursor) => Promise<PruneCursor | null>): Promise<void> {
  for (let cursor: PruneCursor | null = { receivedAt: Number.MIN_SAFE_INTEGER, id: 0 }; cursor !== null;) {
    cursor = await step(cursor);
  }
}

function unpacked(row: ClaimedRow): ClaimedStart | null {
  try {
    const { respondWithinMs, headers, query, body, admission, ...rest } = row;
    return {
      ...rest,
      ...(admission !== null && { admission: JSON.parse(admission) as StartAdmission }),
      ...(respondWithinMs !== null && { respondWithinMs }),
      headers: JSON.parse(headers),
      query: JSON.parse(query),
      body: JSON.parse(body),
    };
  } catch {
    return null;
  }
}
