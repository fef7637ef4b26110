// Starts that wait for their turn, as the tests of stores make and start them.
import type { ClaimedStart, NewStart, StartAdmission, Store } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, LEASE_MS, NOW } from './deliveries.ts';

export type Concurrency = NonNullable<StartAdmission['concurrency']>;

/** Far enough for a start that is due at all; short of one that never is. */
export const LATER = NOW + 3_650 * DAY_MS;
export const MINUTE_MS = 60_000;

/** Accepts an event of one flow; its id is `shop~ID`. */
export async function acceptAdmitted(
  store: Store,
  id: string,
  admission: StartAdmission,
  more: { receivedAt?: number; respondWithinMs?: number } = {},
): Promise<void> {
  const start: NewStart = { flow: 'welcome', definitionHash: 'hash-1', admission };
  if (more.respondWithinMs !== undefined) start.respondWithinMs = more.respondWithinMs;
  const event = { id: `shop~${id}`, type: 'order.created', outcome: 'matched' as const, starts: [start] };
  await store.accept(delivery({ deliveryId: id, receivedAt: more.receivedAt ?? NOW, events: [event] }));
}

/** Claims what is due. */
export function claim(store: Store, now = NOW): Promise<ClaimedStart[]> {
  return store.claimStarts(1_000, LEASE_MS, now);
}

/** Starts all that is due at the time, and tells which. */
export async function startDue(store: Store, now = NOW): Promise<string[]> {
  const starts = await claim(store, now);
  await store.settleStarts(
    starts.map(({ id }) => ({ id, state: 'started' })),
    now,
  );
  return starts.map(({ eventId }) => eventId.slice('shop~'.length));
}

/** Accepts events of one flow with `concurrency`. */
export async function acceptCounted(store: Store, ids: string[], terms: Partial<Concurrency> = {}): Promise<void> {
  const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'queue', ...terms };
  for (const id of ids) await acceptAdmitted(store, id, { concurrency });
}

/** A run of the flow ends. */
export function end(store: Store, id: string): Promise<void> {
  return store.releaseSlots(`welcome/shop~${id}`, NOW);
}

export async function stateOf(store: Store, id: string): Promise<string | undefined> {
  return (await store.startStatus(`shop~${id}`, 'welcome'))?.state;
}
