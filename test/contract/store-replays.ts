// What every Store driver must do with repeats: the same delivery id, and the same bytes within a source's replay window.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import type { Accepted, ListedDelivery, Store } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';

const WINDOW_MS = 60_000;

/** A delivery of `text` to a source with a replay window. */
function guarded(
  store: Store,
  deliveryId: string,
  text: string,
  receivedAt: number,
  source = 'shop',
): Promise<Accepted> {
  const body = Buffer.from(JSON.stringify(text));
  const hash = createHash('sha256').update(body).digest('hex');
  return store.accept(delivery({ source, deliveryId, body, receivedAt, replay: { hash, windowMs: WINDOW_MS } }));
}

async function listed(store: Store, deliveryId: string): Promise<ListedDelivery | undefined> {
  return (await store.listDeliveries({ limit: 100 })).find((each) => each.deliveryId === deliveryId);
}

export function testReplays(at: StoreAtHand): void {
  it('knows the same bytes under another delivery id within the window, to its end', async () => {
    const store = at.store();
    await guarded(store, 'first', 'a', NOW);
    const replay = await guarded(store, 'forged', 'a', NOW + WINDOW_MS);
    assert.deepEqual(replay, { duplicate: true, eventIds: ['shop~first'], startIds: [] });
    assert.equal(await store.hasEvent('shop~forged'), false);
    assert.equal((await store.stats()).deliveries, 1);
    assert.equal((await store.claimStarts(10, LEASE_MS, NOW + DAY_MS)).length, 1);
  });

  it('takes the same bytes again after the window, which then begins anew', async () => {
    const store = at.store();
    await guarded(store, 'first', 'a', NOW);
    assert.equal((await guarded(store, 'repeat', 'a', NOW + 1)).duplicate, true);
    assert.equal((await guarded(store, 'later', 'a', NOW + WINDOW_MS + 1)).duplicate, false, 'a repeat renews nothing');
    assert.equal((await guarded(store, 'again', 'a', NOW + WINDOW_MS + 2)).duplicate, true);
    assert.deepEqual((await guarded(store, 'first', 'other', NOW + 3 * WINDOW_MS)).eventIds, ['shop~first']);
  });

  it('takes other bytes, the same bytes at another source, and those of a source without a window', async () => {
    const store = at.store();
    await guarded(store, 'first', 'a', NOW);
    assert.equal((await guarded(store, 'second', 'b', NOW)).duplicate, false);
    assert.equal((await guarded(store, 'third', 'a', NOW, 'crm')).duplicate, false);
    assert.equal((await store.accept(delivery({ deliveryId: 'fourth', body: Buffer.from('"a"') }))).duplicate, false);
  });

  it('knows the same bytes that arrive at the same moment, and after it was closed', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const answers = await Promise.all(ids.map((id) => guarded(at.store(), id, 'same', NOW)));
    assert.equal(answers.filter((answer) => !answer.duplicate).length, 1);
    const store = await at.reopen();
    assert.equal((await guarded(store, 'f', 'same', NOW + 9)).duplicate, true);
  });

  it('counts repeats of both kinds at the delivery that was first, and says when the last one came', async () => {
    const store = at.store();
    await guarded(store, 'first', 'a', NOW);
    const fresh = await listed(store, 'first');
    assert.deepEqual([fresh?.repeats, fresh?.repeatedAt], [0, null]);
    await guarded(store, 'first', 'a', NOW + 10);
    await guarded(store, 'forged', 'a', NOW + 20);
    const repeated = await listed(await at.reopen(), 'first');
    assert.deepEqual([repeated?.repeats, repeated?.repeatedAt], [2, NOW + 20]);
  });

  it('forgets repeats and bytes with the delivery', async () => {
    const store = at.store();
    const settled = async (): Promise<void> => {
      const starts = await store.claimStarts(10, LEASE_MS, NOW + DAY_MS);
      await store.settleStarts(starts.map(({ id }) => ({ id, state: 'started' })));
    };
    await guarded(store, 'first', 'a', NOW);
    await guarded(store, 'first', 'a', NOW);
    await settled();
    await store.prune(NOW + 1, NOW + 1);
    assert.equal((await guarded(store, 'second', 'a', NOW)).duplicate, false);
    assert.equal((await listed(store, 'second'))?.repeats, 0);
  });
}
