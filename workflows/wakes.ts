// The events that came for a run while it waits. A run is told of an event at least once; what nobody waits for is dropped, so
// that a repeat or a late one changes nothing. Pure data in, data out; it asks nobody.
import type { EventData } from './definition.ts';

/** Events may be stored in another order than they were received in, by as much as clocks and requests differ. */
export const DISORDER_MS_MAX = 60_000;

/** An event, and where it stands in the inbox: later ones have larger positions. */
export interface Candidate {
  position: number;
  event: EventData;
}

/** What the signal to a run says: an event for one of its waits. */
export interface Wake extends Candidate {
  /** Path of the step that waits. */
  waiter: string;
}

/** What a continued run needs of the waits that went on. */
export interface WaitsPosition {
  /** Waits that have begun and not ended, by path of their step, with the events nobody looked at yet. */
  open: Record<string, Candidate[]>;
  /** By question: the last event that the run took for it. Asking again means another one. */
  taken: Record<string, number>;
}

export interface Wakes {
  /** From now on events for this wait are kept. */
  open(waiter: string): void;
  close(waiter: string): void;
  deliver(wake: Wake): void;
  has(waiter: string): boolean;
  /** The first event for this wait, which is then no longer kept. */
  next(waiter: string): Candidate | undefined;
  /** Position of the latest event taken for this question; 0 when there was none. */
  takenFor(question: string): number;
  take(question: string, position: number): void;
  /** Undefined when there is nothing to hand over. */
  position(): WaitsPosition | undefined;
}

export function createWakes(continued?: WaitsPosition): Wakes {
  const open = new Map<string, Candidate[]>(Object.entries(continued?.open ?? {}));
  const taken = new Map<string, number>(Object.entries(continued?.taken ?? {}));
  return {
    open(waiter) {
      if (!open.has(waiter)) open.set(waiter, []);
    },
    close: (waiter) => void open.delete(waiter),
    deliver({ waiter, position, event }) {
      const kept = open.get(waiter);
      if (kept === undefined || kept.some((each) => each.position === position)) return;
      kept.push({ position, event });
      kept.sort((one, other) => one.position - other.position);
    },
    has: (waiter) => (open.get(waiter)?.length ?? 0) > 0,
    next: (waiter) => open.get(waiter)?.shift(),
    takenFor: (question) => taken.get(question) ?? 0,
    take: (question, position) => void taken.set(question, Math.max(position, taken.get(question) ?? 0)),
    position() {
      if (open.size === 0 && taken.size === 0) return undefined;
      return { open: Object.fromEntries(open), taken: Object.fromEntries(taken) };
    },
  };
}
