// The timers of a virtual clock, which fire one by one. They keep no time themselves.

export interface Timer {
  /** Unix milliseconds. */
  at: number;
  fire(): void;
}

export interface Timers {
  add(timer: Timer): void;
  /** One that has fired, or was taken out, is left alone. */
  remove(timer: Timer): void;
  /** Takes out the timer that is due first; of several, the one that was set first. Undefined when there is none. */
  takeNext(): Timer | undefined;
}

/** No timers yet. They stand by their times: of the thousands of a case most are due at the same few. */
export function createTimers(): Timers {
  const due = new Map<number, Set<Timer>>();
  const remove = (timer: Timer): void => {
    const together = due.get(timer.at);
    together?.delete(timer);
    if (together?.size === 0) due.delete(timer.at);
  };
  return {
    add(timer) {
      const together = due.get(timer.at) ?? new Set();
      due.set(timer.at, together.add(timer));
    },
    remove,
    takeNext() {
      let first: number | undefined;
      for (const at of due.keys()) if (first === undefined || at < first) first = at;
      if (first === undefined) return undefined;
      const [next] = due.get(first)!;
      remove(next!);
      return next;
    },
  };
}
