// The Temporal side of the process: server (when embedded), connection, namespace, worker, and starting runs on them.
// It keeps trying while Temporal is away; the inbox holds deliveries meanwhile.
import type { Logger } from 'pino';
import type { Client } from '@temporalio/client';
import type { JsonObject } from '../workflows/definition.ts';
import type { Settings } from './config.ts';
import type { StartRun } from './inbox/start-run.ts';
import type { ClaimedStart, Store } from './inbox/store.ts';
import type { Answer } from './server/answer.ts';
import type { StopStep } from './stop-order.ts';
import { createAnswer } from './temporal/answer.ts';
import { findServerBinary } from './temporal/binary.ts';
import { connectSettings, connectTemporal, type TemporalConnection } from './temporal/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from './temporal/embedded.ts';
import { createDataConverter } from './temporal/external-storage.ts';
import { prepareNamespace } from './temporal/namespace.ts';
import { installRuntime } from './temporal/runtime.ts';
import { runLink } from './temporal/links.ts';
import { createStartRun } from './temporal/start-run.ts';
import { createRunWorker, type RunWorker } from './temporal/worker.ts';

const CONNECT_RETRY_MS_MIN = 500;
const CONNECT_RETRY_MS_MAX = 10_000;

export interface EngineOptions {
  settings: Settings;
  logger: Logger;
  store: Store;
  /** False in a process that only receives. */
  worker: boolean;
  /** By activity type: connectors and our own. */
  activities: object;
  /** Values for `config.NAME`. */
  config(names: string[]): JsonObject;
  /** Whether the run of a start is to tell of its end. */
  endMatters?(start: ClaimedStart): boolean;
  /** What the links of approvals are made with, in a process that starts runs. */
  approvals?: { serverKey: string; url: string };
  onSettled(workflowId: string, reason: 'finished' | 'waiting'): void;
  /** Lines for a person who waits while the server is fetched or built. */
  progress(line: string): void;
}

export interface Engine {
  address: string;
  namespace: string;
  /** Of the embedded server. */
  uiUrl?: string;
  startRun: StartRun;
  answer: Answer;
  /** The client once connected. */
  client(): Client | undefined;
  connected(): boolean;
  /** True when the worker polls (always false in a process without one). */
  polling(): boolean;
  /** Runs that could start eagerly right now. */
  freeSlots(): number;
  /** Resolves when connected, and polling where there is a worker. */
  ready: Promise<void>;
  /** Stop worker, connection and server, in that order. */
  stopSteps: StopStep[];
}

interface Live {
  temporal: TemporalConnection;
  startRun: StartRun;
  answer: Answer;
  worker?: RunWorker;
}

/**
 * Starts the engine. An embedded server that cannot start is an error; a cluster that is away is not: the engine connects
 * when it is back.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { settings } = options;
  installRuntime(options.logger);
  const server = settings.temporalAddress === undefined ? await embed(options) : undefined;
  const address = settings.temporalAddress ?? server!.address;
  const abort = new AbortController();
  let live: Live | undefined;

  const uiUrl = settings.temporalUiUrl ?? server?.uiUrl;
  const ready = keepTrying(abort.signal, options.logger, address, async () => {
    live = await connect(options, address, server !== undefined, uiUrl);
    superviseWorker(options, abort.signal, live);
  });
  ready.catch(() => undefined); // Only rejects when stopped before it ever connected.

  return {
    address,
    namespace: settings.temporalNamespace,
    uiUrl,
    startRun: async (start) =>
      live?.startRun(start) ?? { state: 'unavailable', error: `not connected to ${address} yet` },
    answer: async (start, withinMs) => live?.answer(start, withinMs) ?? { state: 'pending' },
    client: () => live?.temporal.client,
    connected: () => live !== undefined,
    polling: () => live?.worker?.polling() ?? false,
    freeSlots: () => live?.worker?.freeWorkflowSlots() ?? 0,
    ready,
    stopSteps: [
      ['connecting', () => (abort.abort(), ready.catch(() => undefined))],
      ['worker', () => live?.worker?.stop()],
      ['connection', () => live?.temporal.close()],
      ['server', () => server?.stop()],
    ],
  };
}

async function embed({ settings, logger, progress }: EngineOptions): Promise<EmbeddedServer> {
  const binary = await findServerBinary({ explicitPath: settings.temporalBinary, progress });
  return startEmbeddedServer({
    binary,
    dataDir: settings.dataDir,
    port: settings.temporalPort,
    uiPort: settings.temporalUiPort,
    namespace: settings.temporalNamespace,
    logger,
  });
}

async function connect(
  options: EngineOptions,
  address: string,
  embedded: boolean,
  uiUrl: string | undefined,
): Promise<Live> {
  const { settings, store, logger } = options;
  const dataConverter = createDataConverter(store);
  const temporal = await connectTemporal({
    address,
    ...connectSettings(settings),
    dataConverter,
  });
  try {
    const { searchAttributes } = await prepareNamespace({
      connection: temporal.connection,
      namespace: settings.temporalNamespace,
      embedded,
      logger,
    });
    const runUrl = (run: string): string | undefined =>
      uiUrl === undefined ? undefined : runLink(uiUrl, settings.temporalNamespace, run);
    const startRun = createStartRun({
      client: temporal.client,
      taskQueue: settings.taskQueue,
      definition: (hash) => store.getDefinition(hash),
      config: options.config,
      endMatters: options.endMatters,
      approvals: options.approvals,
      runUrl,
      searchAttributes,
      eager: options.worker,
      logger,
    });
    const worker = options.worker ? await newWorker(options, temporal, dataConverter) : undefined;
    return { temporal, startRun, answer: createAnswer({ client: temporal.client }), worker };
  } catch (error) {
    await temporal.close().catch(() => undefined);
    throw error;
  }
}

function newWorker(
  options: EngineOptions,
  temporal: TemporalConnection,
  dataConverter: ReturnType<typeof createDataConverter>,
): Promise<RunWorker> {
  return createRunWorker({
    connection: temporal.connection,
    namespace: options.settings.temporalNamespace,
    taskQueue: options.settings.taskQueue,
    activities: options.activities,
    dataConverter,
    onSettled: options.onSettled,
  });
}

/** Runs the worker; one that fails for good (the namespace went away, say) is replaced after a pause. */
function superviseWorker(options: EngineOptions, signal: AbortSignal, live: Live): void {
  const { worker } = live;
  if (!worker) return;
  worker.run().catch(async (error: Error) => {
    if (signal.aborted) return;
    options.logger.error({ reason: error.message }, 'the worker failed; a new one is started');
    await keepTrying(signal, options.logger, 'a new worker', async () => {
      live.worker = await newWorker(options, live.temporal, createDataConverter(options.store));
      superviseWorker(options, signal, live);
    }).catch(() => undefined);
  });
}

/** Tries `work` until it succeeds, with growing pauses; says so once when it begins to fail and once when it succeeds. */
async function keepTrying(signal: AbortSignal, logger: Logger, what: string, work: () => Promise<void>): Promise<void> {
  let pauseMs = CONNECT_RETRY_MS_MIN;
  let failed = false;
  for (;;) {
    if (signal.aborted) throw new Error('stopped');
    try {
      await work();
      if (failed) logger.info({ temporal: what }, 'Temporal is back');
      return;
    } catch (error) {
      if (!failed)
        logger.warn(
          { temporal: what, reason: (error as Error).message },
          'Temporal is not available; deliveries wait in the inbox',
        );
      failed = true;
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, CONNECT_RETRY_MS_MAX);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end); // Trying for days must not leave a listener a time.
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
