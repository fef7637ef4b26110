// A dispatcher over a real SQLite store, with a scripted stand-in for Temporal.
import { pino } from 'pino';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../../src/inbox/dispatch.ts';
import type { StartResult } from '../../src/inbox/start-run.ts';
import type { ClaimedStart, Store } from '../../src/inbox/store.ts';
import { delivery } from '../contract/deliveries.ts';
import { openStoreFolder } from './sqlite-folder.ts';

/** What the stand-in does with one start. */
export type Script = (start: ClaimedStart) => StartResult | Promise<StartResult>;

export interface Lab {
  store: Store;
  dispatcher: Dispatcher;
  /** Every start that was asked for, in order. */
  asked: ClaimedStart[];
  /** Runs that were started and have not settled. */
  open: Set<string>;
  /** The most that were open at once. */
  mostOpen(): number;
  /** The log's messages. */
  log: { msg: string; [field: string]: unknown }[];
  accept(source: string, count: number): Promise<void>;
  settle(workflowId: string): void;
  script(next: Script): void;
  dispose(): Promise<void>;
}

export const eager: Script = (start) => ({
  state: 'started',
  workflowId: `${start.flow}/${start.eventId}`,
  eager: true,
});

/** Longer than the slowest machine takes for anything that is waited for. */
const WAIT_MS = 60_000;

/** Waits until something holds; what never comes is told by the text of its condition. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`it did not come to this within ${WAIT_MS} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Starts that wait in the store. */
export async function pending(lab: Lab): Promise<number> {
  return (await lab.store.stats()).startsPending;
}

/** Settles every run as soon as it is open, until nothing is pending. */
export async function settleUntilDone(lab: Lab): Promise<void> {
  await until(async () => {
    for (const workflowId of lab.open) lab.settle(workflowId);
    return (await pending(lab)) === 0;
  });
}

/** @param wrap replaces methods of the store that the dispatcher sees. */
export async function openLab(
  options: Partial<DispatcherOptions> = {},
  wrap: (store: Store) => Partial<Store> = () => ({}),
): Promise<Lab> {
  const folder = await openStoreFolder();
  const { store } = folder;
  await store.putDefinition('hash-1', '{}');
  const asked: ClaimedStart[] = [];
  const open = new Set<string>();
  const log: Lab['log'] = [];
  let mostOpen = 0;
  let script = eager;
  let accepted = 0;

  const dispatcher = createDispatcher({
    store: { ...store, ...wrap(store) },
    logger: pino({ base: undefined }, { write: (line: string) => void log.push(JSON.parse(line)) }),
    pollIntervalMs: 10,
    async startRun(start) {
      asked.push(start);
      const result = await script(start);
      if (result.state === 'started') open.add(result.workflowId);
      mostOpen = Math.max(mostOpen, open.size);
      return result;
    },
    ...options,
  });

  return {
    store,
    dispatcher,
    asked,
    open,
    log,
    mostOpen: () => mostOpen,
    async accept(source, count) {
      const ids = Array.from({ length: count }, () => `d${accepted++}`);
      await Promise.all(
        ids.map((deliveryId) => store.accept(delivery({ source, deliveryId, receivedAt: Date.now() }))),
      );
      dispatcher.wake();
    },
    settle(workflowId) {
      open.delete(workflowId);
      dispatcher.runSettled(workflowId, 'finished');
    },
    script(next) {
      script = next;
    },
    async dispose() {
      await dispatcher.stop();
      await folder.dispose();
    },
  };
}
