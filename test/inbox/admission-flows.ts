// The flows of the property test of admission, whose limits change as if somebody edited them, and the deliveries that start them.
import type { DeliveryRow, EventRow } from '../../src/inbox/sqlite/accept.ts';
import type { StartAdmission } from '../../src/inbox/store.ts';

/** Whole numbers from 0 to below `below`, the same for a seed. */
export type Random = (below: number) => number;

export const PER_MS = 1_000;
export const PERIOD_MS = 700;
/** Events of these flows are gathered. */
export const GATHERING = ['last', 'digest'];

type Concurrency = NonNullable<StartAdmission['concurrency']>;

/** mulberry32, a generator of 32 bits (public domain, Tommy Ettinger). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export interface EditedFlows {
  /** Somebody edits one. */
  edit(): void;
  /** A delivery of one or more events, each for one or more flows. */
  delivery(deliveryId: string, receivedAt: number): DeliveryRow;
}

export function createEditedFlows(random: Random): EditedFlows {
  let concurrency: Omit<Concurrency, 'key'> = { limit: 1, onLimit: 'queue' };
  let [rateLimit, size] = [1, 3];
  const key = (): string => 'ab'[random(2)]!;

  /** What a start of each flow waits for; null: nothing. */
  const flows: Record<string, () => StartAdmission | null> = {
    slots: () => ({ concurrency: { key: key(), ...concurrency } }),
    places: () => ({ rate: { key: '', limit: rateLimit, perMs: PER_MS } }),
    both: () => ({
      concurrency: { key: key(), ...concurrency },
      rate: { key: '', limit: rateLimit, perMs: PER_MS },
    }),
    last: () => ({
      debounce: { key: key(), periodMs: PERIOD_MS, maxMs: 2 * PERIOD_MS },
      concurrency: { key: '', ...concurrency },
    }),
    digest: () => ({
      batch: { key: key(), size, periodMs: PERIOD_MS },
      rate: { key: '', limit: rateLimit, perMs: PER_MS },
    }),
    plain: () => null,
  };

  function event(id: string): EventRow {
    const names = Object.keys(flows).filter(() => random(3) === 0);
    const starts = (names.length === 0 ? ['both'] : names).map((flow) => {
      const admission = flows[flow]!();
      const answered = flow !== 'last' && flow !== 'digest' && random(4) === 0;
      return {
        flow,
        definitionHash: 'hash-1',
        respondWithinMs: answered ? 500 : null,
        admission: admission && JSON.stringify(admission),
      };
    });
    return { id, type: 'item', outcome: 'matched', reason: null, body: null, held: false, starts };
  }

  return {
    edit() {
      const onLimit = (['queue', 'skip', 'cancel_running'] as const)[random(3)]!;
      concurrency = { limit: 1 + random(3), onLimit };
      rateLimit = 1 + random(3);
      size = 1 + random(4);
    },
    delivery(deliveryId, receivedAt) {
      const events = Array.from({ length: 1 + random(2) }, (_, index) => event(`${deliveryId}~${index}`));
      const request = { method: 'POST', contentType: 'application/json', headers: '{}', query: '{}' };
      const source = deliveryId.endsWith('1') ? 'call' : 'shop';
      return { ...request, source, deliveryId, receivedAt, bodyBytes: 2, replay: null, events };
    },
  };
}
