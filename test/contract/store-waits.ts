// What every Store driver must do for runs that wait: no order of an event and a wait loses the event, and each wakes once.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import type { Accepted, NewEvent, Store } from '../../src/inbox/store.ts';
import type { Question } from '../../src/inbox/waits.ts';
import { DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';
import { waiterOf } from './waiters.ts';

const MINUTE_MS = 60_000;

/** Accepts one event of a flow. */
function happened(
  store: Store,
  id: string,
  body: Json,
  event: Partial<NewEvent> = {},
  receivedAt = NOW + 10,
): Promise<Accepted> {
  const own: Partial<NewEvent> = { type: 'payment.received', body, outcome: 'unmatched', starts: [], ...event };
  return store.accept(delivery({ source: 'emit', deliveryId: id, receivedAt, event: own }));
}

async function woken(store: Store, now = NOW + DAY_MS): Promise<[string, string][]> {
  const wakes = await store.claimWakes(100, LEASE_MS, now);
  return wakes.map(({ waiter, event }) => [waiter, event.id]);
}

async function found(store: Store, question: Question, limit = 10): Promise<string[]> {
  return (await store.lookBack(question, limit)).map(({ event }) => event.id);
}

export function testWaits(at: StoreAtHand): void {
  it('wakes who waited first, with the whole event', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await happened(store, 'p-1', { order_id: 'o-1', paid: 5 });
    const [wake, ...others] = await store.claimWakes(10, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(others, []);
    const { id, position, newest, ...rest } = wake!;
    assert.equal(newest.wake, id);
    assert.ok(newest.waiter > 0);
    assert.ok(position > 0);
    assert.deepEqual(rest, {
      waiter: 'dunning/emit~o-1/1',
      workflowId: 'dunning/emit~o-1',
      attempts: 0,
      event: {
        id: 'emit~p-1',
        type: 'payment.received',
        source: 'emit',
        time: new Date(NOW + 10).toISOString(),
        body: { order_id: 'o-1', paid: 5 },
        headers: { 'content-type': 'application/json', 'x-custom': 'grüße' },
        query: { tag: ['a', 'b'] },
      },
    });
    assert.equal((await store.waitStats()).waiters, 0);
  });

  it('lists the run that an event woke, also after the run was told', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await happened(store, 'p-1', { order_id: 'o-1' });
    await happened(store, 'p-2', { order_id: 'o-2' });
    const wokenBy = async (event: string): Promise<unknown> => (await store.findDeliveries(event))[0]!.events[0]!.woke;
    assert.deepEqual(await wokenBy('emit~p-1'), ['dunning/emit~o-1']);
    const [wake] = await store.claimWakes(10, LEASE_MS, NOW + DAY_MS);
    await store.settleWakes([{ id: wake!.id, state: 'sent' }]);
    assert.deepEqual(await wokenBy('emit~p-1'), ['dunning/emit~o-1']);
    assert.equal(await wokenBy('emit~p-2'), undefined);
  });

  it('finds what came first by looking back, also when nobody had declared what is looked for', async () => {
    const store = at.store();
    await happened(store, 'early', { order_id: 'o-1' });
    await happened(store, 'other', { order_id: 'o-2' });
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await happened(store, 'late', { order_id: 'o-1' });
    assert.deepEqual(await found(store, waiterOf('o-1')), ['emit~early', 'emit~late']);
    assert.deepEqual(await found(store, waiterOf('o-1'), 1), ['emit~early']);
    assert.deepEqual(await woken(store), [['dunning/emit~o-1/1', 'emit~late']]);
  });

  it('finds what came between the registration and the look both ways', async () => {
    const store = at.store();
    await store.declareKeys([{ type: 'payment.received', source: 'emit', paths: ['body.order_id'] }], NOW);
    const waiter = waiterOf('o-1');
    await store.registerWaiter(waiter, NOW);
    await happened(store, 'between', { order_id: 'o-1' });
    assert.deepEqual(await found(store, waiter), ['emit~between']);
    assert.deepEqual(await woken(store), [['dunning/emit~o-1/1', 'emit~between']]);
  });

  it('loses nothing when events and registrations come at the same time', async () => {
    const store = at.store();
    const orders = Array.from({ length: 60 }, (_, index) => `o-${index}`);
    const back = new Set<string>();
    await Promise.all(
      orders.flatMap((order, index) => {
        const wait = async (): Promise<void> => {
          await store.registerWaiter(waiterOf(order), NOW);
          if ((await found(store, waiterOf(order))).length > 0) back.add(order);
        };
        const event = (): Promise<unknown> => happened(store, `p-${order}`, { order_id: order });
        return index % 2 === 0 ? [wait(), event()] : [event(), wait()];
      }),
    );
    const forward = (await woken(store)).map(([waiter]) => waiter.slice('dunning/emit~'.length, -'/1'.length));
    assert.deepEqual([...new Set([...back, ...forward])].sort(), orders.toSorted());
  });

  it('compares as text, at every path that is asked for, in bodies and headers', async () => {
    const store = at.store();
    const where: [string, string][] = [
      ['body.order.id', '5'],
      ['headers.x-custom', 'grüße'],
    ];
    const waiter = waiterOf('five', { where });
    await store.registerWaiter(waiter, NOW);
    await happened(store, 'number', { order: { id: 5 } });
    await happened(store, 'absent', { order: {} });
    await happened(store, 'another', { order: { id: '05' } });
    await happened(store, 'not-a-text', { order: { id: ['5'] } });
    assert.deepEqual(await woken(store), [['dunning/emit~five/1', 'emit~number']]);
    await happened(store, 'text', { order: { id: '5' } });
    assert.deepEqual(await found(store, waiter), ['emit~number', 'emit~text']);
  });

  it('tells types and sources apart, takes one of several types, and any event without `where`', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('any', { where: [], types: ['a', 'b'] }), NOW);
    await store.registerWaiter(waiterOf('shop', { where: [], types: ['a'], source: 'shop' }), NOW);
    await happened(store, 'c', {}, { type: 'c' });
    await happened(store, 'b', {}, { type: 'b' });
    assert.deepEqual(await woken(store), [['dunning/emit~any/1', 'emit~b']]);
    await store.accept(delivery({ event: { type: 'a', outcome: 'unmatched', starts: [] } }));
    assert.deepEqual(await woken(store), [['dunning/emit~shop/1', 'shop~d-1']]);
  });

  it('takes no event from before, the one that started the run, nor one the run had already', async () => {
    const store = at.store();
    const waiter = waiterOf('o-1', { once: false });
    await store.declareKeys([{ type: 'payment.received', source: 'emit', paths: ['body.order_id'] }], NOW);
    await happened(store, 'before', { order_id: 'o-1' }, {}, NOW - 1);
    await happened(store, 'o-1', { order_id: 'o-1' });
    await happened(store, 'first', { order_id: 'o-1' });
    await happened(store, 'second', { order_id: 'o-1' });
    const [first] = await store.lookBack(waiter, 10);
    assert.equal(first!.event.id, 'emit~first');
    assert.deepEqual(await found(store, { ...waiter, after: first!.position }), ['emit~second']);
    await store.registerWaiter(waiter, NOW);
    await happened(store, 'old', { order_id: 'o-1' }, {}, NOW - 1);
    assert.deepEqual(await woken(store), []);
  });

  it('finds a lookback among many events, however their times are mixed', async () => {
    const store = at.store();
    await store.declareKeys([{ type: 'payment.received', source: 'emit', paths: ['body.order_id'] }], NOW);
    const times = Array.from({ length: 200 }, (_, index) => NOW - 200 * MINUTE_MS + index * MINUTE_MS);
    for (const [index, time] of times.entries()) {
      const jumbled = time + (index % 2 === 0 ? 30_000 : -30_000);
      await happened(store, `t-${index}`, { order_id: 'o-1' }, {}, jumbled);
    }
    const since = times[150]!;
    const expected = times.flatMap((time, index) =>
      time + (index % 2 === 0 ? 30_000 : -30_000) >= since ? [`emit~t-${index}`] : [],
    );
    assert.ok(expected.length > 40);
    assert.deepEqual(await found(store, waiterOf('o-1', { since, except: '' }), 1_000), expected);
  });

  it('wakes once by a repeated delivery, and not at all by what is only kept', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1', { once: false }), NOW);
    await happened(store, 'kept', { order_id: 'o-1' }, { outcome: 'filtered', held: true });
    await happened(store, 'p-1', { order_id: 'o-1' });
    await happened(store, 'p-1', { order_id: 'o-1' });
    assert.deepEqual(await woken(store), [['dunning/emit~o-1/1', 'emit~p-1']]);
    assert.deepEqual(await found(store, waiterOf('o-1')), ['emit~p-1']);
  });

  it('registers one wait once, wakes again and again where it is not for once, and forgets it', async () => {
    const store = at.store();
    const waiter = waiterOf('o-1', { once: false });
    await store.registerWaiter(waiter, NOW);
    await store.registerWaiter(waiter, NOW);
    assert.equal((await store.waitStats()).waiters, 1);
    await happened(store, 'p-1', { order_id: 'o-1' });
    await happened(store, 'p-2', { order_id: 'o-1' });
    assert.equal((await store.waitStats()).wakesPending, 2);
    await store.forgetWaiter(waiter.id);
    await happened(store, 'p-3', { order_id: 'o-1' });
    assert.deepEqual(await store.waitStats(), { waiters: 0, wakesPending: 0 });
  });

  it('leases a wake, gives it again when it could not be sent, and never again when it was', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await happened(store, 'p-1', { order_id: 'o-1' });
    const [wake] = await store.claimWakes(10, LEASE_MS, NOW + 20);
    assert.deepEqual(await store.claimWakes(10, LEASE_MS, NOW + 20), []);
    await store.settleWakes([{ id: wake!.id, state: 'pending', retryAt: NOW + 100, error: 'away' }]);
    assert.deepEqual(await store.claimWakes(10, LEASE_MS, NOW + 99), []);
    const [again] = await store.claimWakes(10, LEASE_MS, NOW + 100);
    assert.equal(again?.attempts, 1);
    await store.settleWakes([{ id: wake!.id, state: 'sent' }]);
    assert.deepEqual(await woken(store), []);
    assert.equal(await store.reopenWakes(0), 1);
    assert.deepEqual(await woken(store), [['dunning/emit~o-1/1', 'emit~p-1']]);
  });

  it('keeps waiters and wakes over a restart', async () => {
    await at.store().registerWaiter(waiterOf('o-1'), NOW);
    await at.store().registerWaiter(waiterOf('o-2'), NOW);
    await happened(at.store(), 'p-1', { order_id: 'o-1' });
    await at.reopen();
    await happened(at.store(), 'p-2', { order_id: 'o-2' });
    assert.deepEqual(await woken(at.store()), [
      ['dunning/emit~o-1/1', 'emit~p-1'],
      ['dunning/emit~o-2/1', 'emit~p-2'],
    ]);
  });

  it('lists who waits for ends of runs, each once, page by page', async () => {
    const store = at.store();
    const types = ['run.completed', 'run.failed'];
    await store.registerWaiter(waiterOf('o-1'), NOW);
    for (const step of ['1', '2', '3']) {
      const where: [string, string][] = [['body.id', `ship/call~${step}`]];
      await store.registerWaiter(
        { ...waiterOf('o-1', { id: `a/${step}` }), workflowId: 'a', source: 'run', types, where },
        NOW,
      );
    }
    const page = await store.callers(0, 2);
    assert.deepEqual(
      page.map(({ waiter, workflowId }) => [waiter, workflowId]),
      [
        ['a/1', 'a'],
        ['a/2', 'a'],
      ],
    );
    const rest = await store.callers(page[1]!.row, 2);
    assert.deepEqual(
      rest.map(({ waiter }) => waiter),
      ['a/3'],
    );
    assert.deepEqual(await store.callers(rest[0]!.row, 2), []);
  });

  it('wakes nobody whose time is over, and deletes what is old: waiters, sent wakes, keys', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1', { expiresAt: NOW + 5 }), NOW);
    await store.registerWaiter(waiterOf('o-2'), NOW);
    await happened(store, 'p-1', { order_id: 'o-1' });
    await happened(store, 'p-2', { order_id: 'o-2' });
    const [wake] = await store.claimWakes(10, LEASE_MS, NOW + DAY_MS);
    assert.equal(wake?.event.id, 'emit~p-2');
    await store.settleWakes([{ id: wake.id, state: 'sent' }]);
    await store.pruneWaits({ now: NOW + 5, sentBefore: Date.now() + 1, declaredBefore: NOW + 1 });
    assert.equal((await store.waitStats()).waiters, 0);
    assert.equal(await store.reopenWakes(0), 0);
    // Nothing is indexed any more, but what is stored can still be looked at.
    assert.deepEqual(await found(store, waiterOf('o-2')), ['emit~p-2']);
  });

  it('prunes no event that a run is still to be told of, and finds none whose body is gone', async () => {
    const store = at.store();
    await store.registerWaiter(waiterOf('o-1'), NOW);
    await happened(store, 'p-1', { order_id: 'o-1' });
    await happened(store, 'p-2', { order_id: 'o-1' });
    await store.prune(NOW + DAY_MS, NOW + DAY_MS);
    assert.deepEqual(await found(store, waiterOf('o-1')), ['emit~p-1']);
    const [wake] = await store.claimWakes(10, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(wake?.event.body, { order_id: 'o-1' });
    await store.settleWakes([{ id: wake!.id, state: 'sent' }]);
    await store.prune(NOW + DAY_MS, NOW);
    assert.deepEqual(await found(store, waiterOf('o-1')), []);
  });
}
