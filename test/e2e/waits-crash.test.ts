// Runs wait for one event each while Temporal hangs and Hookline is killed: every event that was acknowledged wakes its run, once.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { waitForRun } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';

const ORDERS = Array.from({ length: 60 }, (_, index) => `o-${index}`);
const CALL = 'POST /paid';

const FLOWS = `
source: orders
auth: none
event_type: body:type
delivery_id: body:id
---
flow: paid
triggers:
  - event: created
    source: orders
steps:
  - wait_for: paid
    source: orders
    where: { body.order: "\${{ event.body.order }}" }
    timeout: 1h
  - uses: http.request
    with: { method: POST, url: "\${{ config.OUTSIDE_URL }}/paid", body: { order: "\${{ event.body.order }}" } }
`;

let folder: string;
let lab: CrashLab;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-waits-'));
  await writeFile(join(folder, 'flows.yaml'), FLOWS);
  lab = await openCrashLab(folder);
  lab.outside.on(CALL, {});
});
after(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

/** Sends an event until it is acknowledged, as a sender does. */
async function send(type: string, order: string): Promise<void> {
  const body = JSON.stringify({ id: `${type}-${order}`, type, order });
  const headers = { 'content-type': 'application/json' };
  await eventually(`${type} ${order} is acknowledged`, async () => {
    const url = `http://127.0.0.1:${lab.env['HOOKLINE_PORT']}/hooks/orders`;
    const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
    return answer?.status === 202;
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${lab.env['HOOKLINE_PORT']}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

test('nothing acknowledged is lost, nothing happens twice', async () => {
  await lab.start();
  await Promise.all(ORDERS.map((order) => send('created', order)));
  await eventually('all wait', async () => (await metric('hookline_waits{rows="waiters"}')) === ORDERS.length);
  // A run that waits holds no place among those that are open.
  await eventually('none is open', async () => (await metric('hookline_runs_open')) === 0);
  assert.deepEqual(lab.outside.calls, []);

  const server = lab.temporalPid();
  process.kill(server, 'SIGSTOP');
  const first = ORDERS.filter((_, index) => index % 2 === 0);
  await Promise.all(first.map((order) => send('paid', order)));
  assert.equal(await metric('hookline_waits{rows="wakes_pending"}'), first.length);
  await lab.kill();
  process.kill(server, 'SIGCONT');

  await lab.start();
  await Promise.all(ORDERS.map((order) => send('paid', order)));
  const client = await lab.client();
  for (const order of ORDERS) {
    assert.equal((await waitForRun(client, 'paid', `orders~created-${order}`)).state, 'completed');
  }
  const called = lab.outside.callsTo(CALL).map(({ body }) => body.order as string);
  assert.deepEqual(called.toSorted(), ORDERS.toSorted());
  await eventually('nobody waits', async () => (await metric('hookline_waits{rows="waiters"}')) === 0);
  assert.equal(await metric('hookline_waits{rows="wakes_pending"}'), 0);
});
