// Values that are there at once or later. Every promise of a run costs Temporal's worker a stack trace and some tables
// (about 0.1 ms), so what is there at once must never be wrapped into a promise, and layers that only hand on share one.

/** What is there now, or later. */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value: at once when it is there. */
export function after<T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does work and goes on with how it ended: at once when it ended at once. A throw of `done` does not reach `failed`. */
export function settle<T, R>(
  work: () => Soon<T>,
  done: (value: T) => Soon<R>,
  failed: (thrown: unknown) => Soon<R>,
): Soon<R> {
  let value: Soon<T>;
  try {
    value = work();
  } catch (thrown) {
    return failed(thrown);
  }
  return value instanceof Promise ? value.then(done, failed) : done(value);
}

/** Does work and then, however it ended, cleans up. */
export function lastly<T>(work: () => Soon<T>, cleanUp: () => void): Soon<T> {
  return settle(
    work,
    (value) => {
      cleanUp();
      return value;
    },
    (thrown) => {
      cleanUp();
      throw thrown;
    },
  );
}

/** Does pieces of work one after the other, from position 0; the result is the last one's, null without any. */
export function inOrder<T>(count: number, work: (position: number) => Soon<T>): Soon<T | null> {
  let last: T | null = null;
  for (let position = 0; position < count; position += 1) {
    const result = work(position);
    if (result instanceof Promise)
      return position === count - 1 ? result : restInOrder(result, position + 1, count, work);
    last = result;
  }
  return last;
}

async function restInOrder<T>(
  first: Promise<T>,
  from: number,
  count: number,
  work: (position: number) => Soon<T>,
): Promise<T> {
  let last: T = await first;
  for (let position = from; position < count; position += 1) {
    const result = work(position);
    last = result instanceof Promise ? await result : result;
  }
  return last;
}
