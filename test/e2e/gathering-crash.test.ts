// Batches and debounces are open while Hookline is killed, and close while Temporal hangs and Hookline is killed again: every event
// that was acknowledged is in exactly one batch, and one run of each debounce has its last event.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { eventually } from '../temporal/support.ts';

const TEAMS = ['red', 'blue', 'green'];
const EVENTS_A_TEAM = 8;
const SIZE = 5;

const FLOWS = `
source: items
auth: none
event_type: body:type
delivery_id: body:id
---
flow: digest
triggers: [{ event: item.changed, source: items }]
batch: { key: event.body.team, size: ${SIZE}, period: 8s }
steps:
  - uses: http.request
    with:
      method: POST
      url: "\${{ config.OUTSIDE_URL }}/digest"
      body: { ids: "\${{ event.body.events.map(each => each.body.id) }}" }
---
flow: latest
triggers: [{ event: item.changed, source: items }]
debounce: { key: event.body.team, period: 8s, max: 1h }
steps:
  - uses: http.request
    with: { method: POST, url: "\${{ config.OUTSIDE_URL }}/latest", body: { id: "\${{ event.body.id }}" } }
`;

let folder: string;
let lab: CrashLab;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-gathering-'));
  await writeFile(join(folder, 'flows.yaml'), FLOWS);
  lab = await openCrashLab(folder);
  lab.outside.on('POST /digest', {});
  lab.outside.on('POST /latest', {});
});
after(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

const url = (path: string): string => `http://127.0.0.1:${lab.env['HOOKLINE_PORT']}${path}`;

/** Sends an event until it is acknowledged, as a sender does. */
async function send(team: string, number: number): Promise<void> {
  const body = JSON.stringify({ id: `${team}-${number}`, type: 'item.changed', team });
  await eventually(`${team}-${number} is acknowledged`, async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url('/hooks/items'), { method: 'POST', headers, body }).catch(() => undefined);
    return answer?.status === 202;
  });
}

async function sendAll(from: number, upTo: number): Promise<void> {
  for (let number = from; number < upTo; number += 1) await Promise.all(TEAMS.map((team) => send(team, number)));
}

interface Row {
  events: { id: string; starts: { flow: string; status: string; run: string; waits: { for: string } | null }[] }[];
}

/** Where each flow has the event. */
async function whereIs(team: string, number: number): Promise<Row['events'][number]['starts']> {
  const answer = await fetch(url(`/api/deliveries/items~${team}-${number}`));
  const { deliveries } = (await answer.json()) as { deliveries: Row[] };
  return deliveries[0]!.events[0]!.starts.toSorted((one, other) => one.flow.localeCompare(other.flow));
}

/** What reached the outside: a call that was made again carries the same key. */
function calls<T>(path: string): T[] {
  return [...new Map(lab.outside.callsTo(path).map(({ key, body }) => [key, body as T])).values()];
}

test('what is gathered survives every death, and closes without Temporal', { timeout: 180_000 }, async () => {
  await lab.start();
  await sendAll(0, 3);
  assert.deepEqual(
    (await whereIs('red', 1)).map(({ flow, status, waits }) => [flow, status, waits?.for]),
    [
      ['digest', 'waiting', 'batch'],
      ['latest', 'waiting', 'debounce'],
    ],
  );
  await lab.kill();

  await lab.start();
  const server = lab.temporalPid();
  process.kill(server, 'SIGSTOP');
  // Some of these are repeats: the sender does not know what was stored before the death.
  await sendAll(1, EVENTS_A_TEAM);
  for (const team of TEAMS) {
    await eventually(`the lists of ${team} are closed`, async () => {
      const starts = [await whereIs(team, 0), await whereIs(team, EVENTS_A_TEAM - 1)].flat();
      return starts.every(({ waits }) => waits === null);
    });
  }
  assert.deepEqual(lab.outside.calls, []);
  await lab.kill();
  process.kill(server, 'SIGCONT');

  await lab.start();
  const sent = TEAMS.flatMap((team) => Array.from({ length: EVENTS_A_TEAM }, (_, number) => `${team}-${number}`));
  await eventually(
    'every event is in a batch',
    async () => calls<{ ids: string[] }>('POST /digest').flatMap(({ ids }) => ids).length >= sent.length,
  );
  const batches = calls<{ ids: string[] }>('POST /digest').map(({ ids }) => ids);
  assert.deepEqual(batches.flat().toSorted(), sent.toSorted());
  for (const ids of batches) {
    assert.ok(ids.length <= SIZE, ids.join());
    assert.deepEqual(new Set(ids.map((id) => id.split('-')[0])).size, 1);
    assert.deepEqual(ids, ids.toSorted(), 'in the order in which they came');
  }

  const lasts = TEAMS.map((team) => `${team}-${EVENTS_A_TEAM - 1}`);
  await eventually('the last ones ran', async () =>
    lasts.every((id) => calls<{ id: string }>('POST /latest').some((body) => body.id === id)),
  );
  for (const id of sent) {
    const [team, number] = id.split('-') as [string, string];
    const [digest, latest] = await whereIs(team, Number(number));
    assert.equal(digest!.status, 'gathered');
    assert.match(digest!.run, /^digest\/batch~digest-[0-9a-f]{32}$/);
    const ran = calls<{ id: string }>('POST /latest').some((body) => body.id === id);
    assert.equal(latest!.status, ran ? 'started' : 'gathered', id);
    // Its own, or that of an event of the team that came later.
    const [, runTeam, runNumber] = /^latest\/items~(\w+)-(\d+)$/.exec(latest!.run)!;
    assert.ok(runTeam === team && (ran ? runNumber === number : Number(runNumber) > Number(number)), latest!.run);
  }
});
