// One Hookline process: wires store, flows, receiver, engine and dispatcher together, and takes them apart again in order.
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Registry as MetricsRegistry } from 'prom-client';
import type { Logger } from 'pino';
import { createActivities } from '../activities/run-connector.ts';
import type { JsonObject } from '../workflows/definition.ts';
import { createAdmittingSweep } from './admitting.ts';
import { createRunAnswer } from './answering.ts';
import { approvalKey } from './approvals/key.ts';
import type { Settings } from './config.ts';
import { startEngine, type Engine } from './engine.ts';
import type { Catalog } from './flow/catalog.ts';
import { createRegistry, type Registry } from './flow/registry.ts';
import { endMatters } from './flow/run-ends.ts';
import { health } from './health.ts';
import { createCommitEvent } from './inbox/commit-event.ts';
import { createDispatcher, type Dispatcher } from './inbox/dispatch.ts';
import { createGatheringTimer } from './inbox/gathering-timer.ts';
import { lockDataDir } from './inbox/lock.ts';
import { createRejectionLog } from './inbox/rejections.ts';
import { startRetention } from './inbox/retention.ts';
import { createStartTurns } from './inbox/start-turns.ts';
import { openSqliteStore, SQLITE_FILE } from './inbox/sqlite.ts';
import type { ClaimedStart } from './inbox/store.ts';
import { createOwnActivities } from './own-activities.ts';
import type { SecretLookup } from './secrets.ts';
import { releaseStartMemory } from './start-memory.ts';
import { stopInOrder } from './stop-order.ts';
import { runLink } from './temporal/links.ts';
import { createRunSeemsOver } from './temporal/run-over.ts';
import { keepSchedules, type Schedules, type UpcomingTime } from './temporal/schedules.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { recover } from './recovery.ts';
import { createReceiver } from './server/app.ts';
import { listen, urlOf } from './server/listening.ts';
import { resultKey } from './server/result-key.ts';
import { createWaiting } from './waiting.ts';

/** What a process does: everything, only receiving (with the inbox and dispatch), or only running. */
export type Role = 'all' | 'receiver' | 'worker';

export interface HooklineOptions {
  settings: Settings;
  role: Role;
  logger: Logger;
  secrets: SecretLookup;
  /** Values for `config.NAME`; undefined when not set. */
  config(name: string): string | undefined;
  /** Reload flows when their files change. */
  watch: boolean;
  /** Wraps the receiver's server, e.g. to add the dev sink. */
  decorateServer?(server: Server): void;
  /** Lines for a person who waits while the Temporal server is fetched or built. */
  progress(line: string): void;
}

export interface Hookline {
  /** The receiver's URL, without a trailing slash; empty in a process that only runs. */
  url: string;
  temporalAddress: string;
  temporalUiUrl?: string;
  catalog(): Catalog;
  client(): Client | undefined;
  /** When the schedules of the loaded flows fire next, once Temporal has them all. */
  upcoming(): Promise<UpcomingTime[]>;
  /** Runs can be started here. */
  ready: Promise<void>;
  /** Stops receiver, dispatcher, worker, connection, server and store, in that order. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a process of the given role. Rejects with a clear error when a port, the data dir or a setting is unusable. */
export async function startHookline(options: HooklineOptions): Promise<Hookline> {
  return options.role === 'worker' ? startWorkerOnly(options) : startReceiving(options);
}

async function startReceiving(options: HooklineOptions): Promise<Hookline> {
  const { settings, logger } = options;
  const lock = await lockDataDir(settings.dataDir);
  const undo: (() => Promise<unknown>)[] = [() => lock.release()];
  try {
    const file = join(settings.dataDir, SQLITE_FILE);
    const store = await openSqliteStore({
      file,
      logger,
      onWakes: () => waiting.wake(),
      onGathered: (news) => gatherings.gathered(news),
      onStarts({ dueAt, toDo }) {
        if (dueAt !== null) late.dispatcher?.wakeAt(dueAt);
        if (toDo) admitting.look();
      },
    });
    undo.push(() => store.close());
    const rejections = createRejectionLog({ store, logger });
    // Temporal is there later than the receiver.
    const late: { engine?: Engine; dispatcher?: Dispatcher; schedules?: Schedules } = {};
    const flows = await openFlows(options, () => {
      late.schedules?.changed();
      void waiting.declare();
    });
    undo.push(async () => flows.close());
    const client = (): Client | undefined => late.engine?.client();
    const { deliveryDays } = settings;
    const accepted = (starts: ClaimedStart[]): void => late.dispatcher?.offer(starts);
    const commitEvent = createCommitEvent({ store, clock: Date.now, accepted });
    const waiting = createWaiting({ store, client, catalog: flows.current, commitEvent, logger, deliveryDays });
    undo.push(() => waiting.stop());
    await waiting.declare();
    const onStarts = (): void => late.dispatcher?.wake();
    const gatherings = createGatheringTimer({ store, logger, onStarts, shared: options.role === 'receiver' });
    undo.push(() => gatherings.stop());
    gatherings.start(); // Also while Temporal is away.

    const admitting = createAdmittingSweep({ store, client, commitEvent, logger });
    undo.push(() => admitting.stop());
    const turns = createStartTurns();
    const worker = options.role === 'all';
    const metrics = new MetricsRegistry();
    const signingKey = await approvalKey(store);
    const receiver = createReceiver({
      catalog: flows.current,
      store,
      secrets: options.secrets,
      clock: Date.now,
      monotonic: () => performance.now(),
      trustedProxies: settings.trustedProxies,
      replayWindows: settings.replayWindows,
      logger,
      bodyBytesMax: settings.bodyBytesMax,
      publicUrl: () => settings.publicUrl ?? url,
      answer: createRunAnswer(store, () => late.engine, turns, admitting.check),
      health: () =>
        health({ worker, engine: () => late.engine, store, dispatcher: () => late.dispatcher, catalog: flows.current }),
      metrics,
      resultKey: await resultKey(store),
      approvalKey: signingKey,
      runIsOver: createRunSeemsOver(client),
      apiToken: settings.apiToken,
      accepted,
      rejected: rejections.add,
      droppedRejections: rejections.dropped,
      runLink: (run) =>
        late.engine?.uiUrl === undefined ? undefined : runLink(late.engine.uiUrl, settings.temporalNamespace, run),
    });
    registerProcessMetrics(metrics, { store, engine: () => late.engine, dispatcher: () => late.dispatcher });
    const server = receiver.createServer();
    options.decorateServer?.(server);
    await listen(server, settings.port, settings.host ?? '127.0.0.1');
    undo.push(() => receiver.close(server));
    const url = urlOf(server, settings.host ?? '127.0.0.1');

    const running = await startEngine({
      settings,
      logger,
      store,
      worker,
      activities: {
        ...activitiesOf(options, flows.current),
        ...createOwnActivities({ store, catalog: flows.current, engine: () => late.engine, accepted }),
      },
      config: (names) => configValues(options, names),
      endMatters: (start) => endMatters(flows.current(), start),
      approvals: { serverKey: signingKey, url: (settings.publicUrl ?? url).replace(/\/+$/, '') },
      onSettled: (workflowId, reason) => late.dispatcher?.runSettled(workflowId, reason),
      progress: options.progress,
    });
    late.engine = running;
    const dispatching = createDispatcher({
      store,
      startRun: turns.toldBy(running.startRun),
      alreadyStarted: admitting.check,
      logger,
      openRunsMax: settings.openRunsMax,
      runsHere: worker,
      freeSlots: worker ? running.freeSlots : undefined,
    });
    late.dispatcher = dispatching;
    const retention = startRetention({
      store,
      logger,
      deliveryDays: settings.deliveryDays,
      bodyDays: settings.bodyDays,
    });
    const schedules = keepSchedules({ client: running.client, catalog: flows.current, settings, logger });
    const ready = running.ready.then(async () => {
      late.schedules = schedules;
      schedules.changed();
      if (await recover(store, lock, logger)) lock.recovered();
      releaseStartMemory();
      if (!settings.dispatch) return;
      dispatching.start();
      waiting.start();
      admitting.start();
    });
    ready.catch(() => undefined); // Stopped before Temporal ever was there.

    return {
      url,
      temporalAddress: running.address,
      temporalUiUrl: running.uiUrl,
      catalog: flows.current,
      client: () => running.client(),
      upcoming: () => schedules.settled().then(() => schedules.upcoming()),
      ready,
      stop: stopInOrder(logger, [
        ['receiver', () => receiver.close(server)],
        ['schedules', () => schedules.stop()],
        ['rejections', () => rejections.stop()],
        ['dispatcher', () => dispatching.stop()],
        ['waiting', () => waiting.stop()],
        ['admitting', () => admitting.stop()],
        ['gatherings', () => gatherings.stop()],
        ...running.stopSteps,
        ['retention', () => retention.stop()],
        ['flows', () => flows.close()],
        ['store', () => store.close()],
        ['lock', () => lock.release()],
      ]),
    };
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw error;
  }
}

/** A process that only runs: no receiver, no inbox of its own; it opens the store for large payloads only. */
async function startWorkerOnly(options: HooklineOptions): Promise<Hookline> {
  const { settings, logger } = options;
  if (settings.temporalAddress === undefined) {
    throw new Error(
      'A process that only runs needs TEMPORAL_ADDRESS (the address of the server that the receiver uses)',
    );
  }
  const store = await openSqliteStore({ file: join(settings.dataDir, SQLITE_FILE), logger });
  const flows = await openFlows(options);
  const late: { engine?: Engine } = {};
  const engine = await startEngine({
    settings,
    logger,
    store,
    worker: true,
    // What they put into the inbox is found there by the dispatcher of the receiver.
    activities: {
      ...activitiesOf(options, flows.current),
      ...createOwnActivities({ store, catalog: flows.current, engine: () => late.engine }),
    },
    config: (names) => configValues(options, names),
    onSettled: () => undefined,
    progress: options.progress,
  });
  late.engine = engine;
  return {
    url: '',
    temporalAddress: engine.address,
    catalog: flows.current,
    client: () => engine.client(),
    upcoming: async () => [],
    ready: engine.ready,
    stop: stopInOrder(logger, [...engine.stopSteps, ['flows', () => flows.close()], ['store', () => store.close()]]),
  };
}

function openFlows(
  { settings, role, watch, logger, secrets }: HooklineOptions,
  onChange?: () => void,
): Promise<Registry> {
  return createRegistry({
    path: settings.flows,
    watch,
    logger,
    onChange,
    hasSecret: (name) => secrets(name) !== undefined,
    // A process that only runs receives nothing, so it needs no proxy to trust.
    hasTrustedProxies: role === 'worker' ? undefined : settings.trustedProxies.length > 0,
  });
}

function activitiesOf(options: HooklineOptions, catalog: () => Catalog): ReturnType<typeof createActivities> {
  return createActivities({
    secrets: options.secrets,
    connection: (name) => catalog().connections.get(name),
    config: options.config,
    allowPrivateNetwork: options.settings.allowPrivateNetwork,
    logger: options.logger,
  });
}

function configValues(options: HooklineOptions, names: string[]): JsonObject {
  const values: JsonObject = {};
  for (const name of names) {
    const value = options.config(name);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
