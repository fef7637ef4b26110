// What every Store driver must do with starts that are taken back while they wait for a place: they never start, and keep no place.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store } from '../../src/inbox/store.ts';
import { delivery, NOW, type StoreAtHand } from './deliveries.ts';
import { acceptAdmitted, startDue } from './admitted.ts';

const ONE = { key: '', limit: 1, onLimit: 'queue' } as const;
const MINUTE_MS = 60_000;

function withdraw(store: Store, id: string, now = NOW): Promise<boolean> {
  return store.withdrawStart({ eventId: `shop~${id}`, flow: 'welcome', reason: 'nobody wants it' }, now);
}

export function testWithdrawn(at: StoreAtHand): void {
  it('takes back a start that waits for a slot: it is skipped, and the next one comes in its place', async () => {
    const store = at.store();
    for (const id of ['a', 'b', 'c']) await acceptAdmitted(store, id, { concurrency: ONE });
    assert.deepEqual(await startDue(store), ['a']);
    assert.equal(await withdraw(store, 'b'), true);
    assert.equal(await withdraw(store, 'b'), false);
    assert.deepEqual(await store.startStatus('shop~b', 'welcome'), { state: 'skipped' });
    await store.releaseSlots('welcome/shop~a', NOW);
    assert.deepEqual(await startDue(store), ['c']);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('leaves alone what has started, what may start now, and what is not there', async () => {
    const store = at.store();
    for (const id of ['a', 'b']) await acceptAdmitted(store, id, { concurrency: ONE });
    assert.equal(await withdraw(store, 'a'), false);
    assert.deepEqual(await startDue(store), ['a']);
    assert.equal(await withdraw(store, 'a'), false);
    assert.equal(await withdraw(store, 'x'), false);
    await acceptAdmitted(store, 'free', {});
    assert.equal(await withdraw(store, 'free'), false);
  });

  it('frees the place of a rate, and the slot held meanwhile, at the time from which it would have been taken', async () => {
    const store = at.store();
    const both = { concurrency: { ...ONE, limit: 2 }, rate: { key: '', limit: 1, perMs: MINUTE_MS } };
    for (const id of ['a', 'b', 'c', 'd']) await acceptAdmitted(store, id, both);
    assert.deepEqual(await startDue(store), ['a']);
    // `b` has a place that is free in a minute, and the second slot.
    assert.equal(await withdraw(store, 'b'), true);
    assert.deepEqual(await startDue(store, NOW + MINUTE_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + MINUTE_MS), ['c']);
    assert.equal(await withdraw(store, 'd', NOW + MINUTE_MS), true);
    await store.releaseSlots('welcome/shop~a', NOW);
    await store.releaseSlots('welcome/shop~c', NOW);
    assert.equal(await store.countWaitingStarts(), 0);
  });

  it('tells of a call that was taken back, for its caller waits for the end', async () => {
    const store = at.store();
    for (const id of ['a', 'b']) {
      const start = { flow: 'welcome', definitionHash: 'hash-1', admission: { concurrency: ONE } };
      const event = { id: `shop~${id}`, type: 'call', outcome: 'matched' as const, starts: [start] };
      await store.accept(delivery({ source: 'call', deliveryId: id, events: [event] }));
    }
    await withdraw(store, 'b');
    const told = (await store.unstartedCalls(10)).map(({ eventId, flow, reason }) => [eventId, flow, reason]);
    assert.deepEqual(told, [['shop~b', 'welcome', 'nobody wants it']]);
  });
}
