// What the tests of src/temporal share: a real server in a folder of its own, and the fixture workflow's bundle.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino, type Logger } from 'pino';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Json } from '../../workflows/definition.ts';
import type { StartRun } from '../../src/inbox/start-run.ts';
import type { ClaimedStart } from '../../src/inbox/store.ts';
import type { Answer, Answered } from '../../src/server/answer.ts';
import { createAnswer } from '../../src/temporal/answer.ts';
import { findServerBinary, type ServerBinary } from '../../src/temporal/binary.ts';
import { bundleStamp, cachedBundle } from '../../src/temporal/bundle-files.ts';
import { connectTemporal, type TemporalConnection } from '../../src/temporal/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded.ts';
import { createDataConverter, type Blobs } from '../../src/temporal/external-storage.ts';
import { prepareNamespace } from '../../src/temporal/namespace.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { createStartRun, type StartRunSettings } from '../../src/temporal/start-run.ts';
import { createRunWorker, type RunWorker } from '../../src/temporal/worker.ts';
import { freePorts } from '../support/free-port.ts';

export { eventually } from '../support/waiting.ts';

export const logger: Logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

export function serverBinary(): Promise<ServerBinary> {
  return findServerBinary({ progress: (line) => process.stderr.write(`${line}\n`) });
}

export interface TestServer {
  server: EmbeddedServer;
  dataDir: string;
  /** Stops the server and removes its folder. */
  remove(): Promise<void>;
}

/** A server on free ports in a folder of its own. */
export async function startTestServer(): Promise<TestServer> {
  installRuntime(logger);
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-temporal-'));
  const [port, uiPort] = await freePorts(2);
  const server = await startEmbeddedServer({
    binary: await serverBinary(),
    dataDir,
    port: port!,
    uiPort: uiPort!,
    namespace: 'default',
    logger,
  });
  const remove = async (): Promise<void> => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { server, dataDir, remove };
}

/** Kept beside the bundle of production, by what it is made of: bundling costs more than most tests. */
export async function fixtureBundle(): Promise<{ code: string }> {
  const workflowsPath = fileURLToPath(new URL('fixture-workflows/index.ts', import.meta.url));
  const hash = createHash('sha256')
    .update(await readFile(workflowsPath))
    .digest('hex')
    .slice(0, 16);
  const file = cachedBundle(`fixture-${hash}-${bundleStamp()}`);
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return { code: known };
  const bundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.${process.pid}`, bundle.code);
  await rename(`${file}.${process.pid}`, file);
  return bundle;
}

/** Blobs in memory, with what was kept. */
export function memoryBlobs(): Blobs & { kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    putBlob: async (key, bytes) => void kept.set(key, bytes),
    getBlob: async (key) => kept.get(key) ?? null,
  };
}

/** A start of the flow `fixture` for an event with that id and body. */
export function fixtureStart(eventId: string, body: Json, change: Partial<ClaimedStart> = {}): ClaimedStart {
  return {
    id: 1,
    eventId,
    flow: 'fixture',
    definitionHash: 'hash-of-fixture',
    eventType: 'thing.happened',
    source: 'shop',
    receivedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    headers: { 'x-test': 'yes' },
    query: {},
    body,
    attempts: 0,
    ...change,
  };
}

/** The text of the definition that `fixtureStart` names. */
export const fixtureDefinition = JSON.stringify({
  language: 1,
  flow: 'fixture',
  file: 'flows/fixture.yaml',
  vars: {},
  steps: [],
  configNames: ['REGION'],
  respondsEarly: false,
});

export interface TestRuns {
  server: EmbeddedServer;
  temporal: TemporalConnection;
  worker: RunWorker;
  startSettings: StartRunSettings;
  startRun: StartRun;
  answer: Answer;
  /** `EVENT-ID REASON`, in the order in which runs reported it. */
  settled: string[];
  /** Another connection, whose payloads all stay in the history. */
  connectPlainly(): Promise<TemporalConnection>;
  end(): Promise<void>;
}

/** A server, a worker for the fixture workflow, and the means to start its runs. */
export async function startTestRuns(): Promise<TestRuns> {
  const [{ server, remove }, workflowBundle] = await Promise.all([startTestServer(), fixtureBundle()]);
  const address = { address: server.address, namespace: 'default' };
  const dataConverter = createDataConverter(memoryBlobs());
  const temporal = await connectTemporal({ ...address, dataConverter });
  const { connection, client } = temporal;
  const { searchAttributes } = await prepareNamespace({ connection, namespace: 'default', embedded: true, logger });
  const settled: string[] = [];
  const worker = await createRunWorker({
    connection,
    namespace: 'default',
    taskQueue: 'runs',
    activities: { make: async (length: number) => 'x'.repeat(length), echo: async (value: string) => value },
    dataConverter,
    onSettled: (id, reason) => void settled.push(`${id} ${reason}`),
    workflowBundle,
  });
  const running = worker.run();
  running.catch(() => undefined);
  const startSettings: StartRunSettings = {
    client,
    taskQueue: 'runs',
    definition: async () => fixtureDefinition,
    config: (names) => Object.fromEntries(names.map((name) => [name, 'north'])),
    searchAttributes,
    eager: true,
    logger,
  };
  const end = async (): Promise<void> => {
    await worker.stop();
    await temporal.close();
    await remove();
  };
  const connectPlainly = (): Promise<TemporalConnection> => connectTemporal(address);
  return {
    server,
    temporal,
    worker,
    startSettings,
    startRun: createStartRun(startSettings),
    answer: createAnswer({ client }),
    settled,
    connectPlainly,
    end,
  };
}

export async function endTestRuns(runs: TestRuns | undefined): Promise<void> {
  await runs?.end();
}

export function answerOf(status: number, headers: Record<string, string>, body: Json): Answered {
  return { state: 'answered', response: { status, headers, body } };
}
