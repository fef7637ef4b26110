// The lane of wakes over the store as it is, with its threads: slow answers, lost ones, stops and starts, another process, runs that
// end and begin again under their id. All at once, so that orders come about that nobody thought of; the seed decides what happens.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { createWakeLane, type WakeLane, type WakeResult } from '../../src/inbox/dispatch-wakes.ts';
import type { ClaimedWake, NewWaiter } from '../../src/inbox/waits.ts';
import { delivery } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';
import { randomFrom } from './waits-model-lab.ts';

const SEED = Number(process.env['WAITS_SEED'] ?? 1);
const RUNS = Number(process.env['WAITS_RUNS'] ?? 60);
const EVENTS_A_RUN = 3;
const GIVE_UP_MS = 15_000;
const logger = pino({ level: 'silent' });

let opened: StoreFolder;
let lane: WakeLane | undefined;
beforeEach(async () => {
  opened = await openStoreFolder({ onWakes: () => lane?.wake() });
});
afterEach(async () => {
  await lane?.stop();
  await opened.dispose();
});

/** An execution of a run, and what it was told or found, in order. */
interface Execution {
  run: string;
  alive: boolean;
  told: string[];
  found: Set<string>;
}

function waiterOf(run: string): NewWaiter {
  return {
    id: `${run}/0`,
    workflowId: run,
    types: ['paid'],
    source: 'shop',
    where: [['body.run', run]],
    since: 0,
    after: 0,
    except: '',
    once: false,
    expiresAt: null,
  };
}

it('tells every run that still goes on of all its events, in their order', async () => {
  const random = randomFrom(SEED);
  const int = (below: number): number => Math.floor(random() * below);
  const executions = new Map<string, Execution>();
  let isQuiet = false;
  let failuresLeft = 6;

  async function wakeRun({ workflowId, event }: ClaimedWake): Promise<WakeResult> {
    await sleep(int(4));
    const fate = isQuiet ? 1 : random();
    const isFailing = fate < 0.1 && failuresLeft > 0;
    if (isFailing) failuresLeft -= 1;
    if (isFailing && fate < 0.05) return { state: 'unavailable', error: 'away' };
    const execution = executions.get(workflowId);
    if (execution?.alive === true) execution.told.push(event.id);
    await sleep(int(4));
    if (isFailing) return { state: 'unavailable', error: 'no answer' };
    return { state: execution?.alive === true ? 'sent' : 'gone' };
  }

  function startLane(): void {
    const { store } = opened;
    lane = createWakeLane({ store, wakeRun, logger, inFlightMax: 6, pollIntervalMs: 50 });
    lane.start();
  }

  /** Begins an execution and looks at what came before, as a run does. */
  async function begin(run: string): Promise<void> {
    const execution: Execution = { run, alive: true, told: [], found: new Set() };
    executions.set(run, execution);
    await opened.store.registerWaiter(waiterOf(run), Date.now());
    for (const { event } of await opened.store.lookBack(waiterOf(run), 100)) execution.found.add(event.id);
  }

  async function live(run: string): Promise<void> {
    await sleep(int(30));
    await begin(run);
    if (random() > 0.4) return;
    await sleep(int(40));
    executions.get(run)!.alive = false;
    await sleep(int(20));
    await begin(run);
  }

  async function pay(run: string): Promise<void> {
    for (let number = 0; number < EVENTS_A_RUN; number += 1) {
      await sleep(int(40));
      const event = { type: 'paid', body: { run }, outcome: 'unmatched' as const, starts: [] };
      await opened.store.accept(delivery({ deliveryId: `${run} ${number}`, receivedAt: Date.now(), event }));
    }
  }

  async function interrupt(): Promise<void> {
    for (let time = 0; time < 4; time += 1) {
      await sleep(10 + int(20));
      await lane?.stop();
      startLane();
    }
  }

  async function isIdle(): Promise<boolean> {
    return (await opened.store.waitStats()).wakesPending === 0 && lane?.status().inFlight === 0;
  }

  const runs = Array.from({ length: RUNS }, (_, index) => `run-${index}`);
  startLane();
  await Promise.all([...runs.map(live), ...runs.map(pay), interrupt()]);
  await lane?.stop();
  await opened.reopen();
  isQuiet = true;
  startLane();
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (!(await isIdle()) && Date.now() < giveUpAt) await sleep(10);

  assert.equal((await opened.store.waitStats()).wakesPending, 0, `WAITS_SEED=${SEED}: some are never told`);
  for (const { run, told, found } of executions.values()) {
    const all = Array.from({ length: EVENTS_A_RUN }, (_, number) => `shop~${run} ${number}`);
    const first = [...new Set(told)];
    assert.deepEqual([...new Set([...told, ...found])].sort(), all, `WAITS_SEED=${SEED}: ${run} was not told of all`);
    assert.deepEqual(first, first.toSorted(), `WAITS_SEED=${SEED}: ${run} was told in another order`);
  }
});
