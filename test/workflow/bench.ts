// A worker with the real workflow bundle on a real server, and connectors made for tests.
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type InjectedSinks } from '@temporalio/worker';
import { createCallActivities } from '../../activities/call-activities.ts';
import { createStoreCalls } from '../../activities/store-calls.ts';
import { loadWorkflowBundle } from '../../src/temporal/bundle.ts';
import type { ConnectorCall, Flow, Json, RunInput } from '../../workflows/definition.ts';
import { WORKFLOW_TYPE } from '../../workflows/definition.ts';
import type { runFlow, RunSinks } from '../../workflows/run-flow.ts';
import { inputOf } from '../interpret/run-demo.ts';
import { within } from '../support/waiting.ts';
import { createBenchRuns, type BenchRuns } from './bench-runs.ts';
import { createBenchStore } from './bench-store.ts';
import { startServer, type TestServer } from './server.ts';

export type Handle = WorkflowHandle<typeof runFlow>;

export interface Bench {
  server: TestServer;
  /** Every attempt at a call, in order. */
  attempts: { call: ConnectorCall; attempt: number }[];
  /** What the sink heard, by workflow id. */
  settled: Map<string, string[]>;
  /** Waits that are registered now, by id. */
  waiting: Set<string>;
  /** Flows that were called, and ends that were told. */
  runs: BenchRuns;
  /** Starts a run of a flow under an id of its own. Its `result()` does not wait for ever. */
  start(flow: Flow, body?: Json, rest?: Partial<RunInput>): Promise<Handle>;
  stop(): Promise<void>;
}

const HEARTBEAT_EVERY_MS = 200;
/** An attempt that is lost goes on for so much longer than anybody waits for it. */
const LOST_EXTRA_MS = 1_000;
const TASK_QUEUE = 'test';
/** A run that has not ended by then never will. */
const RUN_END_MS = 120_000;

// Logs of the worker would only repeat what the tests expect.
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  shutdownSignals: [],
});

export async function startBench(settings: Record<string, string> = {}): Promise<Bench> {
  const server = await startServer(settings);
  const connection = await NativeConnection.connect({ address: server.address });
  const attempts: Bench['attempts'] = [];
  const settled: Bench['settled'] = new Map();
  const store = createBenchStore();
  const runs = createBenchRuns();
  const worker = await Worker.create({
    connection,
    identity: 'test-worker',
    taskQueue: TASK_QUEUE,
    workflowBundle: await loadWorkflowBundle(),
    reuseV8Context: true,
    activities: { ...connectors(attempts), ...createStoreCalls(store), ...createCallActivities(runs) },
    sinks: settledSink(settled),
    maxHeartbeatThrottleInterval: HEARTBEAT_EVERY_MS,
    defaultHeartbeatThrottleInterval: HEARTBEAT_EVERY_MS,
  });
  const running = worker.run();
  let started = 0;
  return {
    server,
    attempts,
    settled,
    waiting: store.waiting,
    runs,
    async start(flow, body, rest) {
      const workflowId = `${flow.flow}/event-${(started += 1)}`;
      const args: [RunInput] = [inputOf(flow, body, rest)];
      const options = { taskQueue: TASK_QUEUE, workflowId, args };
      const handle = await server.client.workflow.start<typeof runFlow>(WORKFLOW_TYPE, options);
      const result = handle.result.bind(handle);
      return Object.assign(handle, { result: () => within(`${workflowId} ends`, result(), RUN_END_MS) });
    },
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
      await server.stop();
    },
  };
}

function settledSink(settled: Bench['settled']): InjectedSinks<RunSinks> {
  const fn = (_info: unknown, workflowId: string, reason: string): void => {
    settled.set(workflowId, [...(settled.get(workflowId) ?? []), reason]);
  };
  return { runs: { settled: { fn, callDuringReplay: false } } };
}

/** Connectors that echo, fail until an attempt, refuse, are lost until an attempt, or hang until cancelled. */
function connectors(attempts: Bench['attempts']): Record<string, (call: ConnectorCall) => Promise<Json>> {
  const note = (call: ConnectorCall): number => {
    const attempt = call.attemptOfRun?.number ?? Context.current().info.attempt;
    attempts.push({ call, attempt });
    return attempt;
  };
  return {
    async 'demo.echo'(call) {
      note(call);
      return { heard: call.with['say'] ?? null };
    },
    async 'demo.flaky'(call) {
      const attempt = note(call);
      if (attempt >= Number(call.with['until'])) return { attempt };
      throw ApplicationFailure.retryable('the connection broke', 'network', { attempt });
    },
    async 'demo.refuse'(call) {
      const attempt = note(call);
      const details = { attempt, status: 402, headers: { 'x-why': 'poor' }, body: { no: true } };
      throw ApplicationFailure.nonRetryable('the service answered 402', 'http_status', details);
    },
    async 'demo.lost'(call) {
      const attempt = note(call);
      if (attempt >= Number(call.with['until'])) return { attempt };
      // Says nothing any more, as a worker that was killed.
      await pause(Context.current().info.heartbeatTimeoutMs! + LOST_EXTRA_MS);
      return null;
    },
    async 'demo.hang'(call) {
      note(call);
      const { cancellationSignal } = Context.current();
      while (!cancellationSignal.aborted) {
        Context.current().heartbeat();
        await pause(HEARTBEAT_EVERY_MS / 4);
      }
      return Context.current().cancelled;
    },
  };
}
