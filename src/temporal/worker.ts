// The worker that follows runs: workflows in their sandbox, connectors as activities, tuned for short runs and quick recovery.
// It must never be stopped by a signal on its own: the process stops it in its place in the order.
import type { DataConverter } from '@temporalio/common';
import { Worker, type InjectedSinks, type NativeConnection } from '@temporalio/worker';
import type { RunSinks } from '../../workflows/run-flow.ts';
import { loadWorkflowBundle } from './bundle.ts';

/** Calls in flight. One slow third party must not take them all; activities/host-slots.ts bounds each host. */
const ACTIVITY_SLOTS = 500;
/** Workflow tasks in flight, the ones that pollers wait for included; the dispatcher keeps far fewer runs open. */
const WORKFLOW_SLOTS = 64;
const WORKFLOW_POLLERS = 8;
const ACTIVITY_POLLERS = 8;
/** Runs kept in memory between their tasks. About 0.1 to 1 MB each; any other is replayed from its history when it wakes. */
const CACHED_RUNS_MAX = 400;
/** Activities that one workflow task may hand to this worker without a round trip through the server. */
const EAGER_ACTIVITIES_MAX = 10;
/** After that a dead worker's runs go to any worker; the server's default of 10 s would double the recovery time. */
const STICKY_TIMEOUT_MS = 2_000;
/** How often at most an activity's heartbeat goes out. Stock is 0.8 of the heartbeat timeout, too close to it on a busy machine. */
const HEARTBEAT_INTERVAL_MS = 1_500;
/** Connectors get this long to end when we stop; then they are cancelled, and tried again by the next worker. */
const SHUTDOWN_GRACE_MS = 8_000;
const SHUTDOWN_FORCE_MS = 9_500;

export interface WorkerSettings {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  /** By activity type: what flows name in `uses:`. */
  activities: object;
  dataConverter?: DataConverter;
  /** Called once when a run ends and once when it first begins to wait. Must not throw. */
  onSettled(workflowId: string, reason: 'finished' | 'waiting'): void;
  /** Other workflows than ours. */
  workflowBundle?: { code: string };
}

export interface RunWorker {
  /** Polls and works until stopped. Rejects when the worker fails for good; make a new one then. */
  run(): Promise<void>;
  /** Drains for at most 9.5 s. Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  /** True while it takes tasks. */
  polling(): boolean;
  /** Runs that could start eagerly right now. */
  freeWorkflowSlots(): number;
}

/** Makes a worker on the connection that the client uses too: only then do runs start eagerly. */
export async function createRunWorker(settings: WorkerSettings): Promise<RunWorker> {
  const sinks = {
    runs: {
      settled: {
        fn: (_info: unknown, workflowId: string, reason: 'finished' | 'waiting') =>
          settings.onSettled(workflowId, reason),
        callDuringReplay: false,
      },
    },
  } satisfies InjectedSinks<RunSinks>;
  const worker = await Worker.create({
    connection: settings.connection,
    namespace: settings.namespace,
    taskQueue: settings.taskQueue,
    activities: settings.activities,
    dataConverter: settings.dataConverter,
    workflowBundle: settings.workflowBundle ?? (await loadWorkflowBundle()),
    sinks,
    reuseV8Context: true,
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    maxConcurrentActivityTaskPolls: ACTIVITY_POLLERS,
    maxConcurrentWorkflowTaskExecutions: WORKFLOW_SLOTS,
    maxConcurrentWorkflowTaskPolls: WORKFLOW_POLLERS,
    maxEagerActivityReservationsPerWorkflowTask: EAGER_ACTIVITIES_MAX,
    maxCachedWorkflows: CACHED_RUNS_MAX,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
    maxHeartbeatThrottleInterval: HEARTBEAT_INTERVAL_MS,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    shutdownForceTime: SHUTDOWN_FORCE_MS,
  });
  return controls(worker);
}

function controls(worker: Worker): RunWorker {
  let running: Promise<void> | undefined;
  return {
    run: () => (running ??= worker.run()),
    stop: async () => {
      // One that never ran has nothing to drain, but holds the connection until it did.
      running ??= worker.run();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
    },
    polling: () => worker.getState() === 'RUNNING' && worker.getStatus().workflowPollerState === 'POLLING',
    freeWorkflowSlots: () =>
      Math.max(0, WORKFLOW_SLOTS - WORKFLOW_POLLERS - worker.getStatus().numInFlightWorkflowActivations),
  };
}
