// What every Store driver must do with `concurrency`: never more starts let through than there are slots, in order, whatever ends them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NEVER_DUE_AT } from '../../src/inbox/slots.ts';
import { acceptAdmitted, acceptCounted, claim, end, LATER, startDue, stateOf, type Concurrency } from './admitted.ts';
import { delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';

export function testSlots(at: StoreAtHand): void {
  it('lets as many starts through as there are slots, and the next in order when a run ends', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c', 'd'], { limit: 2 });
    assert.deepEqual(await startDue(store), ['a', 'b']);
    assert.deepEqual(await startDue(store, LATER), []);
    await end(store, 'b');
    assert.deepEqual(await startDue(store), ['c']);
    await end(store, 'a');
    await end(store, 'c');
    assert.deepEqual(await startDue(store), ['d']);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('counts each key and each flow apart', async () => {
    const store = at.store();
    await acceptCounted(store, ['a1', 'a2'], { key: 'a' });
    await acceptCounted(store, ['b1', 'b2'], { key: 'b' });
    assert.deepEqual((await startDue(store)).toSorted(), ['a1', 'b1']);
    const concurrency: Concurrency = { key: 'a', limit: 1, onLimit: 'queue' };
    const starts = ['welcome', 'other'].map((flow) => ({
      flow,
      definitionHash: 'hash-1',
      admission: { concurrency },
    }));
    const event = { id: 'shop~two', type: 'order.created', outcome: 'matched' as const, starts };
    await store.accept(delivery({ deliveryId: 'two', events: [event] }));
    assert.deepEqual(
      (await claim(store)).map(({ flow }) => flow),
      ['other'],
    );
  });

  it('gives a slot to one start only, and a run that ends twice frees one only', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c']);
    await startDue(store);
    await Promise.all([end(store, 'a'), end(store, 'a'), end(store, 'unknown')]);
    assert.deepEqual(await startDue(store), ['b']);
    assert.deepEqual(await startDue(store, LATER), []);
  });

  it('keeps slots and order over a crash between claim and start', async () => {
    await acceptCounted(at.store(), ['a', 'b', 'c']);
    assert.equal((await claim(at.store())).length, 1);
    const store = await at.reopen();
    assert.deepEqual(await startDue(store), ['a']);
    assert.deepEqual(await startDue(store, LATER), []);
    await end(await at.reopen(), 'a');
    assert.deepEqual(await startDue(await at.reopen()), ['b']);
  });

  it('says with a claimed start what it had to wait for', async () => {
    await acceptCounted(at.store(), ['a']);
    const [start] = await claim(at.store());
    assert.deepEqual(start?.admission, { concurrency: { key: '', limit: 1, onLimit: 'queue' } });
  });

  it('does not give the receiver a start that waits', async () => {
    const store = at.store();
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'queue' };
    await acceptAdmitted(store, 'a', { concurrency }, { respondWithinMs: 500 });
    await acceptAdmitted(store, 'b', { concurrency }, { respondWithinMs: 500 });
    assert.equal((await store.claimStart('shop~a', 'welcome', LEASE_MS, NOW))?.eventId, 'shop~a');
    assert.equal(await store.claimStart('shop~b', 'welcome', LEASE_MS, LATER), null);
    await end(store, 'a');
    assert.equal((await store.claimStart('shop~b', 'welcome', LEASE_MS, NOW))?.eventId, 'shop~b');
  });

  it('frees the slot of a start that is refused, and counts one whose end came before its start was recorded', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c']);
    const [a] = await claim(store);
    await store.settleStarts([{ id: a!.id, state: 'parked', error: 'too large' }], NOW);
    const [b] = await claim(store);
    await end(store, 'b');
    assert.equal(await stateOf(store, 'b'), 'started');
    assert.deepEqual(await startDue(store), ['c']);
    await store.settleStarts([{ id: b!.id, state: 'started' }], NOW);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('keeps the slot of a start that has to be tried again', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b']);
    const [a] = await claim(store);
    await store.settleStarts([{ id: a!.id, state: 'pending', retryAt: NOW + 1_000, error: 'away' }]);
    assert.deepEqual(await startDue(store), []);
    assert.deepEqual(await startDue(store, NOW + 1_000), ['a']);
  });

  it('takes a new limit for those that wait already, from the next event on', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c']);
    await acceptCounted(store, ['d'], { limit: 3 });
    assert.deepEqual(await startDue(store), ['a', 'b', 'c']);
    await acceptCounted(store, ['e'], { limit: 2 });
    await end(store, 'a');
    assert.deepEqual(await startDue(store), []);
    await end(store, 'b');
    assert.deepEqual(await startDue(store), ['d']);
  });

  it('a claim costs the same however many wait', async () => {
    const store = at.store();
    await acceptCounted(store, ['first']);
    await startDue(store);
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'queue' };
    const ids = Array.from({ length: 2_000 }, (_, index) => `q${index}`);
    await Promise.all(ids.map((id) => acceptAdmitted(store, id, { concurrency })));
    assert.equal(await store.countWaitingStarts(), 2_000);
    assert.deepEqual(await store.claimStarts(10, LEASE_MS, NEVER_DUE_AT - 1), []);
    const [shown] = await store.findDeliveries('shop~q1999');
    assert.deepEqual(shown!.events[0]!.starts[0]!.waits?.for, 'concurrency');
    assert.equal((await store.stats()).oldestPendingAt, null);
    await end(store, 'first');
    assert.equal((await claim(store)).length, 1);
  });

  it('says how many runs are ahead', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c', 'd'], { limit: 2 });
    assert.deepEqual(await store.startStatus('shop~d', 'welcome'), {
      state: 'pending',
      waits: { for: 'concurrency', ahead: 3 },
    });
    assert.deepEqual(await store.startStatus('shop~a', 'welcome'), { state: 'pending' });
    assert.equal(await store.startStatus('shop~none', 'welcome'), null);
  });
}
