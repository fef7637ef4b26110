// No statement of the store walks through what grows: as SQLite says itself how it would run each.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { createMemory, openConnection } from '../../src/inbox/sqlite/connection.ts';
import { createListOperations } from '../../src/inbox/sqlite/lists.ts';
import { createOperations } from '../../src/inbox/sqlite/operations.ts';
import type { DeliveryStatus } from '../../src/inbox/store.ts';
import { openStoreFolder } from './sqlite-folder.ts';

/** Tables that have a row for every delivery, for every run that waits or counts, for every start that waits, or more. */
const LARGE =
  'deliveries|events|starts|event_keys|gathered|gatherings|wakes|replays|waiters|waiter_keys|slots|slot_queue|rate_slots';
const STATUSES: DeliveryStatus[] = ['waiting', 'gathered', 'failed', 'skipped', 'unmatched', 'filtered', 'parked'];
/** A page of deliveries is read newest first, and ends when it is full. A partial index holds the few rows that somebody still waits for. */
const ALLOWED = [
  /^SCAN deliveries$/,
  /^SCAN starts USING (COVERING )?INDEX starts_(due|parked|skipped)$/,
  /^SCAN gatherings USING (COVERING )?INDEX gatherings_(due|open|definition)$/,
  /^SCAN wakes USING (COVERING )?INDEX wakes_due$/,
  // Counted for /metrics, gone through every ten minutes, or moved when the clock was set back.
  /^SCAN waiters USING (COVERING )?INDEX waiters_(checked|run)$/,
  /^SCAN slot_queue USING COVERING INDEX slot_queue_start$/,
  /^SCAN rate_slots USING INDEX rate_slots_(open|free)$/,
];

/** What all of the store asks of SQLite. */
async function statements(db: Database.Database, ask: () => void): Promise<Set<string>> {
  const asked = new Set<string>();
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    asked.add(sql);
    return prepare(sql);
  }) as typeof db.prepare;
  ask();
  db.prepare = prepare;
  return asked;
}

test('statements find their rows by an index', async () => {
  const { folder, store } = await openStoreFolder();
  await store.close();
  const connection = openConnection({ file: join(folder, 'plans.db') }, false);
  const { db } = connection;
  try {
    const asked = await statements(db, () => {
      createOperations(connection, createMemory());
      const { listDeliveries } = createListOperations(db);
      for (const status of STATUSES) {
        listDeliveries({ status, limit: 1 });
        listDeliveries({ status, source: 'shop', limit: 1 });
      }
    });
    assert.ok(asked.size > 100, `${asked.size} statements were seen`);
    const scans = [...asked].flatMap((sql) =>
      planOf(db, sql)
        .filter((step) => new RegExp(`^SCAN (${LARGE})\\b`).test(step) && !ALLOWED.some((form) => form.test(step)))
        .map((step) => `${step}: ${sql}`),
    );
    assert.deepEqual(scans, []);
  } finally {
    db.close();
    await rm(folder, { recursive: true, force: true });
  }
});

function planOf(db: Database.Database, sql: string): string[] {
  const names = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name!, 1] as const);
  const values = names.length > 0 ? [Object.fromEntries(names)] : Array.from(sql.matchAll(/\?/g), () => 1);
  const rows = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
  return rows.map(({ detail }) => detail);
}
