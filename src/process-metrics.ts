// What /metrics says beyond the receiver's own: the inbox, dispatch and Temporal. Names follow Prometheus' conventions.
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Engine } from './engine.ts';
import type { Dispatcher } from './inbox/dispatch.ts';
import type { Store } from './inbox/store.ts';

export interface MetricParts {
  store: Store;
  engine(): Engine | undefined;
  dispatcher(): Dispatcher | undefined;
}

/** Adds the gauges to the registry; each is read when /metrics is asked for. */
export function registerProcessMetrics(registry: Registry, { store, engine, dispatcher }: MetricParts): void {
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => made.set(await read()),
    });
  };
  gauge('hookline_temporal_connected', '1 while Temporal takes starts, else 0', () =>
    engine()?.connected() === true && (dispatcher()?.status().unavailableSince ?? null) === null ? 1 : 0,
  );
  gauge('hookline_worker_polling', '1 while the worker polls, else 0', () => (engine()?.polling() === true ? 1 : 0));
  gauge(
    'hookline_runs_open',
    'Runs being started or started here that neither finished nor wait',
    () => dispatcher()?.status().openRuns ?? 0,
  );
  gauge(
    'hookline_dispatch_window',
    'Runs that dispatch keeps open at most at the moment',
    () => dispatcher()?.status().window ?? 0,
  );

  // One question to the store, with another beside it, answers all of these.
  const inbox = new Gauge({
    name: 'hookline_inbox',
    help: 'Rows in the inbox: deliveries, starts that wait (starts_waiting: for runs of their flow, or for their time), starts that were refused',
    labelNames: ['rows'],
    registers: [registry],
    async collect() {
      const [stats, waiting] = await Promise.all([store.stats(), store.countWaitingStarts()]).catch(() => []);
      if (stats === undefined) return;
      inbox.set({ rows: 'starts_waiting' }, waiting);
      inbox.set({ rows: 'deliveries' }, stats.deliveries);
      inbox.set({ rows: 'starts_pending' }, stats.startsPending);
      inbox.set({ rows: 'starts_parked' }, stats.startsParked);
      oldest.set(stats.oldestPendingAt === null ? 0 : Math.max(0, Date.now() - stats.oldestPendingAt) / 1000);
    },
  });
  const waits = new Gauge({
    name: 'hookline_waits',
    help: 'Runs that wait for events, and events that runs are still to be told of',
    labelNames: ['rows'],
    registers: [registry],
    async collect() {
      const stats = await store.waitStats().catch(() => undefined);
      if (stats === undefined) return;
      waits.set({ rows: 'waiters' }, stats.waiters);
      waits.set({ rows: 'wakes_pending' }, stats.wakesPending);
    },
  });
  const counted = (name: string, help: string, count: () => Promise<number>): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const now = await count().catch(() => undefined);
        if (now !== undefined) made.set(now);
      },
    });
  };
  counted('hookline_approvals_open', 'Approvals that runs asked for and nobody decided yet', store.countOpenApprovals);
  counted(
    'hookline_gatherings_open',
    'Batches and debounces that gather events and start their run later',
    store.countOpenGatherings,
  );
  const oldest = new Gauge({
    name: 'hookline_inbox_oldest_pending_seconds',
    help: 'For how long the oldest start that may begin has waited for it; 0 when none does',
    registers: [registry],
  });
}
