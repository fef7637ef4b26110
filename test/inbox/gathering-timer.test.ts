// The timer that closes gatherings: at once what became due while nobody was there, then when something is due, and never for nothing.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Closings, Gathered } from '../../src/inbox/gathering.ts';
import { createGatheringTimer, type GatheringTimer } from '../../src/inbox/gathering-timer.ts';
import type { StartAdmission, Store } from '../../src/inbox/store.ts';
import { delivery } from '../contract/deliveries.ts';
import { until } from './dispatch-lab.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

/** Longer than any pause between looks. */
const QUIET_MS = 1_200;
const logger = pino({ level: 'silent' });
let folder: StoreFolder | undefined;
let timer: GatheringTimer | undefined;

afterEach(async () => {
  await timer?.stop();
  await folder?.dispose();
  timer = undefined;
  folder = undefined;
});

async function send(store: Store, id: string, admission: StartAdmission): Promise<void> {
  const starts = [{ flow: 'digest', definitionHash: 'hash-1', admission }];
  await store.accept(delivery({ deliveryId: id, receivedAt: Date.now(), event: { starts } }));
}

async function pending(): Promise<number> {
  return (await folder!.store.stats()).startsPending;
}

/** A store whose looks are counted, and a timer over it. */
async function open(wrap: (close: Store['closeGatherings']) => Store['closeGatherings'] = (close) => close): Promise<{
  looks: () => number;
  starts: () => number;
}> {
  let looks = 0;
  let starts = 0;
  folder = await openStoreFolder({ onGathered: (news: Gathered) => timer?.gathered(news) });
  const close = wrap((now) => folder!.store.closeGatherings(now));
  const closeGatherings = (now: number): Promise<Closings> => {
    looks += 1;
    return close(now);
  };
  timer = createGatheringTimer({ store: { closeGatherings }, logger, onStarts: () => (starts += 1) });
  return { looks: () => looks, starts: () => starts };
}

test('closes what is due, tells of it, and sleeps while nothing is open', async () => {
  const { looks, starts } = await open();
  timer!.start();
  await until(() => looks() === 1);
  await send(folder!.store, 'a', { batch: { key: '', size: 9, periodMs: 50 } });
  await send(folder!.store, 'b', { debounce: { key: '', periodMs: 80 } });
  await until(async () => (await pending()) === 2);
  await until(() => starts() >= 1);
  await until(async () => {
    const before = looks();
    await sleep(QUIET_MS);
    return looks() === before;
  });
});

test('closes at once what became due while it was not there', async () => {
  const { starts } = await open();
  await send(folder!.store, 'a', { batch: { key: '', size: 9, periodMs: 1 } });
  await until(() => Date.now() % 5 === 0);
  assert.equal(await pending(), 0);
  timer!.start();
  await until(async () => (await pending()) === 1);
  await until(() => starts() === 1);
});

test('tells of a batch that its last event filled', async () => {
  const { starts } = await open();
  timer!.start();
  for (const id of ['a', 'b']) await send(folder!.store, id, { batch: { key: '', size: 2, periodMs: 3_600_000 } });
  await until(() => starts() === 1);
  assert.equal(await pending(), 1);
});

test('tries again when the store failed', async () => {
  let fails = 2;
  await open((close) => async (now) => {
    if (fails-- > 0) throw new Error('disk full');
    return close(now);
  });
  await send(folder!.store, 'a', { debounce: { key: '', periodMs: 1 } });
  timer!.start();
  await until(async () => (await pending()) === 1);
});

test('finds what another process gathered in a store that is shared', async () => {
  folder = await openStoreFolder();
  const { store } = folder;
  timer = createGatheringTimer({ store, logger, onStarts: () => undefined, shared: true });
  timer.start();
  // Nobody tells the timer: another process stored it.
  await send(store, 'a', { batch: { key: '', size: 9, periodMs: 1 } });
  await until(async () => (await pending()) === 1);
});
