// A real server, and workers that work on its runs only while a test lets them: what happens in between comes to the next one at once.
import { NativeConnection, Worker } from '@temporalio/worker';
import { createStoreCalls, type RunStore } from '../../activities/store-calls.ts';
import { loadWorkflowBundle } from '../../src/temporal/bundle.ts';
import { startServer, type TestServer } from './server.ts';

export interface WorkLab {
  server: TestServer;
  taskQueue: string;
  /** Lets a worker work until `done`; it is gone afterwards. */
  working<T>(done: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Starts the server; its runs continue as new after so many events. `demo.echo` is the one connector. */
export async function openWorkLab(taskQueue: string, continueAfterEvents: number, store: RunStore): Promise<WorkLab> {
  const server = await startServer({ 'limit.historyCount.suggestContinueAsNew': String(continueAfterEvents) });
  const connection = await NativeConnection.connect({ address: server.address });
  return {
    server,
    taskQueue,
    async working(done) {
      const worker = await Worker.create({
        connection,
        taskQueue,
        workflowBundle: await loadWorkflowBundle(),
        reuseV8Context: true,
        activities: { ...createStoreCalls(store), 'demo.echo': async () => ({ heard: true }) },
        sinks: { runs: { settled: { fn: () => undefined, callDuringReplay: false } } },
      });
      return worker.runUntil(done);
    },
    async stop() {
      await connection.close();
      await server.stop();
    },
  };
}
