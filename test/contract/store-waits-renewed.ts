// What every Store driver must do for waits that are registered again under the same name, by a run that goes on after another one of
// its id ended, and for what is still said of that other one: nothing of it may cost the new one its event.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Accepted, Store } from '../../src/inbox/store.ts';
import type { NewWaiter } from '../../src/inbox/waits.ts';
import { DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';
import { waiterOf as paymentWaiter } from './waiters.ts';

const RUN = 'dunning/emit~1';
const TYPES = ['payment.received', 'payment.refunded'];

/** The wait of one run for the payment of an order. */
function waiterOf(order: string, changes: Partial<NewWaiter> = {}): NewWaiter {
  return paymentWaiter(order, { id: `${RUN}/1`, workflowId: RUN, ...changes });
}

function paid(store: Store, id: string, order: string, receivedAt = NOW + 10): Promise<Accepted> {
  const event = { type: 'payment.received', body: { order_id: order }, outcome: 'unmatched' as const, starts: [] };
  return store.accept(delivery({ source: 'emit', deliveryId: id, receivedAt, event }));
}

async function woken(store: Store): Promise<[string, string][]> {
  const wakes = await store.claimWakes(100, LEASE_MS, NOW + DAY_MS);
  return wakes.map(({ waiter, event }) => [waiter, event.id]);
}

async function wokenBy(store: Store, event: string): Promise<string[] | undefined> {
  return (await store.findDeliveries(event))[0]!.events[0]!.woke;
}

export function testRenewedWaits(at: StoreAtHand): void {
  it('waits anew where the time of the earlier wait was over', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1', { expiresAt: NOW + 5 }), NOW);
    await store.registerWaiter(waiterOf('o-1', { expiresAt: NOW + DAY_MS }), NOW + 6);
    await paid(store, 'p-1', 'o-1');
    assert.deepEqual(await woken(store), [[`${RUN}/1`, 'emit~p-1']]);
  });

  it('waits for what is asked now, and is told of nothing that only the earlier wait had asked for', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1', { once: false }), NOW);
    await paid(store, 'p-1', 'o-1');
    await store.registerWaiter(waiterOf('o-2', { once: false }), NOW);
    await paid(store, 'p-2', 'o-1');
    await paid(store, 'p-3', 'o-2');
    assert.deepEqual(await woken(store), [[`${RUN}/1`, 'emit~p-3']]);
    assert.deepEqual(await store.waitStats(), { waiters: 1, wakesPending: 1 });
  });

  it('keeps what is to be told when the same is registered again, also by one who comes late', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await paid(store, 'p-1', 'o-1');
    await store.registerWaiter(waiterOf('o-1'), NOW);
    const [found] = await store.lookBack(waiterOf('o-1'), 1);
    await store.recordFound(waiterOf('o-1'), found!.position, NOW + 20);
    assert.deepEqual(await store.waitStats(), { waiters: 0, wakesPending: 1 });
    assert.deepEqual(await woken(store), [[`${RUN}/1`, 'emit~p-1']]);
  });

  it('keeps the wait of a run that began after it was told that the one before is over', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1', { once: false }), NOW);
    await store.registerWaiter(waiterOf('o-1', { id: `${RUN}/2` }), NOW);
    await paid(store, 'p-1', 'o-1');
    const [wake] = await store.claimWakes(1, LEASE_MS, NOW + DAY_MS);
    await store.registerWaiter(waiterOf('o-1', { once: false }), NOW);
    await paid(store, 'p-2', 'o-1');
    await store.settleWakes([{ id: wake!.id, state: 'gone', newest: wake!.newest }]);
    assert.deepEqual(await woken(store), [[`${RUN}/1`, 'emit~p-2']]);
    assert.equal((await store.waitStats()).waiters, 1);
  });

  it('keeps the wait of a run that began after somebody asked after the one before', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await store.registerWaiter(waiterOf('o-2', { id: `${RUN}/2` }), NOW);
    const { runs, newest } = await store.uncheckedRuns(NOW + 1, 10);
    assert.deepEqual(runs, [RUN]);
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await paid(store, 'p-1', 'o-1');
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await store.settleRuns([{ workflowId: RUN, over: true }], newest, NOW + 5);
    assert.deepEqual(await store.waitStats(), { waiters: 1, wakesPending: 1 });
    assert.deepEqual(await woken(store), [[`${RUN}/1`, 'emit~p-1']]);
  });

  it('forgets everything of a run that is over', async () => {
    const store = at.store();
    for (const step of ['1', '2', '3']) await store.registerWaiter(waiterOf('o-1', { id: step, once: false }), NOW);
    await store.registerWaiter({ ...waiterOf('o-2'), workflowId: 'another' }, NOW);
    await paid(store, 'p-1', 'o-1');
    const [wake] = await store.claimWakes(1, LEASE_MS, NOW + DAY_MS);
    await store.settleWakes([{ id: wake!.id, state: 'gone', newest: wake!.newest }]);
    assert.deepEqual(await store.waitStats(), { waiters: 1, wakesPending: 0 });
    const { runs, newest } = await store.uncheckedRuns(NOW + 1, 10);
    assert.deepEqual(runs, ['another']);
    await store.settleRuns([{ workflowId: 'another', over: false }], newest, NOW + 5);
    assert.deepEqual((await store.uncheckedRuns(NOW + 1, 10)).runs, []);
    await store.settleRuns([{ workflowId: 'another', over: true }], newest, NOW + 5);
    assert.equal((await store.waitStats()).waiters, 0);
  });

  it('finds an event once, also when its types were declared at different times', async () => {
    const store = at.store();
    const paths = ['body.order_id'];
    await store.declareKeys([{ type: 'payment.received', source: 'emit', paths }], NOW);
    await paid(store, 'p-1', 'o-1');
    await paid(store, 'p-2', 'o-1');
    await store.declareKeys([{ type: 'payment.refunded', source: 'emit', paths }], NOW);
    const found = await store.lookBack(waiterOf('o-1', { types: TYPES }), 3);
    assert.deepEqual(
      found.map(({ event }) => event.id),
      ['emit~p-1', 'emit~p-2'],
    );
  });

  it('lists the run that found an event by looking back, and the one that took what it was told of', async () => {
    const store = at.store();
    await paid(store, 'early', 'o-1');
    await paid(store, 'other', 'o-1');
    await store.registerWaiter(waiterOf('o-1'), NOW);
    const [found] = await store.lookBack(waiterOf('o-1'), 1);
    await store.recordFound(waiterOf('o-1'), found!.position, NOW + 20);
    assert.deepEqual(await wokenBy(store, 'emit~early'), [RUN]);
    assert.equal(await wokenBy(store, 'emit~other'), undefined);
    assert.deepEqual(await store.waitStats(), { waiters: 0, wakesPending: 0 });

    const looking = waiterOf('o-1', { id: `${RUN}/2`, once: false });
    await store.registerWaiter(looking, NOW);
    await paid(store, 'no-match', 'o-1');
    await paid(store, 'match', 'o-1');
    const candidates = await store.lookBack(looking, 10);
    const { position } = candidates.at(-1)!;
    await store.forgetWaiter(looking.id, { workflowId: RUN, position, at: NOW + 20 });
    assert.deepEqual(await wokenBy(store, 'emit~match'), [RUN]);
    assert.equal(await wokenBy(store, 'emit~no-match'), undefined);
    assert.deepEqual(await store.waitStats(), { waiters: 0, wakesPending: 0 });
    assert.deepEqual(await woken(store), []);
    // Nobody sent them, so nobody sends them again; the second wake was there, and its run had it.
    assert.equal(await store.reopenWakes(0), 1);
    assert.deepEqual(await woken(store), [[looking.id, 'emit~match']]);
  });

  it('gives wakes again at once when the transaction that claimed them failed by another request', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await paid(store, 'p-1', 'o-1');
    // Both are on their way before either is answered, so they share a transaction, which this one makes fail.
    const refused = store.registerWaiter({ ...waiterOf('o-2'), id: null as unknown as string }, NOW);
    const [wakes] = await Promise.all([store.claimWakes(10, LEASE_MS, NOW + DAY_MS), assert.rejects(refused)]);
    assert.deepEqual(
      wakes.map(({ event }) => event.id),
      ['emit~p-1'],
    );
  });

  it('tells of events behind one whose body cannot be read, and of that one without a body', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('', { where: [], once: false }), NOW);
    const event = { type: 'payment.received', outcome: 'unmatched' as const, starts: [] };
    await store.accept(delivery({ source: 'emit', deliveryId: 'torn', body: Buffer.from('{"a":'), event }));
    await store.registerWaiter(waiterOf('o-1', { id: `${RUN}/2` }), NOW);
    await paid(store, 'p-1', 'o-1');
    const wakes = await store.claimWakes(100, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(
      wakes.map(({ waiter, event: { id, body } }) => [waiter, id, body]),
      [
        [`${RUN}/1`, 'emit~torn', null],
        [`${RUN}/2`, 'emit~p-1', { order_id: 'o-1' }],
      ],
    );
    assert.equal((await store.lookBack(waiterOf('', { where: [] }), 10)).length, 2);
  });
}
