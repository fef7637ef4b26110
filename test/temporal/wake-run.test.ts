// What Temporal says of a run that is to be told of an event: taken, over, or that this one run takes no more.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Client } from '@temporalio/client';
import type { ClaimedWake } from '../../src/inbox/waits.ts';
import { createRunIsOver, createWakeRun } from '../../src/temporal/wake-run.ts';
import { startServer, type TestServer } from '../workflow/server.ts';

const SIGNALS_MAX = 3;

let server: TestServer;

before(async () => {
  server = await startServer({ 'history.maximumSignalsPerExecution': String(SIGNALS_MAX) });
});
after(() => server.stop());

function wakeOf(workflowId: string): ClaimedWake {
  const event = {
    id: 'e',
    type: 'paid',
    source: 'shop',
    time: '2026-01-01T00:00:00Z',
    body: null,
    headers: {},
    query: {},
  };
  const newest = { waiter: 1, wake: 1 };
  return { id: 1, waiter: `${workflowId}/0`, workflowId, attempts: 0, newest, position: 1, event };
}

/** A run that no worker takes up. */
async function started(workflowId: string): Promise<void> {
  await server.client.workflow.start('runFlow', { workflowId, taskQueue: 'nobody', args: [] });
}

it('tells a run, until that one takes no more', async () => {
  const wakeRun = createWakeRun(() => server.client);
  for (const run of ['full', 'other']) await started(run);
  for (let number = 0; number < SIGNALS_MAX; number += 1) {
    assert.deepEqual(await wakeRun(wakeOf('full')), { state: 'sent' });
  }
  const refused = await wakeRun(wakeOf('full'));
  assert.equal(refused.state, 'refused');
  assert.deepEqual(await wakeRun(wakeOf('other')), { state: 'sent' });
});

it('says that a run is over which ended or never was, and asks the one that has the id now', async () => {
  const wakeRun = createWakeRun(() => server.client);
  const isOver = createRunIsOver(() => server.client);
  assert.deepEqual(await wakeRun(wakeOf('never')), { state: 'gone' });
  assert.equal(await isOver('never'), true);
  await started('ended');
  await server.client.workflow.getHandle('ended').terminate();
  assert.deepEqual(await wakeRun(wakeOf('ended')), { state: 'gone' });
  assert.equal(await isOver('ended'), true);
  await started('ended');
  assert.deepEqual(await wakeRun(wakeOf('ended')), { state: 'sent' });
  assert.equal(await isOver('ended'), false);
});

it('does not take the lack of a connection, or of the namespace, for the end of a run', async () => {
  const unconnected = await createWakeRun(() => undefined)(wakeOf('any'));
  assert.equal(unconnected.state, 'unavailable');
  const elsewhere = new Client({ connection: server.client.connection, namespace: 'not-there' });
  const unknown = await createWakeRun(() => elsewhere)(wakeOf('any'));
  assert.equal(unknown.state, 'unavailable', JSON.stringify(unknown));
  await assert.rejects(createRunIsOver(() => elsewhere)('any'));
});
