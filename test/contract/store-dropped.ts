// What every Store driver must do with starts that people drop: those that wait for their turn or were refused for good never start, keep
// no place and wait no more; one that may be on its way is left alone.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { STARTS_DROPPED_MAX, type StartsToDrop } from '../../src/inbox/slots.ts';
import type { ListedStart, Store } from '../../src/inbox/store.ts';
import { delivery, NOW, type StoreAtHand } from './deliveries.ts';
import { acceptAdmitted, claim, startDue } from './admitted.ts';

const ONE = { key: '', limit: 1, onLimit: 'queue' } as const;
const MINUTE_MS = 60_000;
const WAITING = { of: 'waiting', flow: 'welcome' } as const;

/** Ids of those that were dropped, and of those that were left with where they stand. */
async function drop(store: Store, starts: StartsToDrop, now = NOW): Promise<{ dropped: string[]; left: string[][] }> {
  const all = await store.dropStarts(starts, 'sent by mistake', now);
  const id = (eventId: string): string => eventId.slice('shop~'.length);
  return {
    dropped: all.filter(({ dropped }) => dropped).map(({ eventId }) => id(eventId)),
    left: all.filter(({ dropped }) => !dropped).map(({ eventId, state }) => [id(eventId), state]),
  };
}

async function startOf(store: Store, id: string): Promise<ListedStart | undefined> {
  return (await store.findDeliveries(id))[0]?.events[0]?.starts[0];
}

export function testDropped(at: StoreAtHand): void {
  it('drops the start of one event that waits for a slot, says why, and lets the next in its place', async () => {
    const store = at.store();
    for (const id of ['a', 'b', 'c']) await acceptAdmitted(store, id, { concurrency: ONE });
    assert.deepEqual(await startDue(store), ['a']);
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~b' }), { dropped: ['b'], left: [] });
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~b' }), { dropped: [], left: [['b', 'skipped']] });
    const { state, error } = (await startOf(store, 'b'))!;
    assert.deepEqual([state, error], ['skipped', 'sent by mistake']);
    await store.releaseSlots('welcome/shop~a', NOW);
    assert.deepEqual(await startDue(store), ['c']);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('drops all that wait for one flow, a page at a time, newest first, so that none of them gets a place meanwhile', async () => {
    const store = at.store();
    const count = STARTS_DROPPED_MAX + 20;
    const rate = { key: '', limit: 3, perMs: MINUTE_MS };
    await Promise.all(Array.from({ length: count }, (_, n) => acceptAdmitted(store, String(n), { rate })));
    assert.equal((await startDue(store)).length, 3);
    assert.equal(await store.countDroppable('waiting', 'other', NOW), 0);
    assert.equal(await store.countDroppable('waiting', 'welcome', NOW), count - 3);
    const first = await store.dropStarts(WAITING, 'sent by mistake', NOW);
    assert.equal(first.length, STARTS_DROPPED_MAX);
    const rest = await store.dropStarts({ ...WAITING, before: first.at(-1)!.row }, 'sent by mistake', NOW);
    assert.equal(first.length + rest.length, count - 3);
    assert.ok([...first, ...rest].every(({ dropped }) => dropped));
    assert.equal(await store.countWaitingStarts(), 0);
    assert.equal((await store.stats()).startsPending, 0);
    assert.deepEqual(await startDue(store, NOW + 10 * MINUTE_MS), []);
  });

  it('gives the place of one that knew its time to the next, at that time', async () => {
    const store = at.store();
    const both = { concurrency: { ...ONE, limit: 2 }, rate: { key: '', limit: 1, perMs: MINUTE_MS } };
    for (const id of ['a', 'b', 'c']) await acceptAdmitted(store, id, both);
    assert.deepEqual(await startDue(store), ['a']);
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~b' }), { dropped: ['b'], left: [] });
    assert.deepEqual(await startDue(store, NOW + MINUTE_MS - 1), []);
    assert.deepEqual(await startDue(store, NOW + MINUTE_MS), ['c']);
  });

  it('leaves alone what has started, what may start now, and what waits for nothing', async () => {
    const store = at.store();
    await acceptAdmitted(store, 'free', {});
    await acceptAdmitted(store, 'a', { concurrency: ONE });
    const pending = { dropped: [], left: [['a', 'pending']] };
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~a' }), pending);
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~free' }), { dropped: [], left: [['free', 'pending']] });
    assert.deepEqual((await startDue(store)).sort(), ['a', 'free']);
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~a' }), { dropped: [], left: [['a', 'started']] });
    assert.deepEqual(await drop(store, { of: 'event', id: 'shop~x' }), { dropped: [], left: [] });
  });

  it('leaves one alone that the dispatcher has claimed, though the clock of who drops it is behind', async () => {
    const store = at.store();
    const rate = { key: '', limit: 1, perMs: MINUTE_MS };
    for (const id of ['a', 'b']) await acceptAdmitted(store, id, { rate });
    assert.deepEqual(await startDue(store), ['a']);
    const [claimed] = await claim(store, NOW + MINUTE_MS);
    assert.deepEqual(await drop(store, WAITING, NOW + MINUTE_MS - 1), { dropped: [], left: [['b', 'pending']] });
    await store.settleStarts([{ id: claimed!.id, state: 'started' }], NOW + MINUTE_MS);
    assert.equal((await startOf(store, 'b'))?.state, 'started');
  });

  it('leaves one alone that was started before an unclean stop and is only sent again', async () => {
    const store = at.store();
    for (const id of ['a', 'b']) await acceptAdmitted(store, id, { concurrency: { ...ONE, limit: 2 } });
    assert.deepEqual(await startDue(store), ['a', 'b']);
    for (const id of ['a', 'b']) await store.releaseSlots(`welcome/shop~${id}`, NOW);
    for (const id of ['c', 'd', 'e']) await acceptAdmitted(store, id, { concurrency: ONE });
    assert.deepEqual(await startDue(store), ['c']);
    await store.reopenStarts(0);
    assert.equal((await store.startStatus('shop~b', 'welcome'))?.waits?.for, 'concurrency');
    const again = ['a', 'b'];
    const { dropped, left } = await drop(store, WAITING);
    assert.deepEqual(dropped, ['e', 'd']);
    assert.ok(again.every((id) => left.some(([other, state]) => other === id && state === 'pending')));
  });

  it('drops what was refused for good: it is counted no more, and the reason of both is kept', async () => {
    const store = at.store();
    await acceptAdmitted(store, 'a', { concurrency: ONE });
    const [start] = await claim(store);
    await store.settleStarts([{ id: start!.id, state: 'parked', error: 'INVALID_ARGUMENT: too large' }]);
    assert.equal((await store.stats()).startsParked, 1);
    assert.equal(await store.countDroppable('parked', 'welcome', NOW), 1);
    assert.deepEqual(await drop(store, { of: 'parked', flow: 'welcome' }), { dropped: ['a'], left: [] });
    assert.equal((await store.stats()).startsParked, 0);
    const error = 'sent by mistake (it had failed: INVALID_ARGUMENT: too large)';
    assert.equal((await startOf(store, 'a'))?.error, error);
    await acceptAdmitted(store, 'b', { concurrency: ONE });
    assert.deepEqual(await startDue(store), ['b']);
  });

  it('tells of a call that was dropped, for its caller waits for the end', async () => {
    const store = at.store();
    for (const id of ['a', 'b']) {
      const start = { flow: 'welcome', definitionHash: 'hash-1', admission: { concurrency: ONE } };
      const event = { id: `shop~${id}`, type: 'call', outcome: 'matched' as const, starts: [start] };
      await store.accept(delivery({ source: 'call', deliveryId: id, events: [event] }));
    }
    await drop(store, WAITING);
    const told = (await store.unstartedCalls(10)).map(({ eventId, reason }) => [eventId, reason]);
    assert.deepEqual(told, [['shop~b', 'sent by mistake']]);
  });
}
