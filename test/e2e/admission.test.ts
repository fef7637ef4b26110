// `concurrency` and `rate` on the whole of Hookline: who runs, who waits, who is skipped or cancelled, and what senders and callers are told.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { StartView } from '../../src/server/inspect-views.ts';
import { idempotencyKey } from '../../workflows/run-path.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';
import { FLOWS, PER_MS } from './admission-flows.ts';

let folder: string;
let harness: Harness;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-admission-'));
  await writeFile(join(folder, 'flows.yaml'), FLOWS);
  harness = await startHarness({ flows: folder });
  const { problems } = harness.hookline.catalog();
  assert.deepEqual(problems, []);
});
after(async () => {
  await harness.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  harness.reset();
  // A run that waits through several tests calls it.
  harness.outside.on('POST /crm/queued', {});
});

async function send(type: string, id: string, more: object = {}): Promise<void> {
  const { status } = await harness.post('jobs', { type, id, ...more });
  assert.equal(status, 202);
}

/** What the API says of the start of a job; undefined while it does not know the delivery. */
async function startOf(id: string, source = 'jobs'): Promise<StartView | undefined> {
  const answer = await fetch(`${harness.hookline.url}/api/deliveries/${source}~${id}`);
  const { deliveries } = (await answer.json()) as { deliveries?: { events: { starts: StartView[] }[] }[] };
  return deliveries?.[0]?.events[0]?.starts[0];
}

/** `POST /crm/work` answers when the returned function is called. */
function holdWork(): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  harness.outside.on('POST /crm/work', { after: held });
  return release;
}

function ids(route: string): string[] {
  return harness.outside.callsTo(route).map(({ body }) => body.id as string);
}

test('on_limit: skip starts no run while another of the key goes on, and says so', async () => {
  const release = holdWork();
  await send('skip', 's1', { key: 'a' });
  await harness.outside.waitFor('POST /crm/work');
  await send('skip', 's2', { key: 'a' });
  await send('skip', 's3', { key: 'b' });
  await harness.outside.waitFor('POST /crm/work', 2);
  const skipped = await startOf('s2');
  assert.equal(skipped?.status, 'skipped');
  assert.match(skipped.error!, /on_limit: skip/);
  release();
  for (const id of ['s1', 's3']) await harness.waitForRun('skipping', `jobs~${id}`);
  await send('skip', 's4', { key: 'a' });
  assert.equal((await harness.waitForRun('skipping', 'jobs~s4')).state, 'completed');
  assert.equal(await harness.hasRun('skipping', 'jobs~s2'), false);
});

test('on_limit: cancel_running cancels the older run, whose finally runs, before the newest begins', async () => {
  harness.outside.on('POST /crm/work', {});
  harness.outside.on('POST /crm/cleaned', {});
  await send('replace', 'r1', { key: 'a', wait: true });
  await harness.outside.waitFor('POST /crm/work');
  await Promise.all([
    send('replace', 'r2', { key: 'a', wait: false }),
    send('replace', 'other', { key: 'b', wait: false }),
  ]);
  assert.equal((await harness.waitForRun('replacing', 'jobs~r1')).state, 'failed');
  assert.equal((await harness.waitForRun('replacing', 'jobs~r2')).state, 'completed');
  const order = harness.outside.calls
    .map(({ path, body }) => `${path} ${body.id}`)
    .filter((call) => !call.endsWith('other'));
  assert.deepEqual(order, ['/crm/work r1', '/crm/cleaned r1', '/crm/work r2', '/crm/cleaned r2']);
  const handle = harness.client.workflow.getHandle('replacing/jobs~r1');
  assert.equal((await handle.describe()).status.name, 'CANCELLED');
});

test('a start that waits says for what', async () => {
  harness.outside.on('POST /crm/queued', { after: new Promise(() => undefined) });
  await send('queue', 'q1');
  await harness.outside.waitFor('POST /crm/queued');
  await send('queue', 'q2');
  assert.deepEqual((await startOf('q2'))?.waits, { for: 'concurrency', ahead: 1, until: null });
  // It is noticed while the next tests run.
  await harness.client.workflow.getHandle('queueing/jobs~q1').terminate('by an operator');
});

test('rate: never more starts in a time than its limit', async () => {
  const sent = Array.from({ length: 7 }, (_, index) => `rate-${index}`);
  for (const id of sent) await send('rate', id);
  const started: number[] = [];
  for (const id of sent) {
    await harness.waitForRun('rated', `jobs~${id}`);
    const { startTime } = await harness.client.workflow.getHandle(`rated/jobs~${id}`).describe();
    started.push(startTime.getTime());
  }
  started.sort((one, other) => one - other);
  for (const [index, time] of started.slice(2).entries()) {
    assert.ok(time - started[index]! >= PER_MS, `start ${index + 2} came too early: ${started.join(', ')}`);
  }
});

test('respond: result: a sender waits for the turn of its run, and for no longer than it is given', async () => {
  const release = holdWork();
  const first = harness.post('answering', { id: 'a1', key: 'a' });
  await harness.outside.waitFor('POST /crm/work');
  const second = harness.post('answering', { id: 'a2', key: 'a' });
  await eventually('the second waits', async () => (await startOf('a2', 'answering'))?.waits?.ahead === 1);
  release();
  assert.deepEqual([(await first).body, (await second).body], [{ id: 'a1' }, { id: 'a2' }]);
});

test('respond: result: what is not admitted in time is 202 with the URL of its result', async () => {
  const release = holdWork();
  const first = harness.post('answering-soon', { id: 'b1', key: 'b' });
  await harness.outside.waitFor('POST /crm/work');
  const { status, body } = await harness.post('answering-soon', { id: 'b2', key: 'b' });
  assert.equal(status, 202);
  assert.equal((await fetch(body.result)).status, 202);
  release();
  await first;
  await harness.waitForRun('answering-soon', 'answering-soon~b2');
  const late = await fetch(body.result);
  assert.deepEqual([late.status, await late.json()], [200, { id: 'b2' }]);
});

test('respond: result: a skipped run is told at once, to a repeat as well', async () => {
  const release = holdWork();
  const first = harness.post('answering-skipping', { id: 'c1' });
  await harness.outside.waitFor('POST /crm/work');
  for (const _time of [1, 2]) {
    const { status, body } = await harness.post('answering-skipping', { id: 'c2' });
    assert.equal(status, 409);
    assert.equal(body.error.code, 'run_skipped');
  }
  release();
  assert.equal((await first).status, 200);
});

test('a call whose run waits for its turn is taken back with its caller: that run never starts', async () => {
  const release = holdWork();
  const callOf = (id: string): string => idempotencyKey(`calling-in-turn/jobs~${id}`, '0');
  await send('call-in-turn', 't1');
  await harness.outside.waitFor('POST /crm/work');
  await send('call-in-turn', 't2');
  await eventually('the second waits', async () => (await startOf(callOf('t2'), 'call'))?.waits?.ahead === 1);
  await harness.client.workflow.getHandle('calling-in-turn/jobs~t2').cancel();
  assert.equal((await harness.waitForRun('calling-in-turn', 'jobs~t2')).state, 'failed');
  const { status, error } = (await startOf(callOf('t2'), 'call'))!;
  assert.equal(status, 'skipped');
  assert.match(error!, /waits for it no more/);
  release();
  assert.equal((await harness.waitForRun('calling-in-turn', 'jobs~t1')).state, 'completed');
  assert.equal(await harness.hasRun('in-turn', `call~${callOf('t2')}`), false);
});

test('a start that waits is dropped by people: its sender and its caller are told, and the others have their turn', async () => {
  const release = holdWork();
  const first = harness.post('answering', { id: 'd1', key: 'd' });
  await harness.outside.waitFor('POST /crm/work');
  const second = harness.post('answering', { id: 'd2', key: 'd' });
  await eventually('the second waits', async () => (await startOf('d2', 'answering'))?.waits?.ahead === 1);
  const third = harness.post('answering', { id: 'd3', key: 'd' });
  await eventually('the third waits', async () => (await startOf('d3', 'answering'))?.waits?.ahead === 2);
  for (const id of ['u1', 'u2']) await send('call-in-turn', id);
  await harness.outside.waitFor('POST /crm/work', 2);
  const api = `${harness.hookline.url}/api`;
  const running = await fetch(`${api}/deliveries/answering~d1/starts`, { method: 'DELETE' });
  assert.match(await running.text(), /"dropped":false,"why":"its run was started/);
  await fetch(`${api}/deliveries/answering~d2/starts`, { method: 'DELETE' });
  await eventually('the call waits', async () => {
    const answer = await fetch(`${api}/flows/in-turn/starts?status=waiting`);
    return ((await answer.json()) as { count: number }).count === 1;
  });
  const called = await fetch(`${api}/flows/in-turn/starts?status=waiting&reason=a+mistake`, { method: 'DELETE' });
  assert.deepEqual(await called.json(), { dropped: 1, left: 0 });
  release();
  const ends = await Promise.all(['u1', 'u2'].map((id) => harness.waitForRun('calling-in-turn', `jobs~${id}`)));
  assert.deepEqual(ends.map(({ state }) => state).sort(), ['completed', 'failed']);
  assert.match(JSON.stringify(ends), /a mistake/);
  assert.deepEqual([(await first).body, (await third).body], [{ id: 'd1' }, { id: 'd3' }]);
  const dropped = await second;
  assert.deepEqual([dropped.status, dropped.body.error.code], [409, 'run_skipped']);
});

test('a flow that calls one that is skipped does not wait for it; whoever starts one by hand is told', async () => {
  const release = holdWork();
  await send('call', 'k1', { key: 'a' });
  await harness.outside.waitFor('POST /crm/work');
  await send('call', 'k2', { key: 'a' });
  const second = await harness.waitForRun('calling', 'jobs~k2');
  assert.equal(second.state, 'completed');
  const { code, cause } = (second as unknown as { output: { code: string; cause: { code: string } } }).output;
  assert.deepEqual([code, cause.code], ['call_failed', 'not_started']);
  const byHand = await fetch(`${harness.hookline.url}/api/flows/called/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'k3', key: 'a' }),
  });
  assert.equal(byHand.status, 409);
  release();
  assert.equal((await harness.waitForRun('calling', 'jobs~k1')).state, 'completed');
  assert.deepEqual(ids('POST /crm/work'), ['k1']);
});

test('the run of a terminated holder holds its slot no longer', async () => {
  assert.equal((await harness.waitForRun('queueing', 'jobs~q2')).state, 'completed');
  assert.equal((await startOf('q2'))?.waits, null);
});
