// Runs on a real server: exactly-once starts, what the UI can search, answers, and recovery when the server is killed.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { within } from '../support/waiting.ts';
import { answerOf, endTestRuns, eventually, fixtureStart, startTestRuns, type TestRuns } from './support.ts';
import { createStartRun } from '../../src/temporal/start-run.ts';

let runs: TestRuns;

before(async () => {
  runs = await startTestRuns();
});
after(() => endTestRuns(runs));

test('a run starts eagerly, carries its event and settings, and says so when it is finished', async () => {
  const started = await runs.startRun(fixtureStart('eager-1', {}));
  assert.deepEqual(started, { state: 'started', workflowId: 'fixture/eager-1', eager: true });
  const handle = runs.temporal.client.workflow.getHandle('fixture/eager-1');
  assert.deepEqual(await within('the run ends', handle.result()), { output: '' });
  const { events } = await handle.fetchHistory();
  const attributes = events![0]!.workflowExecutionStartedEventAttributes!;
  const input = JSON.parse(Buffer.from(attributes.input!.payloads![0]!.data!).toString());
  assert.deepEqual(input.config, { REGION: 'north' });
  assert.deepEqual(input.event, {
    id: 'eager-1',
    type: 'thing.happened',
    source: 'shop',
    time: '2026-01-02T03:04:05.000Z',
    body: {},
    headers: { 'x-test': 'yes' },
    query: {},
  });
  await eventually('the run is reported as finished', () => runs.settled.includes('eager-1 finished'));
});

test('a start that is asked for again is already there, while it runs and after it ended', async () => {
  assert.equal((await runs.startRun(fixtureStart('twice', { wait: true }))).state, 'started');
  assert.deepEqual(await runs.startRun(fixtureStart('twice', { wait: true })), {
    state: 'already',
    workflowId: 'fixture/twice',
  });
  const handle = runs.temporal.client.workflow.getHandle('fixture/twice');
  await eventually('the run is reported as waiting', () => runs.settled.includes('twice waiting'));
  await handle.signal('go');
  await within('the run ends', handle.result());
  assert.deepEqual(await runs.startRun(fixtureStart('twice', { wait: true })), {
    state: 'already',
    workflowId: 'fixture/twice',
  });
});

test('of many simultaneous starts of one event exactly one starts the run', async () => {
  const results = await Promise.all(Array.from({ length: 8 }, () => runs.startRun(fixtureStart('racing', {}))));
  assert.deepEqual(results.map((result) => result.state).sort(), [...Array<string>(7).fill('already'), 'started']);
});

test('runs are found by flow, source and event type', async () => {
  await runs.startRun(fixtureStart('found', {}, { source: 'rare-source', eventType: 'rare.type' }));
  const query = "HooklineFlow = 'fixture' AND HooklineSource = 'rare-source' AND HooklineEventType = 'rare.type'";
  await eventually('the run is listed', async () => (await runs.temporal.client.workflow.count(query)).count === 1);
});

test('the summary names flow and event type, and is cut where Temporal would refuse it', async () => {
  await runs.startRun(fixtureStart('summary', {}, { eventType: `é${'é'.repeat(300)}` }));
  const description = await runs.temporal.client.workflow.getHandle('fixture/summary').describe();
  const summary = await description.staticSummary();
  assert.match(summary!, /^fixture · éé/);
  assert.ok(Buffer.byteLength(summary!) <= 200);
});

test('what Temporal will never take is invalid, without the body in the error', async () => {
  const long = await runs.startRun(fixtureStart('x'.repeat(300), {}));
  assert.equal(long.state, 'invalid');
  const refused = await runs.startRun(
    fixtureStart('bad-type', { secret: 'of the body' }, { eventType: 'x'.repeat(3_000) }),
  );
  assert.equal(refused.state, 'invalid');
  assert.doesNotMatch(JSON.stringify(refused), /of the body/);
  const unknown = createStartRun({ ...runs.startSettings, definition: async () => null });
  assert.equal((await unknown(fixtureStart('no-definition', {}))).state, 'invalid');
});

test('a run too large for Temporal is invalid where nothing keeps large payloads', async () => {
  const { client, close } = await runs.connectPlainly();
  const plainly = createStartRun({ ...runs.startSettings, client, eager: false });
  for (const length of [3_000_000, 6_000_000]) {
    const result = await plainly(fixtureStart(`too-large-${length}`, { padding: 'p'.repeat(length) }));
    assert.equal(result.state, 'invalid', JSON.stringify(result));
  }
  await close();
});

test('the answer of a run without a respond verb is what it returned', async () => {
  await runs.startRun(fixtureStart('answered', { make: 4 }));
  const asked = runs.answer({ eventId: 'answered', flow: 'fixture', respondsEarly: false }, 30_000);
  assert.deepEqual(await asked, answerOf(200, {}, 'xxxx'));
});

test('an early answer comes while the run goes on, is the same when asked again, and after the end', async () => {
  await runs.startRun(fixtureStart('early', { respond: true }));
  const ask = () => runs.answer({ eventId: 'early', flow: 'fixture', respondsEarly: true }, 30_000);
  const expected = answerOf(201, { 'x-event': 'early' }, 'early');
  assert.deepEqual(await Promise.all([ask(), ask()]), [expected, expected]);
  const handle = runs.temporal.client.workflow.getHandle('fixture/early');
  assert.equal((await handle.describe()).status.name, 'RUNNING');
  await handle.signal('go');
  await within('the run ends', handle.result());
  assert.deepEqual(await ask(), expected);
});

test('an answer not known in time is pending, one that cannot come is failed, and no run is unknown', async () => {
  await runs.startRun(fixtureStart('slow', { wait: true }));
  for (const respondsEarly of [false, true]) {
    assert.deepEqual(await runs.answer({ eventId: 'slow', flow: 'fixture', respondsEarly }, 200), { state: 'pending' });
  }
  await runs.temporal.client.workflow.getHandle('fixture/slow').terminate('by the test');
  const failed = await runs.answer({ eventId: 'slow', flow: 'fixture', respondsEarly: false }, 30_000);
  assert.deepEqual(failed, { state: 'failed', error: { code: 'no_response', message: 'the run was terminated' } });
  assert.deepEqual(await runs.answer({ eventId: 'never', flow: 'fixture', respondsEarly: false }, 30_000), {
    state: 'unknown',
  });
});

test('the answer of a run that is only just being started is waited for', async () => {
  const asked = runs.answer({ eventId: 'soon', flow: 'fixture', respondsEarly: true }, 30_000);
  await runs.startRun(fixtureStart('soon', { respond: true }));
  assert.deepEqual(await asked, answerOf(201, { 'x-event': 'soon' }, 'early'));
});

test('a killed server comes back by itself: starts are unavailable meanwhile, runs go on afterwards', async () => {
  await runs.startRun(fixtureStart('survivor', { wait: true }));
  const first = runs.server.pid();
  const exited = new Promise<void>((resolve) => runs.server.onExit(resolve));
  process.kill(first, 'SIGKILL');
  await exited;
  const impatient = createStartRun({ ...runs.startSettings, timeoutMs: 50 });
  assert.equal((await impatient(fixtureStart('meanwhile', {}))).state, 'unavailable');
  const state = await eventually('a run can be started', async () => {
    const { state } = await runs.startRun(fixtureStart('meanwhile', {}));
    return state === 'unavailable' ? null : state;
  });
  assert.match(state, /^(started|already)$/);
  assert.notEqual(runs.server.pid(), first);
  await runs.temporal.client.workflow.getHandle('fixture/survivor').signal('go');
  assert.deepEqual(await within('the run ends', runs.temporal.client.workflow.getHandle('fixture/survivor').result()), {
    output: '',
  });
  assert.deepEqual(
    await within('the run ends', runs.temporal.client.workflow.getHandle('fixture/meanwhile').result()),
    { output: '' },
  );
  assert.equal(runs.worker.polling(), true);
});
