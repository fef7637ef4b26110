// Places are given and taken back exactly, whenever the process is killed: none is held twice, none is lost, every start is somewhere.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { NEVER_DUE_AT } from '../../src/inbox/slots.ts';
import type { Store } from '../../src/inbox/store.ts';
import { fromProcess, within } from '../support/waiting.ts';
import { PLACES, SLOTS } from './admission-terms.ts';
import { openStoreFolder } from './sqlite-folder.ts';

const ROUNDS = 4;
const CHILD = fileURLToPath(new URL('./admitting-child.ts', import.meta.url));

/** Runs a child on the file and kills it at a random moment. */
async function killed(file: string, prefix: string): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await fromProcess(child, 'something is started', once(child.stdout, 'data'));
  child.stdout.resume();
  await sleep(50 + Math.random() * 300);
  assert.equal(child.exitCode, null, 'it runs until it is killed');
  child.kill('SIGKILL');
  await within('the child is gone', once(child, 'close'));
}

/** What must hold at every moment at which no transaction is open. */
function assertExact(file: string): void {
  const db = new Database(file, { readonly: true });
  const count = (sql: string): unknown => db.prepare(sql).pluck().get();
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  const most = count('SELECT max(held) FROM (SELECT count(*) AS held FROM slots GROUP BY flow, key)') as number | null;
  assert.ok((most ?? 0) <= SLOTS, `${most} slots of one key are held`);
  assert.ok((count('SELECT count(*) FROM rate_slots') as number) <= PLACES);
  const waiting = 'SELECT start FROM slot_queue';
  assert.equal(count(`SELECT count(*) FROM (${waiting} GROUP BY start HAVING count(*) > 1)`), 0);
  // Who waits is never due, and who is never due waits.
  assert.equal(
    count(
      `SELECT count(*) FROM starts WHERE due_at = ${NEVER_DUE_AT} AND state = 'pending' AND id NOT IN (${waiting})`,
    ),
    0,
  );
  assert.equal(
    count(`SELECT count(*) FROM starts WHERE (due_at < ${NEVER_DUE_AT} OR state <> 'pending') AND id IN (${waiting})`),
    0,
  );
  // Whoever may start holds a slot and a place.
  const due = `starts WHERE state = 'pending' AND due_at < ${NEVER_DUE_AT}`;
  assert.equal(count(`SELECT count(*) FROM ${due} AND id NOT IN (SELECT start FROM slots)`), 0);
  assert.equal(
    count(`SELECT count(*) FROM ${due} AND id NOT IN (SELECT start FROM rate_slots WHERE free_at IS NULL)`),
    0,
  );
  // A place that is free is given on at once: nobody waits for a slot while one is to be had.
  const groups = `SELECT flow, key FROM slot_queue WHERE gate = 'concurrency' GROUP BY flow, key`;
  assert.equal(
    count(
      `SELECT count(*) FROM (${groups}) AS waits
       WHERE (SELECT count(*) FROM slots WHERE slots.flow = waits.flow AND slots.key = waits.key) < ${SLOTS}`,
    ),
    0,
  );
  assert.equal(
    count("SELECT count(*) FROM starts WHERE state = 'pending'"),
    count("SELECT value FROM counters WHERE name = 'startsPending'"),
  );
  db.close();
}

/** Starts and ends everything that is left. Returns the events in the order in which they were started. */
async function drain(store: Store, now: number): Promise<string[]> {
  const started: string[] = [];
  for (let time = now; ; time += 1_000) {
    const starts = await store.claimStarts(500, 1, time);
    if (starts.length === 0) return started;
    await store.settleStarts(
      starts.map(({ id }) => ({ id, state: 'started' })),
      time,
    );
    for (const { flow, eventId } of starts) await store.releaseSlots(`${flow}/${eventId}`, time);
    started.push(...starts.map(({ eventId }) => eventId));
  }
}

test('places are exact over kill -9, and all that waits starts once', async () => {
  const opened = await openStoreFolder();
  const { file } = opened;
  await opened.store.close();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await killed(file, `round${round}`);
      assertExact(file);
    }
    const store = await opened.reopen();
    // Runs that were going on at a kill: as the sweep finds out, they are over.
    for (const { workflowId } of await store.holdersToCheck({
      wantedBefore: NEVER_DUE_AT,
      anyBefore: NEVER_DUE_AT,
      limit: 100,
    }))
      await store.settleHolders([{ workflowId, over: true }], Date.now());
    const { startsPending } = await store.stats();
    assert.ok(startsPending > 0, 'something was left to do');
    const started = await drain(store, Date.now() + 1_000);
    assert.equal(started.length, startsPending);
    assert.equal(new Set(started).size, startsPending);
    assert.equal((await store.stats()).startsPending, 0);
    assert.equal(await store.countWaitingStarts(), 0);
    await store.close();
    assertExact(file);
  } finally {
    await opened.dispose();
  }
});
