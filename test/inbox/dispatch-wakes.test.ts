// The lane of wakes: on a real store, with a Temporal that the test plays. Nothing is lost while it is away, nothing is told for ever.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { createWakeLane, type WakeLane, type WakeResult } from '../../src/inbox/dispatch-wakes.ts';
import type { ClaimedWake } from '../../src/inbox/waits.ts';
import { startWaitSweep } from '../../src/inbox/waits-sweep.ts';
import { delivery } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const logger = pino({ level: 'silent' });
const GIVE_UP_MS = 10_000;
const DAY_MS = 86_400_000;

let opened: StoreFolder;
let lane: WakeLane | undefined;
/** What Temporal was told: waiter and event. */
let told: string[];
let answer: (wake: ClaimedWake) => Promise<WakeResult>;

beforeEach(async () => {
  opened = await openStoreFolder({ onWakes: () => lane?.wake() });
  told = [];
  answer = async () => ({ state: 'sent' });
});
afterEach(async () => {
  await lane?.stop();
  lane = undefined;
  await opened.dispose();
});

function start(clock = Date.now): void {
  const wakeRun = (wake: ClaimedWake): Promise<WakeResult> => {
    told.push(`${wake.waiter} ${wake.event.id}`);
    return answer(wake);
  };
  lane = createWakeLane({ store: opened.store, wakeRun, logger, inFlightMax: 4, clock });
  lane.start();
}

async function waitFor(run: string, changes: { once?: boolean } = {}): Promise<void> {
  const waiter = {
    id: `${run}/0`,
    workflowId: run,
    types: ['paid'],
    source: 'shop',
    where: [['body.run', run]] as [string, string][],
    since: 0,
    after: 0,
    except: '',
    once: true,
    expiresAt: null,
    ...changes,
  };
  await opened.store.registerWaiter(waiter, Date.now());
}

async function pay(run: string, id = run, receivedAt = Date.now()): Promise<void> {
  const event = { type: 'paid', body: { run }, outcome: 'unmatched' as const, starts: [] };
  await opened.store.accept(delivery({ deliveryId: id, receivedAt, event }));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error('it did not come to that');
    await sleep(5);
  }
}

const pending = async (): Promise<number> => (await opened.store.waitStats()).wakesPending;

describe('the lane of wakes', () => {
  it('tells each run once, a few at a time', async () => {
    const runs = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    for (const run of runs) await waitFor(run);
    let inFlight = 0;
    let most = 0;
    answer = async () => {
      most = Math.max(most, (inFlight += 1));
      await sleep(2);
      inFlight -= 1;
      return { state: 'sent' };
    };
    start();
    await Promise.all(runs.map((run) => pay(run)));
    await until(async () => told.length >= runs.length && (await pending()) === 0);
    assert.deepEqual(told.toSorted(), runs.map((run) => `${run}/0 shop~${run}`).sort());
    assert.ok(most > 1 && most <= 4, `${most} at once`);
  });

  it('loses nothing while Temporal is away, and says so once', async () => {
    answer = async () => ({ state: 'unavailable', error: 'away' });
    start();
    for (const run of ['a', 'b', 'c']) {
      await waitFor(run);
      await pay(run);
    }
    await until(() => told.length >= 3);
    assert.equal(await pending(), 3);
    assert.equal(lane?.status().lastError, 'away');
    answer = async () => ({ state: 'sent' });
    await until(async () => (await pending()) === 0);
    assert.deepEqual([...new Set(told)].sort(), ['a/0 shop~a', 'b/0 shop~b', 'c/0 shop~c']);
    assert.equal(lane?.status().lastError, null);
  });

  it('sends what the last process left behind', async () => {
    await waitFor('a');
    await pay('a');
    await opened.reopen();
    start();
    await until(async () => (await pending()) === 0);
    assert.deepEqual(told, ['a/0 shop~a']);
  });

  it('tells a run of its events one after the other, in their order', async () => {
    await waitFor('a', { once: false });
    const ids = Array.from({ length: 12 }, (_, index) => `e-${index}`);
    for (const id of ids) await pay('a', id);
    let failures = 0;
    answer = async () => ((failures += 1) % 3 === 1 ? { state: 'unavailable', error: 'busy' } : { state: 'sent' });
    start();
    await until(async () => (await pending()) === 0);
    const first = told.filter((each, index) => each !== told[index - 1]);
    assert.deepEqual(
      first,
      ids.map((id) => `a/0 shop~${id}`),
    );
  });

  it('goes on after a pause although the clock was set back meanwhile', async () => {
    let behindMs = 0;
    const clock = (): number => Date.now() - behindMs;
    answer = async ({ workflowId }) =>
      workflowId === 'a' ? { state: 'unavailable', error: 'away' } : { state: 'sent' };
    await waitFor('a');
    await waitFor('b');
    start(clock);
    await pay('a');
    await until(() => lane?.status().lastError === 'away');
    behindMs = 3_600_000;
    await pay('b', 'b', clock());
    await until(() => told.includes('b/0 shop~b'));
  });

  it('puts off what one run does not take, and tells all others', async () => {
    answer = async ({ workflowId }) =>
      workflowId === 'full' ? { state: 'refused', error: 'too many signals' } : { state: 'sent' };
    start();
    await waitFor('full');
    await pay('full');
    await until(() => told.includes('full/0 shop~full'));
    const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    for (const run of runs) await waitFor(run);
    for (const run of runs) await pay(run);
    await until(async () => (await pending()) === 1);
    assert.equal(lane?.status().lastError, null);
    assert.deepEqual(
      told.filter((each) => each.startsWith('run-')).sort(),
      runs.map((run) => `${run}/0 shop~${run}`).sort(),
    );
    answer = async () => ({ state: 'sent' });
    await until(async () => (await pending()) === 0);
  });

  it('forgets a run that is over', async () => {
    await waitFor('a', { once: false });
    await pay('a', 'e-1');
    await pay('a', 'e-2');
    answer = async () => ({ state: 'gone' });
    start();
    await until(async () => (await pending()) === 0);
    assert.equal((await opened.store.waitStats()).waiters, 0);
    assert.deepEqual(told, ['a/0 shop~e-1']);
  });
});

describe('the sweep of waits', () => {
  it('asks after runs that waited for long, and forgets those that ended', async () => {
    for (const run of ['ended', 'running', 'unknown']) await waitFor(run);
    const asked: string[] = [];
    const sweep = startWaitSweep({
      store: opened.store,
      shapes: () => [{ type: 'paid', source: 'shop', paths: ['body.id'] }],
      runIsOver: async (run) => {
        asked.push(run);
        return run === 'ended';
      },
      logger,
      deliveryDays: 30,
      clock: () => Date.now() + 2 * DAY_MS,
    });
    await sweep.sweep();
    assert.deepEqual(asked.toSorted(), ['ended', 'running', 'unknown']);
    assert.equal((await opened.store.waitStats()).waiters, 2);
    await sweep.sweep();
    assert.equal(asked.length, 3);
    await sweep.stop();
  });

  it('comes to the others although one can never be asked after', async () => {
    for (const run of ['a', 'b', 'c']) await waitFor(run);
    const asked: string[] = [];
    const runIsOver = async (run: string): Promise<boolean> => {
      asked.push(run);
      if (run === asked[0]) throw new Error('an id that Temporal does not take');
      return true;
    };
    const clock = (): number => Date.now() + 2 * DAY_MS;
    const sweep = startWaitSweep({ store: opened.store, shapes: () => [], runIsOver, logger, deliveryDays: 30, clock });
    for (let times = 0; times < 2; times += 1) await sweep.sweep();
    await sweep.stop();
    assert.deepEqual(asked.toSorted(), ['a', 'b', 'c']);
    assert.equal((await opened.store.waitStats()).waiters, 1);
  });

  it('leaves everything as it is when nobody can say', async () => {
    await waitFor('a');
    const runIsOver = async (): Promise<boolean> => {
      throw new Error('away');
    };
    const clock = (): number => Date.now() + 2 * DAY_MS;
    const sweep = startWaitSweep({ store: opened.store, shapes: () => [], runIsOver, logger, deliveryDays: 30, clock });
    await sweep.sweep();
    await sweep.stop();
    assert.equal((await opened.store.waitStats()).waiters, 1);
  });
});
