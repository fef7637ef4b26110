// Deliveries and times that the tests of stores share, so that none depends on the wall clock.
import type { NewDelivery, NewEvent, Store } from '../../src/inbox/store.ts';

/** The store of the test that runs, for tests of other files. */
export interface StoreAtHand {
  store(): Store;
  reopen(): Promise<Store>;
}

/** A time that all tests share, so that none depends on the wall clock. */
export const NOW = Date.UTC(2026, 0, 15, 12);
export const LEASE_MS = 10_000;
export const DAY_MS = 86_400_000;

/** A delivery with one event that starts the flow `welcome`; what a test cares about goes into `changes`. */
export function delivery(changes: Partial<NewDelivery> & { event?: Partial<NewEvent> } = {}): NewDelivery {
  const { event, ...rest } = changes;
  const source = rest.source ?? 'shop';
  const deliveryId = rest.deliveryId ?? 'd-1';
  return {
    source,
    deliveryId,
    receivedAt: NOW,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-custom': 'grüße' },
    query: { tag: ['a', 'b'] },
    contentType: 'application/json',
    body: Buffer.from('{"total": 12.5, "name": "Zoë"}'),
    events: [
      {
        id: `${source}~${deliveryId}`,
        type: 'order.created',
        outcome: 'matched',
        starts: [{ flow: 'welcome', definitionHash: 'hash-1' }],
        ...event,
      },
    ],
    ...rest,
  };
}

/** Accepts deliveries at the same moment, a millisecond apart by their own time. */
export async function acceptMany(store: Store, source: string, ids: string[], receivedAt = NOW): Promise<void> {
  await Promise.all(
    ids.map((deliveryId, index) => store.accept(delivery({ source, deliveryId, receivedAt: receivedAt + index }))),
  );
}
