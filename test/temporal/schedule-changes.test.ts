// Schedules follow the files, on a real Temporal server: made, changed in place, kept while a file is broken, removed with the flow.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Client } from '@temporalio/client';
import type { Catalog } from '../../src/flow/catalog.ts';
import { loadCatalog } from '../../src/flow/load.ts';
import { connectTemporal, type TemporalConnection } from '../../src/temporal/connect.ts';
import { keepSchedules, type Schedules } from '../../src/temporal/schedules.ts';
import { eventually, logger, startTestServer, type TestServer } from './support.ts';

let server: TestServer;
let temporal: TemporalConnection;
let client: Client;
before(async () => {
  server = await startTestServer();
  temporal = await connectTemporal({ address: server.server.address, namespace: 'default' });
  client = temporal.client;
});
after(async () => {
  await temporal?.close();
  await server?.remove();
});
// Each test begins as after a restart: nothing in memory, everything in Temporal.
let schedules: Schedules;
let catalog: Catalog;
beforeEach(() => {
  catalog = catalogOf({});
  schedules = keeper('hookline');
});

function keeper(taskQueue: string): Schedules {
  return keepSchedules({ client: () => client, catalog: () => catalog, settings: { taskQueue }, logger, retryMs: 50 });
}

/** Flow name → the lines of its triggers; what is no list is the text of a broken file. */
function catalogOf(flows: Record<string, string[] | string>): Catalog {
  const files = Object.entries(flows).map(([name, triggers]) => {
    const lines = Array.isArray(triggers) ? triggers.map((trigger) => `  - schedule: ${trigger}`).join('\n') : '';
    const sound = `flow: ${name}\ntriggers:\n${lines}\nsteps: [{ return: 1 }]\n`;
    return { path: `flows/${name}.yaml`, text: Array.isArray(triggers) ? sound : triggers };
  });
  return loadCatalog(files, { readSchema: () => undefined });
}

async function follow(flows: Record<string, string[] | string>, by = schedules): Promise<void> {
  catalog = catalogOf(flows);
  by.changed();
  await by.settled();
}

/** What it says, or null when there is none. */
function look(id: string) {
  return client.schedule
    .getHandle(id)
    .describe()
    .catch(() => null);
}

/** Temporal's list lags behind; what is to be found there must be there first. */
function listed(...ids: string[]): Promise<boolean> {
  return eventually('the list has them', async () => {
    const found: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) found.push(scheduleId);
    return ids.every((id) => found.includes(id));
  });
}

test('a schedule is changed in place, and stays paused', async () => {
  await follow({ nightly: ['"0 3 * * *"'] });
  await client.schedule.getHandle('hookline/nightly/1').pause('by an operator');
  await follow({ nightly: ['{ cron: "30 4 * * *", catch_up: 1h }'] });
  const changed = await look('hookline/nightly/1');
  assert.deepEqual(changed?.state, { paused: true, note: 'by an operator', remainingActions: undefined });
  assert.equal(changed?.policies.catchupWindow, 3_600_000);
  assert.match(changed!.info.nextActionTimes[0]!.toISOString(), /T04:30:00/);
});

test('one that says the same is left alone, after a restart too', async () => {
  await follow({ same: ['"0 3 * * *"'] });
  const made = await look('hookline/same/1');
  await follow({ same: ['"0 3 * * *"'] }, keeper('hookline'));
  const kept = await look('hookline/same/1');
  assert.deepEqual(kept?.info.createdAt, made?.info.createdAt);
  assert.deepEqual(kept?.info.lastUpdatedAt, made?.info.lastUpdatedAt);
});

test('it goes with its trigger, and with its flow', async () => {
  await follow({ two: ['"0 3 * * *"', '{ every: 5m }'], other: ['"0 3 * * *"'] });
  await follow({ two: ['"0 3 * * *"'], other: ['"0 3 * * *"'] });
  assert.equal(await look('hookline/two/2'), null);
  assert.notEqual(await look('hookline/two/1'), null);
  await follow({ other: ['"0 3 * * *"'] });
  assert.equal(await look('hookline/two/1'), null);
  assert.notEqual(await look('hookline/other/1'), null);
});

test('what was removed while Hookline was down goes at the next start', async () => {
  await follow({ gone: ['"0 3 * * *"'] });
  await listed('hookline/gone/1');
  await follow({}, keeper('hookline'));
  assert.equal(await look('hookline/gone/1'), null);
});

test('nothing goes with a flow that fails to load, in whatever way', async () => {
  await follow({ fragile: ['"0 3 * * *"'] });
  await listed('hookline/fragile/1');
  for (const broken of [
    'flow: fragile\ntriggers: [{ schedule: "0 99 * * *" }]\nsteps: [{ return: 1 }]',
    'flow: "frag',
  ]) {
    await follow({ fragile: broken }, keeper('hookline'));
    assert.notEqual(await look('hookline/fragile/1'), null, broken);
  }
});

test('only schedules of ours are touched', async () => {
  await follow({ mine: ['"0 3 * * *"'] }, keeper('another-queue'));
  const action = { type: 'startWorkflow' as const, workflowType: 'theirs', taskQueue: 'theirs' };
  await client.schedule.create({ scheduleId: 'hookline/theirs/1', spec: { intervals: [{ every: '1h' }] }, action });
  await client.schedule.create({ scheduleId: 'payroll', spec: { intervals: [{ every: '1h' }] }, action });
  await listed('hookline/mine/1', 'hookline/theirs/1', 'payroll');
  await follow({ mine: ['"30 4 * * *"'], theirs: ['"30 4 * * *"'] });
  await follow({});
  assert.match((await look('hookline/mine/1'))!.info.nextActionTimes[0]!.toISOString(), /T03:00:00/);
  assert.equal((await look('hookline/theirs/1'))!.memo, undefined);
  assert.notEqual(await look('payroll'), null);
});

test('while Temporal is away it is tried again, and what is next is told once it is there', async () => {
  let away = true;
  catalog = catalogOf({ patient: ['"0 3 * * *"'] });
  const patient = keepSchedules({
    client: () => (away ? undefined : client),
    catalog: () => catalog,
    settings: { taskQueue: 'hookline' },
    logger,
    retryMs: 20,
  });
  patient.changed();
  await patient.settled();
  assert.deepEqual(await patient.upcoming(), []);
  away = false;
  await eventually('it is made', () => look('hookline/patient/1'));
  const [upcoming] = await patient.upcoming();
  assert.match(upcoming!.next!.toISOString(), /T03:00:00/);
  await patient.stop();
});
