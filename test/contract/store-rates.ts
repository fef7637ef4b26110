// What every Store driver must do with `rate`: no window of `per` ever sees more starts than the limit, whatever delays or repeats them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { StartAdmission, Store } from '../../src/inbox/store.ts';
import { DAY_MS, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';
import { acceptAdmitted, claim, startDue } from './admitted.ts';

const PER_MS = 1_000;

async function accept(
  store: Store,
  ids: string[],
  limit = 1,
  more: StartAdmission = {},
  receivedAt = NOW,
): Promise<void> {
  for (const id of ids)
    await acceptAdmitted(store, id, { rate: { key: '', limit, perMs: PER_MS }, ...more }, { receivedAt });
}

export function testRates(at: StoreAtHand): void {
  it('lets so many starts through at once, the next when the time of one is over, in order', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c', 'd'], 2);
    assert.deepEqual(await startDue(store, NOW), ['a', 'b']);
    assert.deepEqual(await startDue(store, NOW + PER_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['c', 'd']);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('counts the time from when a run was started, not from when it was let through', async () => {
    const store = at.store();
    await accept(store, ['a', 'b']);
    const [a] = await claim(store, NOW);
    assert.deepEqual(await startDue(store, NOW + 5 * PER_MS), []);
    await store.settleStarts([{ id: a!.id, state: 'started' }], NOW + 5 * PER_MS);
    assert.deepEqual(await startDue(store, NOW + 6 * PER_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + 6 * PER_MS), ['b']);
  });

  it('no window sees more starts than the limit, over many events at any times and restarts', async () => {
    const limit = 3;
    const started: number[] = [];
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    let now = NOW;
    for (let step = 0; step < 120; step += 1) {
      now += random(400);
      const store = random(40) === 0 ? await at.reopen() : at.store();
      if (step < 60) await accept(store, [`e${step}`], limit, {}, now);
      // The later ones of a claim are recorded after a delay.
      const due = await claim(store, now);
      now += random(100);
      await store.settleStarts(
        due.map(({ id }) => ({ id, state: 'started' })),
        now,
      );
      started.push(...due.map(() => now));
    }
    assert.equal(started.length, 60);
    for (const [index, time] of started.entries())
      assert.ok(index < limit || time - started[index - limit]! >= PER_MS, `start ${index} came too early`);
  });

  it('keeps the place of a start that has to be tried again, and gives on that of one that is refused', async () => {
    const store = at.store();
    await accept(store, ['a', 'b']);
    const [a] = await claim(store, NOW);
    await store.settleStarts([{ id: a!.id, state: 'pending', retryAt: NOW + DAY_MS, error: 'away' }], NOW);
    assert.deepEqual(await claim(store, NOW + PER_MS), []);
    await store.settleStarts([{ id: a!.id, state: 'parked', error: 'too large' }], NOW + PER_MS);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['b']);
  });

  it('gives the receiver no start before its time', async () => {
    const store = at.store();
    await accept(store, ['a', 'b']);
    await startDue(store, NOW);
    assert.equal(await store.claimStart('shop~b', 'welcome', LEASE_MS, NOW + PER_MS - 1), null);
    assert.equal((await store.claimStart('shop~b', 'welcome', LEASE_MS, NOW + PER_MS))?.eventId, 'shop~b');
  });

  it('says when a start begins, where that is known', async () => {
    const store = at.store();
    const now = Date.now();
    await accept(store, ['a', 'b', 'c'], 1, {}, now);
    await startDue(store, now);
    const status = await store.startStatus('shop~b', 'welcome');
    assert.deepEqual(status?.waits, { for: 'rate', ahead: 0, until: now + PER_MS });
    assert.deepEqual((await store.startStatus('shop~c', 'welcome'))?.waits, { for: 'rate', ahead: 0, until: null });
    assert.equal(await store.countWaitingStarts(), 2);
    assert.equal((await store.stats()).oldestPendingAt, null, 'nothing is late');
  });

  it('sent again after an unclean stop, a start that had been started takes no second place', async () => {
    const store = at.store();
    await accept(store, ['a', 'b']);
    await startDue(store, NOW);
    await startDue(store, NOW + PER_MS);
    await store.reopenStarts(NOW - DAY_MS);
    await accept(store, ['c'], 1, {}, Date.now());
    const far = Date.now() + 10 * PER_MS;
    for (let again = 0; again < 2; again += 1) {
      const starts = await claim(store, far);
      await store.settleStarts(
        starts.map(({ id }) => ({ id, state: 'started', already: true })),
        far,
      );
    }
    assert.equal((await store.startStatus('shop~c', 'welcome'))?.state, 'pending');
    assert.deepEqual(await startDue(store, far), ['c']);
  });

  it('waits for a slot first, then for its time', async () => {
    const store = at.store();
    const concurrency = { key: '', limit: 1, onLimit: 'queue' as const };
    await accept(store, ['a', 'b'], 1, { concurrency });
    await startDue(store, NOW);
    assert.deepEqual(await startDue(store, NOW + 2 * PER_MS), []);
    await store.releaseSlots('welcome/shop~a', NOW + 100);
    assert.deepEqual(await startDue(store, NOW + PER_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['b']);
  });

  it('cancels no run for a start that only waits for its time: that one is skipped, and its time is the next one’s', async () => {
    const store = at.store();
    const concurrency = { key: '', limit: 1, onLimit: 'cancel_running' as const };
    await accept(store, ['a'], 1, { concurrency });
    await startDue(store, NOW);
    await store.releaseSlots('welcome/shop~a', NOW);
    await accept(store, ['b'], 1, { concurrency }, NOW + 1);
    await accept(store, ['c'], 1, { concurrency }, NOW + 2);
    assert.equal((await store.startStatus('shop~b', 'welcome'))?.state, 'skipped');
    assert.deepEqual(await startDue(store, NOW + PER_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['c']);
  });

  it('takes a lower limit from the next event on', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c'], 3);
    await startDue(store, NOW);
    await accept(store, ['d', 'e'], 1);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['d']);
    assert.deepEqual(await startDue(store, NOW + 2 * PER_MS), ['e']);
  });

  it('waits no longer than the time of the rate when the clock went back', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c'], 1, {}, NOW + DAY_MS);
    assert.deepEqual(await startDue(store, NOW + DAY_MS), ['a']);
    await store.bringForward(NOW);
    assert.deepEqual(await startDue(store, NOW + PER_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['b']);
    assert.deepEqual(await startDue(store, NOW + 2 * PER_MS), ['c']);
    await accept(store, ['d'], 1, {}, NOW + DAY_MS);
    assert.deepEqual(await startDue(store, NOW + DAY_MS), ['d']);
    await store.bringForward(NOW);
    await accept(store, ['e'], 1, {}, NOW);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['e']);
  });

  it('forgets places that are free again', async () => {
    const store = at.store();
    await accept(store, ['a']);
    await startDue(store, NOW);
    await store.pruneSlots(NOW + PER_MS);
    await accept(store, ['b'], 1, {}, NOW + PER_MS);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['b']);
  });

  it('keeps to a lower limit with those that waited for a slot meanwhile', async () => {
    const store = at.store();
    const slot = (key: string): StartAdmission => ({ concurrency: { key, limit: 1, onLimit: 'queue' } });
    await accept(store, ['a', 'b'], 2, slot('x'));
    assert.deepEqual(await startDue(store, NOW), ['a']);
    await accept(store, ['c'], 1, slot('y'));
    await store.releaseSlots('welcome/shop~a', NOW);
    assert.deepEqual(await startDue(store, NOW + PER_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + PER_MS), ['c']);
    assert.deepEqual(await startDue(store, NOW + 2 * PER_MS), ['b']);
  });

  it('loses no place to a run that ends while it waits to be sent again', async () => {
    const store = at.store();
    const now = Date.now() + DAY_MS;
    const slot = (key: string): StartAdmission => ({ concurrency: { key, limit: 1, onLimit: 'queue' } });
    await accept(store, ['a'], 1, slot('x'), now);
    await startDue(store, now);
    await accept(store, ['b'], 1, slot('y'), now);
    await store.reopenStarts(now - DAY_MS);
    await store.releaseSlots('welcome/shop~a', now);
    assert.deepEqual(await startDue(store, now + PER_MS), ['b']);
    await accept(store, ['c'], 1, slot('z'), now + PER_MS);
    assert.deepEqual(await startDue(store, now + 2 * PER_MS), ['c']);
  });

  it('counts a start that was sent again and not answered: its run may be a new one', async () => {
    const store = at.store();
    const now = Date.now() + DAY_MS;
    await accept(store, ['a'], 1, {}, now);
    await startDue(store, now);
    await store.reopenStarts(now - DAY_MS);
    const [a] = await claim(store, now + PER_MS);
    await store.settleStarts([{ id: a!.id, state: 'pending', retryAt: now + PER_MS, error: 'away' }], now + PER_MS);
    await claim(store, now + PER_MS);
    await store.settleStarts([{ id: a!.id, state: 'started', already: true }], now + PER_MS);
    await accept(store, ['b'], 1, {}, now + PER_MS);
    assert.deepEqual(await startDue(store, now + 2 * PER_MS - 1), []);
    assert.deepEqual(await startDue(store, now + 2 * PER_MS), ['b']);
  });
}
