// A first-come, first-served limit on work at the same time. Order depends on nothing but the order of asking.
import { after, lastly, type Soon } from './soon.ts';

/** Runs the work as soon as one of the permits is free, at once when one is. */
export type Semaphore = <T>(work: () => Soon<T>) => Soon<T>;

/** A semaphore with this many permits. */
export function createSemaphore(permits: number): Semaphore {
  let free = permits;
  const waiting: (() => void)[] = [];
  const take = (): Promise<void> | undefined => {
    if (free > 0) {
      free -= 1;
      return undefined;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const give = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return (work) => after(take(), () => lastly(work, give));
}
