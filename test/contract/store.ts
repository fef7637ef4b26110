// What every Store driver must do, as tests. A driver's own test file calls this with a way to open an empty store.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { NewEvent, Store } from '../../src/inbox/store.ts';
import { acceptMany, DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';
import { testApprovals } from './store-approvals.ts';
import { testGathering } from './store-gathering.ts';
import { testLists } from './store-lists.ts';
import { testRejections } from './store-rejections.ts';
import { testReplays } from './store-replays.ts';
import { testRates } from './store-rates.ts';
import { testSlotsAgain } from './store-slots-again.ts';
import { testFullSlots } from './store-slots-full.ts';
import { testSlots } from './store-slots.ts';
import { testRowIds } from './store-row-ids.ts';
import { testDropped } from './store-dropped.ts';
import { testWithdrawn } from './store-withdrawn.ts';
import { testStarts } from './store-starts.ts';
import { testWaits } from './store-waits.ts';
import { testRenewedWaits } from './store-waits-renewed.ts';

export interface OpenedStore {
  store: Store;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<Store>;
  /** Closes the store and deletes its data. */
  dispose(): Promise<void>;
}

/** @param open opens an empty store. */
export function testStore(driver: string, open: () => Promise<OpenedStore>): void {
  describe(`${driver} store`, () => {
    let opened: OpenedStore;
    let store: Store;
    const at: StoreAtHand = { store: () => store, reopen: async () => (store = await opened.reopen()) };
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      await store.putDefinition('hash-1', '{"flow":"welcome"}');
    });
    afterEach(() => opened.dispose());
    testStarts(at);
    testReplays(at);
    testLists(at);
    testRejections(at);
    testWaits(at);
    testRenewedWaits(at);
    testApprovals(at);
    testSlots(at);
    testFullSlots(at);
    testSlotsAgain(at);
    testRates(at);
    testRowIds(at);
    testWithdrawn(at);
    testDropped(at);
    testGathering(at);

    it('accepts a delivery and gives its start with everything a run needs', async () => {
      assert.deepEqual(await store.accept(delivery()), { duplicate: false, eventIds: ['shop~d-1'], startIds: [1] });
      const [start, ...others] = await store.claimStarts(10, LEASE_MS, NOW);
      assert.deepEqual(others, []);
      assert.ok(start);
      const { id, ...rest } = start;
      assert.equal(typeof id, 'number');
      assert.deepEqual(rest, {
        eventId: 'shop~d-1',
        flow: 'welcome',
        definitionHash: 'hash-1',
        eventType: 'order.created',
        source: 'shop',
        receivedAt: NOW,
        headers: { 'content-type': 'application/json', 'x-custom': 'grüße' },
        query: { tag: ['a', 'b'] },
        body: { total: 12.5, name: 'Zoë' },
        attempts: 0,
      });
    });

    it("gives an event's own body where it has one, null too", async () => {
      await store.accept(delivery({ deliveryId: 'a', body: Buffer.from('a=1'), event: { body: { a: '1' } } }));
      await store.accept(delivery({ deliveryId: 'b', body: Buffer.alloc(0), event: { body: null } }));
      const bodies = (await store.claimStarts(10, LEASE_MS, NOW)).map((start) => start.body);
      assert.deepEqual(bodies, [{ a: '1' }, null]);
    });

    it('knows a repeated delivery, whatever the repeat says, and starts nothing for it', async () => {
      await store.accept(delivery());
      const repeat = await store.accept(delivery({ body: Buffer.from('{}'), event: { id: 'other' } }));
      assert.deepEqual(repeat, { duplicate: true, eventIds: ['shop~d-1'], startIds: [] });
      assert.equal((await store.claimStarts(10, LEASE_MS, NOW)).length, 1);
      assert.equal(await store.hasEvent('other'), false);
    });

    it('knows repeats that arrive at the same moment', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.accept(delivery())));
      assert.equal(answers.filter((answer) => !answer.duplicate).length, 1);
      for (const answer of answers) assert.deepEqual(answer.eventIds, ['shop~d-1']);
      assert.equal((await store.claimStarts(30, LEASE_MS, NOW)).length, 1);
    });

    it('keeps the same delivery id of two sources apart', async () => {
      await store.accept(delivery({ source: 'shop' }));
      const other = await store.accept(delivery({ source: 'crm' }));
      assert.deepEqual(other, { duplicate: false, eventIds: ['crm~d-1'], startIds: [2] });
    });

    it('remembers deliveries and what has to start after it was closed', async () => {
      await store.accept(delivery());
      store = await opened.reopen();
      assert.equal((await store.accept(delivery())).duplicate, true);
      assert.equal((await store.claimStarts(10, LEASE_MS, Date.now() + LEASE_MS)).length, 1);
    });

    it('stores an event that starts nothing', async () => {
      await store.accept(delivery({ event: { outcome: 'filter_failed', reason: 'no such key', starts: [] } }));
      assert.equal(await store.hasEvent('shop~d-1'), true);
      assert.deepEqual(await store.claimStarts(10, LEASE_MS, NOW), []);
    });

    it('stores several events of one delivery, each with its starts', async () => {
      const start = (flow: string) => ({ flow, definitionHash: 'hash-1' });
      const event = (id: string, flows: string[], body: number): NewEvent => {
        return { id, type: 'item', body, outcome: 'matched', starts: flows.map(start) };
      };
      const accepted = await store.accept(delivery({ events: [event('s~1', ['x', 'y'], 1), event('s~2', ['x'], 2)] }));
      assert.deepEqual(accepted.eventIds, ['s~1', 's~2']);
      const claimed = await store.claimStarts(10, LEASE_MS, NOW);
      assert.deepEqual(
        claimed.map(({ eventId, flow, body }) => [eventId, flow, body]),
        [
          ['s~1', 'x', 1],
          ['s~1', 'y', 1],
          ['s~2', 'x', 2],
        ],
      );
    });

    it('keeps definitions by hash', async () => {
      await store.putDefinition('hash-2', '{"flow":"two"}');
      await store.putDefinition('hash-2', '{"flow":"two"}');
      assert.equal(await store.getDefinition('hash-2'), '{"flow":"two"}');
      assert.equal(await store.getDefinition('unknown'), null);
    });

    it('forgets a definition only when it is old, no start refers to it and nobody put it since the start', async () => {
      await store.accept(delivery());
      await store.putDefinition('hash-2', '{"flow":"two"}');
      await store.prune(NOW, Date.now() + DAY_MS);
      assert.equal(await store.getDefinition('hash-2'), '{"flow":"two"}', 'flows in use may start with it at any time');
      store = await opened.reopen();
      await store.prune(NOW, NOW - DAY_MS);
      assert.equal(await store.getDefinition('hash-2'), '{"flow":"two"}', 'it is not old');
      await store.prune(NOW, Date.now() + DAY_MS);
      assert.equal(await store.getDefinition('hash-2'), null);
      assert.equal(await store.getDefinition('hash-1'), '{"flow":"welcome"}', 'a pending start refers to it');
    });

    it('keeps blobs byte for byte', async () => {
      const bytes = new Uint8Array(300_000).map((_, index) => (index * 7) % 256);
      const key = createHash('sha256').update(bytes).digest('hex');
      await store.putBlob(key, bytes);
      await store.putBlob(key, bytes);
      assert.deepEqual(Buffer.from((await store.getBlob(key))!), Buffer.from(bytes));
      assert.equal(await store.getBlob('none'), null);
    });

    it('keeps named values; only the first of setIfAbsent is stored', async () => {
      assert.equal(await store.get('key'), null);
      assert.equal(await store.setIfAbsent('key', 'one'), 'one');
      assert.equal(await store.setIfAbsent('key', 'two'), 'one');
      await store.set('key', 'three');
      assert.equal(await store.get('key'), 'three');
    });

    it('counts deliveries and what waits', async () => {
      assert.deepEqual(await store.stats(), {
        deliveries: 0,
        startsPending: 0,
        startsParked: 0,
        oldestPendingAt: null,
      });
      await acceptMany(store, 'shop', ['a', 'b'], NOW - 50);
      await acceptMany(store, 'crm', ['c'], NOW - 90);
      assert.deepEqual(await store.stats(), {
        deliveries: 3,
        startsPending: 3,
        startsParked: 0,
        oldestPendingAt: NOW - 90,
      });
      const claimed = await store.claimStarts(10, LEASE_MS, NOW);
      await store.settleStarts(claimed.map(({ id }) => ({ id, state: 'started' })));
      assert.deepEqual(await store.stats(), {
        deliveries: 3,
        startsPending: 0,
        startsParked: 0,
        oldestPendingAt: null,
      });
    });

    it('counts the same after it was closed and opened again', async () => {
      await acceptMany(store, 'shop', ['a', 'b']);
      store = await opened.reopen();
      const { deliveries, startsPending } = await store.stats();
      assert.deepEqual([deliveries, startsPending], [2, 2]);
    });

    it('forgets old deliveries, so that their ids are new again', async () => {
      await store.accept(delivery({ deliveryId: 'old', receivedAt: NOW - 31 * DAY_MS, event: { starts: [] } }));
      await store.accept(delivery({ deliveryId: 'new', receivedAt: NOW - 29 * DAY_MS, event: { starts: [] } }));
      await store.prune(NOW - 7 * DAY_MS, NOW - 30 * DAY_MS);
      assert.equal(await store.hasEvent('shop~old'), false);
      assert.equal((await store.accept(delivery({ deliveryId: 'new' }))).duplicate, true);
      assert.equal((await store.accept(delivery({ deliveryId: 'old' }))).duplicate, false);
    });

    it('drops bodies of finished deliveries but still knows their ids', async () => {
      await store.accept(delivery({ receivedAt: NOW - 8 * DAY_MS }));
      const [start] = await store.claimStarts(1, LEASE_MS, NOW);
      await store.settleStarts([{ id: start!.id, state: 'started' }]);
      await store.prune(NOW - 7 * DAY_MS, NOW - 30 * DAY_MS);
      assert.equal((await store.accept(delivery())).duplicate, true);
      assert.equal(await store.reopenStarts(0), 0, 'a run without its body cannot be started again');
    });

    it('never prunes what still has to start, however old', async () => {
      await store.accept(delivery({ receivedAt: NOW - 90 * DAY_MS }));
      await store.prune(NOW, NOW);
      const [start] = await store.claimStarts(1, LEASE_MS, NOW);
      assert.deepEqual(start?.body, { total: 12.5, name: 'Zoë' });
      assert.equal(await store.getDefinition('hash-1'), '{"flow":"welcome"}');
    });

    it('prunes more than one step takes, and counts right afterwards', async () => {
      const ids = Array.from({ length: 450 }, (_, index) => `n${index}`);
      await Promise.all(ids.map((deliveryId) => store.accept(delivery({ deliveryId, event: { starts: [] } }))));
      await store.accept(delivery({ deliveryId: 'kept', receivedAt: NOW + 5 }));
      await store.prune(NOW + 1, NOW + 1);
      assert.equal((await store.stats()).deliveries, 1);
    });

    it('refuses work after close with StoreUnavailableError', async () => {
      await store.close();
      await assert.rejects(store.accept(delivery()), { name: 'StoreUnavailableError' });
    });
  });
}
