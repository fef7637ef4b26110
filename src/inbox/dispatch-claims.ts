// The starts that the dispatcher has in hand: claimed from the store or offered by the receiver, and not begun yet. It begins none itself.
import type { Logger } from 'pino';
import type { ClaimedStart, StartOutcome, Store } from './store.ts';

/** A claimed start belongs to this dispatcher for so long. */
const LEASE_MS = 30_000;
/** A start is not begun when its lease is older than this: it would run out on the way. */
const LEASE_AGE_MAX_MS = 15_000;

interface Claimed {
  start: ClaimedStart;
  claimedAt: number;
}

export interface Claims {
  /** Starts in hand. */
  count(): number;
  /** The oldest of them, which is no longer counted. */
  next(): ClaimedStart;
  /** Nothing more is due in the store until `look` or `woken`, as far as is known. */
  drained(): boolean;
  /** The store is being asked. */
  busy(): boolean;
  /** Asks the store for up to `limit` starts; `done` is called afterwards, whatever came of it. */
  claim(limit: number, now: number, done: () => void): void;
  /** Takes a start that was not claimed from the store; false when it is in hand already. */
  take(start: ClaimedStart, now: number): boolean;
  /** Something may be due: retries and leases that ran out. */
  look(): void;
  /** Something was committed; a claim that is on its way may not have seen it. */
  woken(): void;
  /** Outcomes were stored: from now on a lease of these that ran out is another's. */
  stored(outcomes: StartOutcome[]): void;
  /** Gives back what has been in hand for too long. */
  giveBackOld(now: number): void;
  giveBackAll(now: number): void;
  /** Resolves when the store is not being asked any more. */
  settled(): Promise<void>;
}

/** @param giveBack told of starts that were not tried. */
export function createClaims(
  store: Pick<Store, 'claimStarts'>,
  logger: Logger,
  giveBack: (outcome: StartOutcome) => void,
): Claims {
  /** Ids of claimed starts whose outcome is not stored: a lease that ran out must not start them a second time meanwhile. */
  const inHand = new Set<number>();
  /** Done while the store was being asked: its answer may be older than that, and must not start them again. */
  const doneMeanwhile = new Set<number>();
  /** Claimed while in hand: the store may have leased them anew after their outcome, of which it had not told yet. */
  const leasedAnew = new Set<number>();
  const ready: Claimed[] = [];
  let claiming: Promise<void> | null = null;
  let failing = false;
  let drained = false;
  let wakes = 0;

  function take(start: ClaimedStart, now: number): boolean {
    if (inHand.has(start.id)) return false;
    inHand.add(start.id);
    ready.push({ start, claimedAt: now });
    return true;
  }

  async function ask(limit: number, now: number): Promise<void> {
    const wakesBefore = wakes;
    try {
      const starts = await store.claimStarts(limit, LEASE_MS, now);
      drained = starts.length < limit && wakes === wakesBefore;
      failing = false;
      for (const start of starts) {
        if (!doneMeanwhile.has(start.id) && !take(start, now)) leasedAnew.add(start.id);
      }
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'the inbox cannot be read now; this is tried again');
      failing = true;
      drained = true;
    }
    doneMeanwhile.clear();
    claiming = null;
  }

  function giveBackFirst(now: number): void {
    giveBack({ id: ready.shift()!.start.id, state: 'pending', retryAt: now });
  }

  return {
    count: () => ready.length,
    next: () => ready.shift()!.start,
    drained: () => drained,
    busy: () => claiming !== null,
    claim(limit, now, done) {
      claiming = ask(limit, now);
      void claiming.then(done);
    },
    take,
    look() {
      drained = false;
    },
    woken() {
      wakes += 1;
      drained = false;
    },
    stored(outcomes) {
      for (const outcome of outcomes) {
        const { id, state } = outcome;
        inHand.delete(id);
        const isLeased = leasedAnew.delete(id);
        if (state !== 'pending') {
          if (claiming !== null) doneMeanwhile.add(id);
        } else if (isLeased) giveBack({ id, state, retryAt: outcome.retryAt });
      }
    },
    giveBackOld(now) {
      while (ready.length > 0 && now - ready[0]!.claimedAt > LEASE_AGE_MAX_MS) giveBackFirst(now);
    },
    giveBackAll(now) {
      while (ready.length > 0) giveBackFirst(now);
    },
    settled: async () => void (await claiming),
  };
}
