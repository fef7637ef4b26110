// What was acknowledged is in the store, whenever the process is killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { fromProcess, within } from '../support/waiting.ts';
import { openStoreFolder } from './sqlite-folder.ts';

const ROUNDS = 5;
const CHILD = fileURLToPath(new URL('./accepting-child.ts', import.meta.url));

/** Runs a child on the file, kills it at a random moment after its first acknowledgement; returns what it acknowledged. */
async function acknowledgedUntilKilled(file: string, prefix: string): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await fromProcess(child, 'something is acknowledged', once(child.stdout, 'data'));
  await sleep(Math.random() * 300);
  child.kill('SIGKILL');
  await within('the child is gone', once(child, 'close'));
  return output.slice(0, output.lastIndexOf('\n')).split('\n');
}

test('every acknowledged delivery survives kill -9, and the database is sound', async () => {
  const opened = await openStoreFolder();
  const { file } = opened;
  await opened.store.close();
  try {
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      acknowledged.push(...(await acknowledgedUntilKilled(file, `round${round}`)));
    assert.ok(acknowledged.length > ROUNDS, `${acknowledged.length} acknowledged`);

    const store = await opened.reopen();
    const stored = await Promise.all(acknowledged.map((id) => store.hasEvent(`shop~${id}`)));
    assert.deepEqual(
      acknowledged.filter((_, index) => !stored[index]),
      [],
    );
    const { deliveries, startsPending } = await store.stats();
    await store.close();

    const db = new Database(file, { readonly: true });
    const count = (sql: string): unknown => db.prepare(sql).pluck().get();
    assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
    assert.equal(count('SELECT count(*) FROM deliveries'), deliveries);
    assert.equal(count("SELECT count(*) FROM starts WHERE state = 'pending'"), startsPending);
    assert.equal(count('SELECT count(*) FROM deliveries WHERE id NOT IN (SELECT delivery FROM events)'), 0);
    assert.equal(count('SELECT count(*) FROM events WHERE id NOT IN (SELECT event FROM starts)'), 0);
    db.close();
  } finally {
    await opened.dispose();
  }
});
