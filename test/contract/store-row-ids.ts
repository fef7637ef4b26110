// What every Store driver must do with its row ids, which runs and lanes remember: none is given twice, whatever is deleted.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Accepted, Store } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';
import { waiterOf } from './waiters.ts';

function paid(store: Store, order: string): Promise<Accepted> {
  const event = { type: 'payment.received', body: { order_id: order }, outcome: 'unmatched' as const, starts: [] };
  return store.accept(delivery({ source: 'emit', deliveryId: `paid ${order}`, event }));
}

export function testRowIds(at: StoreAtHand): void {
  it('tells a run although another wake was taken back while it was on its way', async () => {
    const store = at.store();
    for (const order of ['o-1', 'o-2']) await store.registerWaiter(waiterOf(order), NOW);
    await paid(store, 'o-1');
    const [first] = await store.claimWakes(1, LEASE_MS, NOW + DAY_MS);
    // The run found the event itself, by looking back.
    await store.forgetWaiter(waiterOf('o-1').id);
    await paid(store, 'o-2');
    await store.settleWakes([{ id: first!.id, state: 'sent' }]);
    const left = await store.claimWakes(10, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(
      left.map(({ waiter }) => waiter),
      [waiterOf('o-2').id],
    );
  });

  it('gives an event a later place than all that came before, also when they were all deleted', async () => {
    const store = at.store();
    await paid(store, 'o-1');
    await paid(store, 'o-2');
    const [{ position: before } = { position: 0 }] = await store.lookBack(waiterOf('o-2'), 1);
    await store.prune(NOW + DAY_MS, NOW + DAY_MS);
    assert.equal((await store.stats()).deliveries, 0);
    const reopened = await at.reopen();
    await paid(reopened, 'o-3');
    const [after] = await reopened.lookBack(waiterOf('o-3'), 1);
    assert.ok(before > 0 && after!.position > before, `${after!.position} after ${before}`);
  });

  it('gives a start a row id that none had, also when all were deleted', async () => {
    const store = at.store();
    const { startIds: before } = await store.accept(delivery({ deliveryId: 'a' }));
    await store.settleStarts([{ id: before[0]!, state: 'started' }]);
    await store.prune(NOW + DAY_MS, NOW + DAY_MS);
    const { startIds: after } = await store.accept(delivery({ deliveryId: 'b' }));
    assert.ok(after[0]! > before[0]!, `${after[0]} after ${before[0]}`);
  });
}
