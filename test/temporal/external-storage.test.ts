// Large payloads on a real server: they leave the history, and every reader sees them whole.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { connectTemporal, type TemporalConnection } from '../../src/temporal/connect.ts';
import { createDataConverter, INLINE_PAYLOAD_BYTES_MAX } from '../../src/temporal/external-storage.ts';
import { createStartRun } from '../../src/temporal/start-run.ts';
import { createRunWorker, type RunWorker } from '../../src/temporal/worker.ts';
import { within } from '../support/waiting.ts';
import {
  fixtureBundle,
  fixtureDefinition,
  fixtureStart,
  logger,
  memoryBlobs,
  startTestServer,
  type TestServer,
} from './support.ts';

const MEBIBYTE = 1024 * 1024;
const TASK_QUEUE = 'large-payloads';
const activities = { make: async (length: number) => 'x'.repeat(length), echo: async (value: string) => value };

const blobs = memoryBlobs();
const dataConverter = createDataConverter(blobs);
let bundle: { code: string };
let host: TestServer;
let temporal: TemporalConnection;
let worker: RunWorker;

before(async () => {
  [host, bundle] = await Promise.all([startTestServer(), fixtureBundle()]);
  temporal = await connectTemporal({ address: host.server.address, namespace: 'default', dataConverter });
  worker = await newWorker();
  void worker.run();
});

after(async () => {
  await worker?.stop();
  await temporal?.close();
  await host?.remove();
});

function newWorker(): Promise<RunWorker> {
  return createRunWorker({
    connection: temporal.connection,
    namespace: 'default',
    taskQueue: TASK_QUEUE,
    activities,
    dataConverter,
    onSettled: () => undefined,
    workflowBundle: bundle,
  });
}

function start(eventId: string, body: object, eager = true): Promise<unknown> {
  const startRun = createStartRun({
    client: temporal.client,
    taskQueue: TASK_QUEUE,
    definition: async () => fixtureDefinition,
    config: () => ({}),
    searchAttributes: false,
    eager,
    logger,
  });
  return startRun(fixtureStart(eventId, body as never));
}

async function outputOf(eventId: string): Promise<string> {
  const result = (await within('the run ends', temporal.client.workflow.getHandle(`fixture/${eventId}`).result())) as {
    output: string;
  };
  return result.output;
}

test('inputs, activity results and the result of a run may be far over what Temporal takes', async () => {
  for (const eager of [true, false]) {
    const padding = 'p'.repeat(5 * MEBIBYTE);
    assert.equal(
      ((await start(`large-${eager}`, { make: 3 * MEBIBYTE, padding }, eager)) as { state: string }).state,
      'started',
    );
    assert.equal((await outputOf(`large-${eager}`)).length, 3 * MEBIBYTE);
  }
});

test('the history holds references only, and replays', async () => {
  await start('replayed', { make: MEBIBYTE, padding: 'p'.repeat(500_000) });
  assert.equal((await outputOf('replayed')).length, MEBIBYTE);
  const history = await temporal.client.workflow.getHandle('fixture/replayed').fetchHistory();
  assert.ok(JSON.stringify(history).length < INLINE_PAYLOAD_BYTES_MAX);
  await Worker.runReplayHistory({ workflowBundle: bundle, dataConverter }, history, 'fixture/replayed');
  const lost = createDataConverter(memoryBlobs());
  await assert.rejects(
    Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: lost }, history, 'fixture/replayed'),
  );
});

test('a run with large payloads goes on with another worker', async () => {
  await start('moved', { make: MEBIBYTE, padding: 'p'.repeat(500_000), wait: true });
  await worker.stop();
  worker = await newWorker();
  void worker.run();
  await temporal.client.workflow.getHandle('fixture/moved').signal('go');
  assert.equal((await outputOf('moved')).length, MEBIBYTE);
});

test('a payload is kept once under the hash of its bytes, and a small one is not kept at all', async () => {
  await start('small', { make: 10 });
  const before = blobs.kept.size;
  assert.equal(await outputOf('small'), 'x'.repeat(10));
  assert.equal(blobs.kept.size, before);
  await start('same-1', { make: 200_000 });
  await outputOf('same-1');
  const once = blobs.kept.size;
  await start('same-2', { make: 200_000 });
  await outputOf('same-2');
  assert.equal(blobs.kept.size, once);
});
