// Hookline is killed while runs of limited flows go on and others wait, while batches and debounces are open, and while some have closed
// that Temporal, which hangs, knows nothing of. Afterwards, as the service that is called sees it: never more runs of a key at once than
// its flow allows, in the order of arrival where there is one at a time; every event in exactly one batch; one run of each debounce has
// its last event.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { waitForRun } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';

/** Runs at once of a key: of `alone` one, of `pair` two. */
const LIMITS = { alone: 1, pair: 2 };
const JOBS = Array.from({ length: 50 }, (_, index) => ({
  id: `j-${index}`,
  type: index % 2 === 0 ? ('alone' as const) : ('pair' as const),
  key: ['a', 'b', 'c'][index % 3]!,
}));
const SENT_BEFORE_KILL = 40;
const HANGS_AFTER_ENDS = 8;

const TEAMS = ['red', 'blue'];
/** Its events come shortly before the kill, so that they wait over it. */
const LATE_TEAM = 'green';
const EVENTS_A_TEAM = 8;
const SIZE = 5;

const limited = (name: keyof typeof LIMITS): string => `
flow: ${name}
triggers: [{ event: ${name}, source: jobs }]
concurrency: { key: event.body.key, limit: ${LIMITS[name]} }
steps:
  - uses: http.request
    with: { method: POST, url: "\${{ config.OUTSIDE_URL }}/${name}/begin", body: "\${{ event.body }}" }
  - uses: http.request
    with: { method: POST, url: "\${{ config.OUTSIDE_URL }}/${name}/end", body: "\${{ event.body }}" }
`;
const FLOWS = `
source: jobs
auth: none
event_type: body:type
delivery_id: body:id
---${limited('alone')}---${limited('pair')}---
flow: digest
triggers: [{ event: item.changed, source: jobs }]
batch: { key: event.body.key, size: ${SIZE}, period: 2s }
steps:
  - uses: http.request
    with:
      method: POST
      url: "\${{ config.OUTSIDE_URL }}/digest"
      body: { ids: "\${{ event.body.events.map(each => each.body.id) }}" }
---
flow: latest
triggers: [{ event: item.changed, source: jobs }]
debounce: { key: event.body.key, period: 2s, max: 1h }
steps:
  - uses: http.request
    with: { method: POST, url: "\${{ config.OUTSIDE_URL }}/latest", body: { id: "\${{ event.body.id }}" } }
`;

interface Sent {
  id: string;
  type: string;
  key: string;
}

let folder: string;
let lab: CrashLab;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-admission-'));
  await writeFile(join(folder, 'flows.yaml'), FLOWS);
  lab = await openCrashLab(folder);
  lab.outside.on('POST /*', {});
});
after(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

const url = (path: string): string => `http://127.0.0.1:${lab.env['HOOKLINE_PORT']}${path}`;

/** Sends an event until it is acknowledged, as a sender does. */
async function send(event: Sent): Promise<void> {
  await eventually(`${event.id} is acknowledged`, async () => {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(event) };
    const answer = await fetch(url('/hooks/jobs'), request).catch(() => undefined);
    return answer?.status === 202;
  });
}

async function sendInOrder(events: Sent[]): Promise<void> {
  for (const event of events) await send(event);
}

function itemsOf(team: string, from: number, upTo: number): Sent[] {
  return Array.from({ length: upTo - from }, (_, index) => {
    return { id: `${team}-${from + index}`, type: 'item.changed', key: team };
  });
}

interface Row {
  events: { id: string; starts: { flow: string; status: string; run: string; waits: { for: string } | null }[] }[];
}

/** Where each flow has the event. */
async function whereIs(id: string): Promise<Row['events'][number]['starts']> {
  const answer = await fetch(url(`/api/deliveries/jobs~${id}`));
  const { deliveries } = (await answer.json()) as { deliveries: Row[] };
  return deliveries[0]!.events[0]!.starts.toSorted((one, other) => one.flow.localeCompare(other.flow));
}

/** What reached the outside: a call that was made again carries the same key. */
function calls<T>(path: string): T[] {
  return [...new Map(lab.outside.callsTo(path).map(({ key, body }) => [key, body as T])).values()];
}

/** The most runs of one key that the service saw at once. A call that was made again by another worker is the same run. */
function mostAtOnce(flow: string): number {
  const open = new Map<string, Set<string>>();
  let most = 0;
  for (const { path, body } of lab.outside.calls) {
    const [, name, moment] = path.split('/');
    if (name !== flow) continue;
    const runs = open.get(body.key) ?? new Set();
    open.set(body.key, runs);
    if (moment === 'begin') runs.add(body.id);
    else runs.delete(body.id);
    most = Math.max(most, runs.size);
  }
  return most;
}

/** Runs in the order in which they began. */
function begun(flow: string, key: string): string[] {
  const made = lab.outside.callsTo(`POST /${flow}/begin`).filter(({ body }) => body.key === key);
  return [...new Set(made.map(({ body }) => body.id as string))];
}

test('limits, batches and debounces hold over kill -9 while Temporal hangs', async () => {
  await lab.start();
  await Promise.all([
    sendInOrder(JOBS.slice(0, SENT_BEFORE_KILL)),
    ...TEAMS.map((team) => sendInOrder(itemsOf(team, 0, EVENTS_A_TEAM - 1))),
  ]);
  await lab.outside.waitFor('POST /alone/end', HANGS_AFTER_ENDS);
  const server = lab.temporalPid();
  process.kill(server, 'SIGSTOP');
  const closing = TEAMS.map((team) => `${team}-${EVENTS_A_TEAM - 1}`);
  await Promise.all(TEAMS.map((team) => sendInOrder(itemsOf(team, EVENTS_A_TEAM - 1, EVENTS_A_TEAM))));
  for (const id of closing) {
    await eventually(`${id} waits for no other event`, async () =>
      (await whereIs(id)).every(({ waits }) => waits === null),
    );
  }
  await sendInOrder(itemsOf(LATE_TEAM, 0, 3));
  assert.deepEqual(
    (await whereIs(`${LATE_TEAM}-2`)).map(({ flow, status, waits }) => [flow, status, waits?.for]),
    [
      ['digest', 'waiting', 'batch'],
      ['latest', 'waiting', 'debounce'],
    ],
  );
  assert.match(await (await fetch(url('/metrics'))).text(), /^hookline_gatherings_open 2$/m);
  await lab.kill();
  assert.ok(!closing.some((id) => calls<{ id: string }>('POST /latest').some((body) => body.id === id)));
  process.kill(server, 'SIGCONT');

  await lab.start();
  // Some of these are repeats: the sender does not know what was stored before the death.
  await Promise.all([
    sendInOrder(JOBS.slice(SENT_BEFORE_KILL)),
    sendInOrder(itemsOf(LATE_TEAM, 1, EVENTS_A_TEAM)),
    sendInOrder(itemsOf(TEAMS[0]!, 0, 2)),
  ]);
  await assertLimits();
  await assertGathered([...TEAMS, LATE_TEAM]);
});

async function assertLimits(): Promise<void> {
  const client = await lab.client();
  for (const { id, type } of JOBS) {
    assert.equal((await waitForRun(client, type, `jobs~${id}`)).state, 'completed');
  }
  for (const [flow, limit] of Object.entries(LIMITS)) assert.equal(mostAtOnce(flow), limit, flow);
  for (const key of ['a', 'b', 'c']) {
    const inOrder = JOBS.filter((job) => job.key === key && job.type === 'alone').map(({ id }) => id);
    assert.deepEqual(begun('alone', key), inOrder);
  }
}

async function assertGathered(teams: string[]): Promise<void> {
  const sent = teams.flatMap((team) => itemsOf(team, 0, EVENTS_A_TEAM).map(({ id }) => id));
  const batches = (): string[][] => calls<{ ids: string[] }>('POST /digest').map(({ ids }) => ids);
  await eventually('every event is in a batch', async () => batches().flat().length >= sent.length);
  assert.deepEqual(batches().flat().toSorted(), sent.toSorted());
  for (const ids of batches()) {
    assert.ok(ids.length <= SIZE, ids.join());
    assert.equal(new Set(ids.map((id) => id.split('-')[0])).size, 1);
    assert.deepEqual(ids, ids.toSorted(), 'in the order in which they came');
  }
  const ran = (id: string): boolean => calls<{ id: string }>('POST /latest').some((body) => body.id === id);
  await eventually('the last ones ran', async () => teams.every((team) => ran(`${team}-${EVENTS_A_TEAM - 1}`)));
  for (const id of sent) {
    const [team, number] = id.split('-') as [string, string];
    const [digest, latest] = await whereIs(id);
    assert.equal(digest!.status, 'gathered');
    assert.match(digest!.run, /^digest\/batch~digest-[0-9a-f]{32}$/);
    assert.equal(latest!.status, ran(id) ? 'started' : 'gathered', id);
    // Its own, or that of an event of the team that came later.
    const [, runTeam, runNumber] = /^latest\/jobs~(\w+)-(\d+)$/.exec(latest!.run)!;
    assert.ok(runTeam === team && (ran(id) ? runNumber === number : Number(runNumber) > Number(number)), latest!.run);
  }
}
