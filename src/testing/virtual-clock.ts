// A clock that moves on when nothing else can happen, and cancellation as Temporal has it: everything below a cancelled
// scope rejects at once, a non-cancellable scope shields. Nothing here waits for real time to pass.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createTimers, type Timer } from './timers.ts';

/** What waits in a cancelled scope rejects with it. */
class Cancelled extends Error {
  override name = 'Cancelled';
}

/** A run did not end and nothing can happen any more. The message is for the author of the flow. */
export class StuckError extends Error {
  override name = 'StuckError';
}

/** More happens than anybody can have meant. The message is for the author of the flow. */
export class EndlessError extends Error {
  override name = 'EndlessError';
}

/** Timers that the runs of a case may fire: years of polling each minute; more is a loop that nobody meant. */
const TIMERS_MAX = 1_000_000;

interface CancelScope {
  cancelled: boolean;
  /** Called when it is cancelled. */
  listeners: Set<() => void>;
}

export interface VirtualClock {
  /** Unix milliseconds. */
  now(): number;
  /** Rejects when its scope is cancelled. */
  sleep(ms: number): Promise<void>;
  /**
   * Waits until `holds` is true, which `notice` asks, at most `ms` (undefined: for ever); false when the time was over first. Rejects
   * when its scope is cancelled.
   */
  until(holds: () => boolean, ms: number | undefined): Promise<boolean>;
  /** Lets those go on whose condition holds now. */
  notice(): void;
  /** Does something at a time (Unix milliseconds), whatever is cancelled; never when the run has ended before. */
  at(time: number, action: () => void): void;
  cancellable<T>(work: () => T | Promise<T>): { done: Promise<T>; cancel(): void };
  nonCancellable<T>(work: () => T | Promise<T>): Promise<T>;
  isCancellation(error: unknown): boolean;
  /** Throws when the scope of the caller is cancelled. */
  checkCancelled(): void;
  /** Lets time move on until the result is there. Rejects with StuckError when it can never be, and with EndlessError. */
  finish<T>(result: Promise<T>): Promise<T>;
}

/** One for the process: which scope is current is a matter of who asks, not of which run. */
const current = new AsyncLocalStorage<CancelScope>();

function createScope(parent: CancelScope | undefined): CancelScope {
  const scope: CancelScope = { cancelled: parent?.cancelled ?? false, listeners: new Set() };
  parent?.listeners.add(() => cancelScope(scope));
  return scope;
}

function cancelScope(scope: CancelScope): void {
  if (scope.cancelled) return;
  scope.cancelled = true;
  for (const listener of scope.listeners) listener();
  scope.listeners.clear();
}

/** A clock that stands at this time (Unix milliseconds) until `finish` lets it go on. */
export function createVirtualClock(startMs: number): VirtualClock {
  const root = createScope(undefined);
  const timers = createTimers();
  /** What looks again when something was noticed. */
  const watchers = new Set<() => void>();
  let now = startMs;
  const scopeNow = (): CancelScope => current.getStore() ?? root;

  const until = (holds: (() => boolean) | undefined, ms: number | undefined): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const scope = scopeNow();
      if (scope.cancelled) return reject(new Cancelled('cancelled'));
      if (holds?.() === true) return resolve(true);
      const leave = (): void => {
        timers.remove(timer);
        watchers.delete(look);
        scope.listeners.delete(cancel);
      };
      const cancel = (): void => {
        leave();
        reject(new Cancelled('cancelled'));
      };
      const look = (): void => {
        if (holds?.() !== true) return;
        leave();
        resolve(true);
      };
      const timer: Timer = {
        at: now + (ms ?? 0),
        fire() {
          leave();
          resolve(false);
        },
      };
      scope.listeners.add(cancel);
      if (holds !== undefined) watchers.add(look);
      if (ms !== undefined) timers.add(timer);
    });

  const fireNext = (): void => {
    const next = timers.takeNext();
    if (next === undefined) throw new StuckError('nothing can happen any more and the run has not ended');
    now = next.at;
    next.fire();
  };

  return {
    now: () => now,
    sleep: (ms) => until(undefined, ms).then(() => undefined),
    until,
    notice: () => watchers.forEach((look) => look()),
    at: (time, action) => timers.add({ at: Math.max(time, now), fire: action }),
    cancellable(work) {
      const scope = createScope(scopeNow());
      return { done: current.run(scope, async () => work()), cancel: () => cancelScope(scope) };
    },
    nonCancellable: (work) => current.run(createScope(undefined), async () => work()),
    isCancellation: (error) => error instanceof Cancelled,
    checkCancelled() {
      if (scopeNow().cancelled) throw new Cancelled('cancelled');
    },
    async finish(result) {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      result.then(settle, settle);
      for (let fired = 0; ; fired += 1) {
        // Every promise that can settle without a timer has settled after this.
        await new Promise((resolve) => setImmediate(resolve));
        if (isSettled) return result;
        if (fired === TIMERS_MAX)
          throw new EndlessError(`the case goes on and on: its runs waited more than ${TIMERS_MAX} times`);
        fireNext();
      }
    },
  };
}
