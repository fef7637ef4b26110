// What the store still finds for a wait whose time is over: events received by then, and no later ones.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { lookAgain, register } from '../../activities/store-calls.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { delivery, NOW } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const UP_TO = NOW + 1_000;
const run = { id: 'dunning/emit~o-1' };

let folder: StoreFolder;
beforeEach(async () => {
  folder = await openStoreFolder();
});
afterEach(() => folder.dispose());

function question(changes: JsonObject = {}): JsonObject {
  const asked = { types: ['paid'], source: 'shop', where: [], since: NOW, after: 0, except: '', once: true };
  return { waiter: '1', ...asked, ...changes };
}

async function came(ids: string[], receivedAt: number): Promise<void> {
  for (const deliveryId of ids) {
    const event = { type: 'paid', starts: [], outcome: 'unmatched' as const };
    await folder.store.accept(delivery({ deliveryId, receivedAt, event }));
  }
}

async function found(changes: JsonObject = {}): Promise<{ ids: string[]; more: boolean }> {
  const call = { with: question({ upTo: UP_TO, ...changes }), run };
  const { candidates, more } = await lookAgain(folder.store, call, UP_TO + 5);
  return { ids: candidates.map(({ event }) => event.id), more };
}

it('finds what was received in time, and says that the run was told of it', async () => {
  await register(folder.store, { with: question({ until: UP_TO }), run }, NOW);
  await came(['early'], UP_TO);
  await came(['late'], UP_TO + 1);
  assert.deepEqual(await found(), { ids: ['shop~early'], more: false });
  const [shown] = await folder.store.findDeliveries('shop~early');
  assert.deepEqual(shown!.events[0]!.woke, [run.id]);
});

it('finds nothing that came later, however much of it there is', async () => {
  const later = Array.from({ length: 25 }, (_, index) => `late-${index}`);
  await came(later, UP_TO + 1);
  assert.deepEqual(await found(), { ids: [], more: false });
});

it('finds one that was stored behind others which came later', async () => {
  const later = Array.from({ length: 25 }, (_, index) => `late-${index}`);
  await came(later, UP_TO + 1);
  await came(['slow'], UP_TO);
  assert.deepEqual(await found(), { ids: ['shop~slow'], more: false });
});

it('gives a run that looks at each a few at a time', async () => {
  const early = Array.from({ length: 12 }, (_, index) => `early-${index}`);
  await came(early, UP_TO);
  const first = await found({ once: false });
  assert.deepEqual([first.ids.length, first.more], [10, true]);
  const [tenth] = (await folder.store.lookBack({ ...question(), where: [] } as never, 10)).slice(-1);
  const rest = await found({ once: false, after: tenth!.position });
  assert.deepEqual(rest, { ids: ['shop~early-10', 'shop~early-11'], more: false });
});
