// Keeps the schedules in Temporal what the loaded flows say: made, changed in place, removed with the flow. Only the process that
// holds the data dir does so. It touches only schedules of its own task queue, and never pauses or resumes any.
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import type { Logger } from 'pino';
import type { Catalog } from '../flow/catalog.ts';
import { grpcFault } from './grpc-status.ts';
import { SCHEDULE_PREFIX, scheduleOptions, wantedSchedules, type WantedSchedule } from './schedule-spec.ts';

/** One attempt at everything; after a failure it is tried again so much later. */
const RETRY_MS = 5_000;
const RPC_TIMEOUT_MS = 10_000;

export interface SchedulesOptions {
  client(): Client | undefined;
  catalog(): Catalog;
  settings: { taskQueue: string };
  logger: Logger;
  retryMs?: number;
}

/** When a schedule fires next. */
export interface UpcomingTime {
  flow: string;
  /** Undefined when it never does again. */
  next: Date | undefined;
  paused: boolean;
}

export interface Schedules {
  /** The flows have changed: looks at all schedules soon, and until it succeeds. */
  changed(): void;
  /** Resolves when nothing is left to do that can be done now. */
  settled(): Promise<void>;
  /** Asks Temporal when each schedule of the loaded flows fires next. */
  upcoming(): Promise<UpcomingTime[]>;
  stop(): Promise<void>;
}

/** Whose schedule it is; two Hooklines in one namespace have task queues of their own. */
interface Owner {
  hookline: string;
}

/** Makes the keeper; it does nothing before `changed`. */
export function keepSchedules(options: SchedulesOptions): Schedules {
  const { logger, retryMs = RETRY_MS } = options;
  /** What was made or seen here: Temporal's list lags behind. */
  const seen = new Set<string>();
  let queue: Promise<void> = Promise.resolve();
  let waiting = false;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const once = async (): Promise<void> => {
    waiting = false;
    clearTimeout(retry);
    if (stopped) return;
    try {
      const client = options.client();
      if (client === undefined) throw new Error('not connected to Temporal yet');
      await reconcile(client, options, seen);
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'schedules cannot be looked at now; it is tried again');
      if (!stopped) retry = setTimeout(changed, retryMs);
    }
  };
  function changed(): void {
    if (waiting || stopped) return;
    waiting = true;
    queue = queue.then(once);
  }
  return {
    changed,
    settled: () => queue,
    upcoming: async () => {
      const client = options.client();
      if (client === undefined) return [];
      const wanted = [...wantedSchedules(options.catalog()).values()];
      return Promise.all(wanted.map((each) => upcomingOf(client, each)));
    },
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await queue;
    },
  };
}

async function upcomingOf(client: Client, { id, flow }: WantedSchedule): Promise<UpcomingTime> {
  const found = await describe(client, id);
  return { flow, next: found?.info.nextActionTimes[0], paused: found?.state.paused ?? false };
}

async function reconcile(client: Client, options: SchedulesOptions, seen: Set<string>): Promise<void> {
  const catalog = options.catalog();
  const wanted = wantedSchedules(catalog);
  for (const each of wanted.values()) {
    try {
      if (await ensure(client, options, each)) seen.add(each.id);
    } catch (error) {
      // Such as a time zone that the server does not know: the others are none the worse.
      if (grpcFault(error)?.status !== 'INVALID_ARGUMENT') throw error;
      options.logger.error({ schedule: each.id, reason: reasonOf(error) }, 'Temporal refuses the schedule');
    }
  }
  for (const id of await ours(client, options.settings.taskQueue)) seen.add(id);
  for (const id of seen) {
    if (wanted.has(id) || mayBeBroken(catalog, id)) continue;
    await remove(client, id);
    seen.delete(id);
    options.logger.info({ schedule: id }, 'schedule removed');
  }
}

/** A flow that is not loaded is gone only when nothing in the folder is broken: it may be what cannot be read now. */
function mayBeBroken({ flows, problems }: Catalog, id: string): boolean {
  const flow = id.slice(SCHEDULE_PREFIX.length, id.lastIndexOf('/'));
  return !flows.has(flow) && problems.some(({ severity }) => severity === 'error');
}

/** Makes or changes a schedule; false when it is not ours. */
async function ensure(client: Client, options: SchedulesOptions, wanted: WantedSchedule): Promise<boolean> {
  const { logger } = options;
  const { taskQueue } = options.settings;
  const { id, hash } = wanted;
  const made = scheduleOptions(wanted, taskQueue);
  const found = await describe(client, id);
  if (found === undefined) {
    const owner: Owner = { hookline: taskQueue };
    try {
      await inTime(client, () => client.schedule.create({ ...made, scheduleId: id, memo: { ...owner } }));
      logger.info({ schedule: id }, 'schedule made');
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      return false; // Somebody made it at this moment; it is looked at the next time.
    }
    return true;
  }
  if (ownerOf(found) !== taskQueue) {
    logger.error(
      { schedule: id, owner: ownerOf(found) ?? null },
      'a schedule of that id belongs to another Hookline; it is left alone',
    );
    return false;
  }
  if (found.action.memo?.['hash'] === hash) return true;
  await inTime(client, () => client.schedule.getHandle(id).update(({ state }) => ({ ...made, state })));
  logger.info({ schedule: id, paused: found.state.paused }, 'schedule changed');
  return true;
}

async function describe(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  try {
    return await inTime(client, () => client.schedule.getHandle(id).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

async function ours(client: Client, taskQueue: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const summary of client.schedule.list()) {
    if (summary.scheduleId.startsWith(SCHEDULE_PREFIX) && ownerOf(summary) === taskQueue) ids.push(summary.scheduleId);
  }
  return ids;
}

function ownerOf({ memo }: { memo?: Record<string, unknown> }): unknown {
  return memo?.['hookline' satisfies keyof Owner];
}

async function remove(client: Client, id: string): Promise<void> {
  try {
    await inTime(client, () => client.schedule.getHandle(id).delete());
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

function inTime<T>(client: Client, call: () => Promise<T>): Promise<T> {
  return client.connection.withDeadline(Date.now() + RPC_TIMEOUT_MS, call);
}

function reasonOf(error: unknown): string {
  return grpcFault(error)?.details ?? (error as Error).message;
}
