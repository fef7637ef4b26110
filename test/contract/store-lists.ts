// What every Store driver must answer when people ask what came in and what became of it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LISTED_EVENTS_MAX, type DeliveryQuery, type DeliveryStatus, type NewEvent } from '../../src/inbox/store.ts';
import { acceptMany, DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';

export function testLists(at: StoreAtHand): void {
  async function idsOf(query: Partial<DeliveryQuery>): Promise<string[]> {
    return (await at.store().listDeliveries({ limit: 100, ...query })).map((each) => each.deliveryId);
  }

  it('lists a delivery with its events and what became of their starts', async () => {
    const store = at.store();
    await store.accept(delivery());
    const [start] = await store.claimStarts(1, LEASE_MS, NOW);
    await store.settleStarts([{ id: start!.id, state: 'pending', retryAt: NOW, error: 'Temporal is away' }]);
    const [listed, ...others] = await store.listDeliveries({ limit: 10 });
    assert.deepEqual(others, []);
    const { row, ...rest } = listed!;
    assert.equal(typeof row, 'number');
    const starts = [{ flow: 'welcome', state: 'pending', attempts: 1, error: 'Temporal is away' }];
    assert.deepEqual(rest, {
      source: 'shop',
      deliveryId: 'd-1',
      receivedAt: NOW,
      method: 'POST',
      contentType: 'application/json',
      bodyBytes: delivery().body.length,
      repeats: 0,
      repeatedAt: null,
      events: [{ id: 'shop~d-1', type: 'order.created', outcome: 'matched', reason: null, starts }],
      eventsTotal: 1,
    });
  });

  it('lists newest first, page by page without gaps or repeats', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `d${index}`);
    for (const deliveryId of ids) await at.store().accept(delivery({ deliveryId }));
    const pages: string[][] = [];
    for (let beforeRow: number | undefined; ;) {
      const page = await at.store().listDeliveries({ limit: 3, beforeRow });
      if (page.length === 0) break;
      pages.push(page.map((each) => each.deliveryId));
      beforeRow = page.at(-1)!.row;
    }
    assert.deepEqual(pages, [['d6', 'd5', 'd4'], ['d3', 'd2', 'd1'], ['d0']]);
  });

  it('lists deliveries of a source, and those since a time in whatever order they were stored', async () => {
    await acceptMany(at.store(), 'shop', ['a', 'b']);
    await acceptMany(at.store(), 'crm', ['c']);
    await at.store().accept(delivery({ deliveryId: 'late', receivedAt: NOW + 500 }));
    await at.store().accept(delivery({ deliveryId: 'early', receivedAt: NOW - 500 }));
    assert.deepEqual(await idsOf({ source: 'shop' }), ['early', 'late', 'b', 'a']);
    assert.deepEqual(await idsOf({ source: 'crm' }), ['c']);
    assert.deepEqual(await idsOf({ source: 'none' }), []);
    assert.deepEqual(await idsOf({ since: NOW + 1 }), ['late', 'b']);
    assert.deepEqual(await idsOf({ since: NOW - 500, source: 'shop', limit: 2 }), ['early', 'late']);
    assert.deepEqual(await idsOf({ since: NOW + 501 }), []);
  });

  it('lists deliveries by what became of them', async () => {
    const store = at.store();
    const idle = ['unmatched', 'filtered', 'filter_failed', 'parked'] as const;
    for (const outcome of idle) {
      await store.accept(delivery({ deliveryId: outcome, event: { outcome, reason: 'why', starts: [] } }));
    }
    await acceptMany(store, 'shop', ['started', 'failed', 'waiting']);
    for (const start of await store.claimStarts(10, LEASE_MS, NOW + 9)) {
      if (start.eventId === 'shop~started') await store.settleStarts([{ id: start.id, state: 'started' }]);
      if (start.eventId === 'shop~failed') await store.settleStarts([{ id: start.id, state: 'parked', error: 'no' }]);
    }
    const statuses: DeliveryStatus[] = [...idle, 'started', 'failed', 'waiting'];
    for (const status of statuses) assert.deepEqual(await idsOf({ status }), [status]);
    assert.deepEqual(await idsOf({ status: 'failed', source: 'crm' }), []);
    assert.deepEqual(await idsOf({ status: 'filtered', since: NOW + DAY_MS }), []);
  });

  it('lists a delivery under every status that an event of it has, once', async () => {
    const event = (id: string, outcome: NewEvent['outcome'], flows: string[]): NewEvent => ({
      id,
      type: 'item',
      body: null,
      outcome,
      starts: flows.map((flow) => ({ flow, definitionHash: 'hash-1' })),
    });
    const events = [event('s~1', 'matched', ['x', 'y']), event('s~2', 'matched', ['x']), event('s~3', 'filtered', [])];
    await at.store().accept(delivery({ events }));
    assert.deepEqual(await idsOf({ status: 'waiting' }), ['d-1']);
    assert.deepEqual(await idsOf({ status: 'filtered' }), ['d-1']);
    assert.deepEqual(await idsOf({ status: 'started' }), []);
  });

  it('shows the first events of a delivery that carries many, and how many there are', async () => {
    const events = Array.from({ length: LISTED_EVENTS_MAX + 5 }, (_, index): NewEvent => {
      return { id: `shop~d-1~${index}`, type: 'item', body: index, outcome: 'unmatched', starts: [] };
    });
    await at.store().accept(delivery({ events }));
    const [listed] = await at.store().listDeliveries({ limit: 1 });
    assert.equal(listed?.eventsTotal, LISTED_EVENTS_MAX + 5);
    assert.deepEqual(
      listed?.events.map((event) => event.id),
      events.slice(0, LISTED_EVENTS_MAX).map((event) => event.id),
    );
  });

  it('finds a delivery by the id of any of its events and by its own, with everything that is kept', async () => {
    const store = at.store();
    await acceptMany(store, 'crm', ['same', 'other']);
    const events = [1, 2].map((item): NewEvent => {
      return { id: `shop~same~${item}`, type: 'item', body: item, outcome: 'unmatched', starts: [] };
    });
    await store.accept(delivery({ deliveryId: 'same', body: Buffer.from([0, 255, 1]), events }));
    const [byEvent, ...others] = await store.findDeliveries('shop~same~2');
    assert.deepEqual(others, []);
    assert.deepEqual([byEvent?.source, byEvent?.eventsTotal, byEvent?.bodyBytes], ['shop', 2, 3]);
    assert.deepEqual(byEvent?.headers, delivery().headers);
    assert.deepEqual(byEvent?.query, delivery().query);
    assert.deepEqual(Buffer.from(byEvent!.body!), Buffer.from([0, 255, 1]));
    const bySender = await store.findDeliveries('same');
    assert.deepEqual(
      bySender.map((each) => each.source),
      ['shop', 'crm'],
    );
    assert.deepEqual(await store.findDeliveries('nobody'), []);
  });

  it('gives at most ten deliveries of one id, the newest', async () => {
    for (let index = 0; index < 12; index += 1) await at.store().accept(delivery({ source: `s${index}` }));
    const sources = (await at.store().findDeliveries('d-1')).map((each) => each.source);
    assert.deepEqual(sources, ['s11', 's10', 's9', 's8', 's7', 's6', 's5', 's4', 's3', 's2']);
  });

  it('shows a delivery whose body was deleted by age without one', async () => {
    const store = at.store();
    await store.accept(delivery({ receivedAt: NOW - 8 * DAY_MS, event: { starts: [], outcome: 'unmatched' } }));
    await store.prune(NOW - 7 * DAY_MS, NOW - 30 * DAY_MS);
    const [shown] = await store.findDeliveries('d-1');
    assert.deepEqual([shown?.body, shown?.bodyBytes], [null, 0]);
    assert.deepEqual(await idsOf({ since: NOW - 9 * DAY_MS }), ['d-1']);
  });
}
