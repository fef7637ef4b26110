// What every Store driver must do with an event beyond the limit of `concurrency`: skip it, or let it win over those before it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { acceptAdmitted, acceptCounted, claim, end, LATER, startDue, stateOf, type Concurrency } from './admitted.ts';
import { NOW, type StoreAtHand } from './deliveries.ts';

export function testFullSlots(at: StoreAtHand): void {
  it('skips an event beyond the limit for good, where the flow says so', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b'], { onLimit: 'skip' });
    assert.equal(await stateOf(store, 'b'), 'skipped');
    assert.equal((await store.stats()).startsPending, 1);
    assert.deepEqual(await startDue(store), ['a']);
    await end(store, 'a');
    assert.deepEqual(await startDue(store, LATER), []);
    await acceptCounted(store, ['c'], { onLimit: 'skip' });
    assert.deepEqual(await startDue(store), ['c']);
    const [shown] = await store.findDeliveries('shop~b');
    const start = shown!.events[0]!.starts[0]!;
    assert.equal(start.state, 'skipped');
    assert.match(start.error!, /on_limit: skip/);
    const skipped = await store.listDeliveries({ status: 'skipped', limit: 10 });
    assert.deepEqual(
      skipped.map(({ deliveryId }) => deliveryId),
      ['b'],
    );
  });

  it('skips one of two events that come at once', async () => {
    const store = at.store();
    await Promise.all([
      acceptCounted(store, ['a'], { onLimit: 'skip' }),
      acceptCounted(store, ['b'], { onLimit: 'skip' }),
    ]);
    const states = [await stateOf(store, 'a'), await stateOf(store, 'b')];
    assert.deepEqual(states.toSorted(), ['pending', 'skipped']);
  });

  it('lets the newest event win: the running ones are to be cancelled, the waiting ones are skipped', async () => {
    const store = at.store();
    await acceptCounted(store, ['a'], { onLimit: 'cancel_running' });
    await startDue(store);
    await acceptCounted(store, ['b', 'c'], { onLimit: 'cancel_running' });
    assert.equal(await stateOf(store, 'b'), 'skipped');
    assert.equal(await stateOf(store, 'c'), 'pending');
    const question = { wantedBefore: NOW, anyBefore: 0, limit: 10 };
    assert.deepEqual(await store.holdersToCheck(question), [{ workflowId: 'welcome/shop~a', cancel: true }]);
    // It is asked again until it is over.
    await store.settleHolders([{ workflowId: 'welcome/shop~a', over: false }], NOW);
    assert.deepEqual(await store.holdersToCheck({ ...question, wantedBefore: NOW - 1 }), []);
    const again = await (await at.reopen()).holdersToCheck(question);
    assert.deepEqual(again, [{ workflowId: 'welcome/shop~a', cancel: true }]);
    assert.deepEqual(await startDue(at.store(), LATER), []);
    await at.store().settleHolders([{ workflowId: 'welcome/shop~a', over: true }], NOW);
    assert.deepEqual(await startDue(at.store()), ['c']);
  });

  it('cancels as few runs as make room, the oldest first', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c'], { onLimit: 'cancel_running', limit: 3 });
    await startDue(store);
    await acceptCounted(store, ['d'], { onLimit: 'cancel_running', limit: 2 });
    const holders = await store.holdersToCheck({ wantedBefore: NOW, anyBefore: 0, limit: 10 });
    const toCancel = holders.filter(({ cancel }) => cancel).map(({ workflowId }) => workflowId);
    assert.deepEqual(toCancel, ['welcome/shop~a', 'welcome/shop~b']);
  });

  it('asks nobody to cancel a run that is still to be started', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b'], { onLimit: 'cancel_running' });
    assert.deepEqual(await store.holdersToCheck({ wantedBefore: NOW, anyBefore: NOW, limit: 10 }), []);
    await startDue(store);
    const holders = await store.holdersToCheck({ wantedBefore: NOW, anyBefore: NOW, limit: 10 });
    assert.deepEqual(holders, [{ workflowId: 'welcome/shop~a', cancel: true }]);
  });

  it('asks after holders that somebody waits for, after others only when they are old', async () => {
    const store = at.store();
    await acceptCounted(store, ['a'], { key: 'alone' });
    await acceptCounted(store, ['b', 'c'], { key: 'contended' });
    await acceptCounted(store, ['d', 'e'], { key: 'skipping', onLimit: 'skip' });
    await startDue(store);
    const ask = (wantedBefore: number, anyBefore: number): Promise<string[]> =>
      store
        .holdersToCheck({ wantedBefore, anyBefore, limit: 10 })
        .then((found) => found.map((each) => each.workflowId));
    assert.deepEqual(await ask(NOW, 0), ['welcome/shop~b', 'welcome/shop~d']);
    const all = ['b', 'd'].map((id) => ({ workflowId: `welcome/shop~${id}`, over: false }));
    await store.settleHolders(all, NOW);
    // Nobody waits for the one that events are skipped for, until the next one is.
    assert.deepEqual(await ask(NOW, 0), ['welcome/shop~b']);
    assert.deepEqual((await ask(NOW, NOW)).toSorted(), ['welcome/shop~a', 'welcome/shop~b', 'welcome/shop~d']);
  });

  it('skips no start that was claimed, though the newer event came in before it by its own time', async () => {
    const store = at.store();
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'cancel_running' };
    await acceptAdmitted(store, 'a', { concurrency }, { receivedAt: NOW + 5 });
    const [a] = await claim(store, NOW + 5);
    await acceptAdmitted(store, 'b', { concurrency }, { receivedAt: NOW });
    assert.equal(await stateOf(store, 'a'), 'pending');
    await store.settleStarts([{ id: a!.id, state: 'started' }], NOW + 6);
    const holders = await store.holdersToCheck({ wantedBefore: NOW, anyBefore: 0, limit: 10 });
    assert.deepEqual(holders, [{ workflowId: 'welcome/shop~a', cancel: true }]);
    assert.deepEqual(await startDue(store, LATER), []);
    await end(store, 'a');
    assert.deepEqual(await startDue(store), ['b']);
  });

  it('skips no start that was given back untried, for it may have been on its way before a crash', async () => {
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'cancel_running' };
    await acceptAdmitted(at.store(), 'a', { concurrency });
    await claim(at.store());
    const store = await at.reopen();
    const [a] = await claim(store, NOW + 10);
    await store.settleStarts([{ id: a!.id, state: 'pending', retryAt: NOW + 10 }], NOW + 10);
    await acceptAdmitted(store, 'b', { concurrency }, { receivedAt: NOW + 9 });
    assert.equal(await stateOf(store, 'a'), 'pending');
  });
}
