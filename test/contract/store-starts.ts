// What every Store driver must do with starts: who may claim one, in which order, and what becomes of it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { acceptMany, DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';

export function testStarts(at: StoreAtHand): void {
  it('gives a start to one claimer until the lease runs out', async () => {
    await at.store().accept(delivery());
    const [first] = await at.store().claimStarts(10, LEASE_MS, NOW);
    assert.deepEqual(await at.store().claimStarts(10, LEASE_MS, NOW + LEASE_MS - 1), []);
    const [again] = await at.store().claimStarts(10, LEASE_MS, NOW + LEASE_MS);
    assert.equal(again?.id, first?.id);
  });

  it('gives two claimers different starts', async () => {
    await acceptMany(at.store(), 'shop', ['a', 'b', 'c', 'd']);
    const claims = await Promise.all([
      at.store().claimStarts(2, LEASE_MS, NOW + 9),
      at.store().claimStarts(2, LEASE_MS, NOW + 9),
    ]);
    assert.equal(new Set(claims.flat().map((start) => start.id)).size, 4);
  });

  it('gives the oldest of a source first', async () => {
    await at.store().accept(delivery({ deliveryId: 'late', receivedAt: NOW - 1 }));
    await at.store().accept(delivery({ deliveryId: 'early', receivedAt: NOW - 9 }));
    const events = (await at.store().claimStarts(1, LEASE_MS, NOW)).map((start) => start.eventId);
    assert.deepEqual(events, ['shop~early']);
  });

  it('serves sources in turn, so that a flood at one does not hold up another', async () => {
    await acceptMany(
      at.store(),
      'flood',
      Array.from({ length: 50 }, (_, index) => `f${index}`),
      NOW - 1000,
    );
    await acceptMany(at.store(), 'quiet', ['q0', 'q1']);
    await acceptMany(at.store(), 'rare', ['r0']);
    const sources = (await at.store().claimStarts(6, LEASE_MS, NOW + 9)).map((start) => start.source);
    assert.deepEqual(sources.toSorted(), ['flood', 'flood', 'flood', 'quiet', 'quiet', 'rare']);
  });

  it('serves every source in turn over several small claims', async () => {
    for (const source of ['a', 'b', 'c']) await acceptMany(at.store(), source, ['1', '2', '3']);
    const sources: string[] = [];
    for (let claim = 0; claim < 6; claim += 1) {
      const [start] = await at.store().claimStarts(1, LEASE_MS, NOW + 9);
      sources.push(start!.source);
    }
    assert.deepEqual(sources, ['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('never gives a started start again', async () => {
    await at.store().accept(delivery());
    const [start] = await at.store().claimStarts(10, LEASE_MS, NOW);
    await at.store().settleStarts([{ id: start!.id, state: 'started' }]);
    assert.deepEqual(await at.store().claimStarts(10, LEASE_MS, NOW + DAY_MS), []);
    assert.equal(await at.store().claimStart('shop~d-1', 'welcome', LEASE_MS, NOW), null);
  });

  it('gives a start again when its time has come, and counts tries that failed only', async () => {
    await at.store().accept(delivery());
    const [start] = await at.store().claimStarts(10, LEASE_MS, NOW);
    await at.store().settleStarts([{ id: start!.id, state: 'pending', retryAt: NOW + 500, error: 'away' }]);
    assert.deepEqual(await at.store().claimStarts(10, LEASE_MS, NOW + 499), []);
    const [second] = await at.store().claimStarts(10, LEASE_MS, NOW + 500);
    assert.equal(second?.attempts, 1);
    await at.store().settleStarts([{ id: start!.id, state: 'pending', retryAt: NOW + 500 }]);
    const [third] = await at.store().claimStarts(10, LEASE_MS, NOW + 500);
    assert.equal(third?.attempts, 1);
  });

  it('parks one start and goes on with the others', async () => {
    await acceptMany(at.store(), 'shop', ['bad', 'good']);
    const [bad, good] = await at.store().claimStarts(10, LEASE_MS, NOW + 9);
    await at.store().settleStarts([
      { id: bad!.id, state: 'parked', error: 'invalid argument' },
      { id: good!.id, state: 'pending', retryAt: NOW },
    ]);
    const left = await at.store().claimStarts(10, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(
      left.map((start) => start.eventId),
      ['shop~good'],
    );
    const stats = await at.store().stats();
    assert.deepEqual([stats.startsPending, stats.startsParked], [1, 1]);
  });

  it('leaves a start to the receiver first, and to the dispatcher when the receiver did not start it', async () => {
    const starts = [{ flow: 'answer', definitionHash: 'hash-1', respondWithinMs: 5_000 }];
    await at.store().accept(delivery({ event: { starts } }));
    assert.deepEqual(await at.store().claimStarts(10, LEASE_MS, NOW), []);
    const own = await at.store().claimStart('shop~d-1', 'answer', LEASE_MS, NOW);
    assert.equal(own?.flow, 'answer');
    assert.equal(own?.respondWithinMs, 5_000);
    assert.deepEqual(await at.store().claimStarts(10, LEASE_MS, NOW + LEASE_MS - 1), []);
    const [late] = await at.store().claimStarts(10, LEASE_MS, NOW + LEASE_MS);
    assert.equal(late?.id, own?.id);
  });

  it('gives no start of an unknown event or flow', async () => {
    await at.store().accept(delivery());
    assert.equal(await at.store().claimStart('shop~other', 'welcome', LEASE_MS, NOW), null);
    assert.equal(await at.store().claimStart('shop~d-1', 'other', LEASE_MS, NOW), null);
  });

  it('opens starts again that were marked started lately, and no older or parked ones', async () => {
    await acceptMany(at.store(), 'shop', ['a', 'b', 'parked']);
    const [a, b, parked] = await at.store().claimStarts(10, LEASE_MS, NOW + 9);
    await at.store().settleStarts([
      { id: a!.id, state: 'started' },
      { id: b!.id, state: 'started' },
      { id: parked!.id, state: 'parked', error: 'invalid' },
    ]);
    assert.equal(await at.store().reopenStarts(Date.now() + DAY_MS), 0);
    assert.equal(await at.store().reopenStarts(Date.now() - DAY_MS), 2);
    const again = await at.store().claimStarts(10, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(again.map((start) => start.eventId).toSorted(), ['shop~a', 'shop~b']);
  });
}
