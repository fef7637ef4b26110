// What the model of waits stands on: the store's own operations on a real file, without threads, and turns: whoever asks the store waits
// for one, and a seed decides who is next. So every order that a real process may come to can be had, and had again.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as settled } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { DeliveryRow } from '../../src/inbox/sqlite/accept.ts';
import { createCounterFlush, createMemory, openConnection } from '../../src/inbox/sqlite/connection.ts';
import { createEventScan } from '../../src/inbox/sqlite/event-scan.ts';
import { createOperations, type Operations } from '../../src/inbox/sqlite/operations.ts';
import type { Reader } from '../../src/inbox/sqlite/reader-client.ts';
import type { ThreadClient } from '../../src/inbox/sqlite/thread-client.ts';
import { createWaitStore } from '../../src/inbox/sqlite/wait-store.ts';
import type { WaitStore } from '../../src/inbox/waits.ts';

/** Numbers from 0 to below 1, the same for the same seed: mulberry32 (Tommy Ettinger, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Turns {
  /** Resolves when the seed says so, not before `ready`. */
  turn(ready?: () => boolean): Promise<void>;
  /** Lets everybody have turns until nobody can go on. */
  play(): Promise<void>;
}

interface Waiting {
  ready(): boolean;
  go(): void;
}

export function createTurns(random: () => number): Turns {
  const waiting: Waiting[] = [];
  return {
    turn: (ready = () => true) => new Promise((go) => void waiting.push({ ready, go })),
    async play() {
      for (;;) {
        await settled();
        const able = waiting.filter(({ ready }) => ready());
        if (able.length === 0) return;
        const next = able[Math.floor(random() * able.length)]!;
        waiting.splice(waiting.indexOf(next), 1);
        next.go();
      }
    },
  };
}

export interface WaitsLab {
  store: WaitStore;
  /** Each stores one delivery; all of them in one transaction. */
  accept(rows: DeliveryRow[]): void;
  prune(before: number): void;
  /** The place of an event in the inbox. */
  positionOf(eventId: string): number;
  /** Closes the database and opens it again, as another process would: nothing that was in memory is left. */
  reopen(): void;
}

/** Folder with an empty database that each case begins with a copy of. */
export function makeTemplate(): { folder: string; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-waits-'));
  openConnection({ file: join(folder, 'template.db') }, false).db.close();
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A store whose every question waits for its turn first. */
export function openWaitsLab(folder: string, { turn }: Turns): WaitsLab & { close(): void } {
  const file = join(folder, 'case.db');
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  copyFileSync(join(folder, 'template.db'), file);
  let opened = open();

  function open() {
    const connection = openConnection({ file }, false);
    // Power failures are not what is tried here, and this makes many commits quick.
    connection.db.pragma('synchronous = OFF');
    const readOnly = new Database(file, { readonly: true });
    return {
      connection,
      readOnly,
      scan: createEventScan(readOnly),
      operations: createOperations(connection, createMemory()),
      flush: createCounterFlush(connection),
    };
  }

  function close(): void {
    opened.readOnly.close();
    opened.connection.db.close();
  }

  function together<T>(work: (operations: Operations) => T): T {
    const { connection, operations, flush } = opened;
    return connection.db
      .transaction(() => {
        const value = work(operations);
        flush();
        return value;
      })
      .immediate();
  }

  const client = {
    async call(name: keyof Operations, parameters: unknown[]) {
      await turn();
      return together((operations) => (operations[name] as (...given: unknown[]) => unknown)(...parameters));
    },
  } as unknown as ThreadClient;
  const reader = {
    async call(_name: 'scanEvents', parameters: Parameters<typeof opened.scan>) {
      await turn();
      return opened.scan(...parameters);
    },
  } as unknown as Reader;

  return {
    store: createWaitStore(client, reader),
    accept(rows) {
      together((operations) => {
        for (const row of rows) operations.accept([row], Buffer.alloc(row.bodyBytes));
      });
    },
    prune(before) {
      const first = { receivedAt: Number.MIN_SAFE_INTEGER, id: 0 };
      together((operations) => {
        for (const hasBody of [0, 1] as const) operations.pruneDeliveries(hasBody, before, first);
        operations.pruneBodies(before, first);
      });
    },
    positionOf: (eventId) =>
      opened.readOnly.prepare<[string], number>('SELECT id FROM events WHERE event_id = ?').pluck().get(eventId) ?? 0,
    reopen() {
      close();
      opened = open();
    },
    close,
  };
}
