// What /readyz says: whether runs can start here now, and what is in the way if not.
import type { Engine } from './engine.ts';
import type { Catalog } from './flow/catalog.ts';
import type { Dispatcher } from './inbox/dispatch.ts';
import type { Store } from './inbox/store.ts';

export interface Health {
  ready: boolean;
  body: Record<string, unknown>;
}

export interface HealthParts {
  /** False in a process that only receives. */
  worker: boolean;
  engine(): Engine | undefined;
  store: Store;
  dispatcher(): Dispatcher | undefined;
  catalog(): Catalog;
}

/** Ready means: the store answers, Temporal is connected, and the worker polls (where this process has one). */
export async function health(parts: HealthParts): Promise<Health> {
  const engine = parts.engine();
  const stats = await parts.store.stats().then(
    (value) => value,
    () => undefined,
  );
  const dispatch = parts.dispatcher()?.status();
  const connected = engine?.connected() ?? false;
  const polling = engine?.polling() ?? false;
  const catalog = parts.catalog();
  const ready = stats !== undefined && connected && (polling || !parts.worker);
  return {
    ready,
    body: {
      ready,
      store: stats === undefined ? 'unavailable' : 'open',
      inbox: stats && {
        deliveries: stats.deliveries,
        startsPending: stats.startsPending,
        startsParked: stats.startsParked,
        oldestPendingAt: stats.oldestPendingAt === null ? null : new Date(stats.oldestPendingAt).toISOString(),
      },
      temporal: {
        connected,
        unavailableSince: dispatch?.unavailableSince ? new Date(dispatch.unavailableSince).toISOString() : null,
        lastError: dispatch?.lastError ?? null,
      },
      worker: parts.worker ? { polling } : 'not in this process',
      // Being started or at work; runs that wait for something are not counted, and those of other processes are not known.
      openRuns: parts.worker ? (dispatch?.openRuns ?? 0) : null,
      startsInFlight: dispatch?.startsInFlight ?? 0,
      flows: catalog.flows.size,
      problems: catalog.problems.filter((problem) => problem.severity === 'error').length,
    },
  };
}
