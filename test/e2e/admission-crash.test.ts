// Fifty events on three keys while Hookline is killed in the middle: never more runs of a key at once than its flow allows, as the
// service they call sees it, and every event has its run, in the order of arrival where there is one at a time.
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
  flow: index % 2 === 0 ? 'alone' : 'pair',
  key: ['a', 'b', 'c'][index % 3]!,
}));
const SENT_BEFORE_KILL = 40;
const KILLED_AFTER_ENDS = 8;

const flowOf = (name: keyof typeof LIMITS): string => `
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
event_type: body:flow
delivery_id: body:id
---${flowOf('alone')}---${flowOf('pair')}`;

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

/** Sends an event until it is acknowledged, as a sender does. */
async function send(job: (typeof JOBS)[number]): Promise<void> {
  await eventually(`${job.id} is acknowledged`, async () => {
    const url = `http://127.0.0.1:${lab.env['HOOKLINE_PORT']}/hooks/jobs`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(job) }).catch(() => undefined);
    return answer?.status === 202;
  });
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
  const calls = lab.outside.callsTo(`POST /${flow}/begin`).filter(({ body }) => body.key === key);
  return [...new Set(calls.map(({ body }) => body.id as string))];
}

test('concurrency holds over a kill', { timeout: 120_000 }, async () => {
  await lab.start();
  for (const job of JOBS.slice(0, SENT_BEFORE_KILL)) await send(job);
  await lab.outside.waitFor('POST /alone/end', KILLED_AFTER_ENDS);
  await lab.kill();
  await lab.start();
  for (const job of JOBS.slice(SENT_BEFORE_KILL)) await send(job);

  const client = await lab.client();
  for (const { id, flow } of JOBS) {
    assert.equal((await waitForRun(client, flow, `jobs~${id}`)).state, 'completed');
  }
  for (const [flow, limit] of Object.entries(LIMITS)) assert.equal(mostAtOnce(flow), limit, flow);
  for (const key of ['a', 'b', 'c']) {
    const inOrder = JOBS.filter((job) => job.key === key && job.flow === 'alone').map(({ id }) => id);
    assert.deepEqual(begun('alone', key), inOrder);
  }
});
