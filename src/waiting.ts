// What a process does for runs that wait for events: tells them, keeps the index of what is asked for, and forgets runs that ended.
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { awaitedShapes } from './flow/awaited.ts';
import type { Catalog } from './flow/catalog.ts';
import type { CommitEvent } from './inbox/commit-event.ts';
import { createWakeLane } from './inbox/dispatch-wakes.ts';
import type { Store } from './inbox/store.ts';
import { startWaitSweep } from './inbox/waits-sweep.ts';
import { createLostCalls } from './lost-calls.ts';
import { createRunIsOver, createWakeRun } from './temporal/wake-run.ts';

export interface WaitingDeps {
  store: Store;
  /** Undefined until connected. */
  client(): Client | undefined;
  catalog(): Catalog;
  commitEvent: CommitEvent;
  logger: Logger;
  deliveryDays: number;
}

export interface Waiting {
  /** Declares what loaded flows wait for: before the first delivery, and after every load. */
  declare(): Promise<void>;
  /** Begins to tell runs. */
  start(): void;
  /** Wakes were committed. */
  wake(): void;
  stop(): Promise<void>;
}

export function createWaiting(deps: WaitingDeps): Waiting {
  const { store, client, catalog, commitEvent, logger, deliveryDays } = deps;
  const lane = createWakeLane({ store, wakeRun: createWakeRun(client), logger });
  const shapes = (): ReturnType<typeof awaitedShapes> => awaitedShapes(catalog());
  const sweep = startWaitSweep({ store, shapes, runIsOver: createRunIsOver(client), logger, deliveryDays });
  const lost = createLostCalls({ store, client, commitEvent, logger });
  return {
    declare: sweep.declare,
    start() {
      lane.start();
      lost.start();
    },
    wake: lane.wake,
    async stop() {
      await sweep.stop();
      await lost.stop();
      await lane.stop();
    },
  };
}
