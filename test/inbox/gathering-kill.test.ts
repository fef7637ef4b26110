// Whenever the process is killed: every acknowledged event is in one gathering of each flow, every closed one has its start, and what a
// run was started with is what the store says afterwards.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { fromProcess, within } from '../support/waiting.ts';
import { openStoreFolder } from './sqlite-folder.ts';

const ROUNDS = 4;
const CHILD = fileURLToPath(new URL('./gathering-child.ts', import.meta.url));

/** Lines that a child printed until it was killed, at a random moment after its first run. */
async function linesUntilKilled(file: string, prefix: string): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const begun = (): boolean => output.includes('\nrun ');
  while (!begun()) await fromProcess(child, 'its first run', once(child.stdout, 'data'));
  await sleep(Math.random() * 300);
  child.kill('SIGKILL');
  await within('the child is gone', once(child, 'close'));
  return output.slice(0, output.lastIndexOf('\n')).split('\n');
}

test('kill -9 loses no gathered event and starts nothing twice', async () => {
  const opened = await openStoreFolder();
  await opened.store.close();
  try {
    const lines: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) lines.push(...(await linesUntilKilled(opened.file, `r${round}`)));
    const told = (kind: string): string[] =>
      lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
    assert.ok(told('run').length >= ROUNDS);

    const store = await opened.reopen();
    while ((await store.closeGatherings(Date.now() + 60_000)).nextDueAt !== null);
    const { startsPending } = await store.stats();
    await store.close();

    const db = new Database(opened.file, { readonly: true });
    const rows = <T>(sql: string): T[] => db.prepare<[], T>(sql).pluck().all();
    const gatheredBy = (kind: string): string[] =>
      rows(`SELECT event_id FROM gathered JOIN gatherings ON gatherings.id = gathering
        JOIN events ON events.id = event WHERE kind = '${kind}' ORDER BY event_id`);
    const stored = rows<string>(
      "SELECT event_id FROM events JOIN deliveries ON deliveries.id = delivery WHERE source = 'shop' ORDER BY event_id",
    );
    assert.deepEqual(gatheredBy('batch'), stored);
    assert.deepEqual(gatheredBy('debounce'), stored);
    const storedIds = new Set(stored);
    assert.deepEqual(
      told('event').filter((id) => !storedIds.has(id)),
      [],
    );

    const inBatches = rows<string>("SELECT CAST(body AS TEXT) FROM deliveries WHERE source = 'batch'").flatMap((body) =>
      (JSON.parse(body) as { events: { id: string }[] }).events.map(({ id }) => id),
    );
    assert.deepEqual(inBatches.toSorted(), stored);
    const lasts = rows<string>(`SELECT event_id FROM gatherings JOIN events ON events.id =
      (SELECT max(event) FROM gathered WHERE gathering = gatherings.id) WHERE kind = 'debounce' ORDER BY event_id`);
    const startsOf = (flow: string): string[] =>
      rows(`SELECT event_id FROM starts JOIN events ON events.id = event WHERE flow = '${flow}' ORDER BY event_id`);
    assert.deepEqual(startsOf('latest'), lasts);
    assert.deepEqual(
      startsOf('digest'),
      rows("SELECT delivery_id FROM deliveries WHERE source = 'batch' ORDER BY delivery_id"),
    );
    assert.deepEqual(rows("SELECT count(*) FROM starts WHERE state = 'pending'"), [startsPending]);

    // What a run began with is on disk: none is of a gathering that was closed anew with other events.
    const known = new Set(['digest', 'latest'].flatMap((flow) => startsOf(flow).map((id) => `${flow}/${id}`)));
    assert.deepEqual(
      told('run').filter((run) => !known.has(run)),
      [],
    );
    db.close();
  } finally {
    await opened.dispose();
  }
});
