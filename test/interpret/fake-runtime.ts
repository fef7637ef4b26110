// A Runtime without Temporal: time is a number that moves on when nothing else can happen, calls are answered by the
// test. Scopes cancel like Temporal's: everything below rejects at once, a non-cancellable scope shields.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectorCall, Json, RunResponse } from '../../workflows/definition.ts';
import type { CallOptions, Runtime } from '../../workflows/runtime.ts';

/** What a test says about one call: an answer, or a function that may wait with `sleep` and may throw. */
export type Answer = (call: ConnectorCall, options: CallOptions) => Promise<Json> | Json;

export interface FakeRuntime extends Runtime {
  calls: { call: ConnectorCall; options: CallOptions; at: number }[];
  sleeps: { ms: number; summary: string }[];
  details: string[];
  responses: RunResponse[];
  waits: number;
  /** Most calls that were in flight at the same time. */
  callsAtOnceMax: number;
  /** Cancels the whole run. */
  cancel(): void;
  /** Lets time pass inside an answer; cancelled with the call. */
  pass(ms: number): Promise<void>;
  /** Fires the timers due until this many milliseconds after the start. */
  advance(untilMs: number): Promise<void>;
  /** Lets time move on until the result is there; an error when the run has stopped to start new things, or can do nothing. */
  finish<T>(result: Promise<T>): Promise<T>;
  /** `callsMax`: nothing new starts after so many calls, as before a continue-as-new. */
  settings: { historyEvents: number; callsMax: number };
}

class Cancelled extends Error {}

interface CancelScope {
  cancelled: boolean;
  listeners: Set<() => void>;
  cancel(): void;
}

const START_MS = Date.parse('2026-01-02T03:04:05.000Z');

function createCancelScope(parent: CancelScope | undefined): CancelScope {
  const scope: CancelScope = {
    cancelled: parent?.cancelled ?? false,
    listeners: new Set(),
    cancel() {
      if (scope.cancelled) return;
      scope.cancelled = true;
      for (const listener of scope.listeners) listener();
    },
  };
  parent?.listeners.add(() => scope.cancel());
  return scope;
}

/** `elapsedMs`: how long ago the run started; a continued run begins later. */
export function createFakeRuntime(answer: Answer = () => null, elapsedMs = 0): FakeRuntime {
  const storage = new AsyncLocalStorage<CancelScope>();
  const root = createCancelScope(undefined);
  const timers: { at: number; fire: () => void }[] = [];
  let now = START_MS + elapsedMs;
  const watchers = new Set<{ look: () => void }>();
  let uuids = 0;
  let inFlight = 0;
  let stopped = false;
  const current = (): CancelScope => storage.getStore() ?? root;

  /** Settles with the work, or with a cancellation when the scope is cancelled first. */
  const inScope = <T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const scope = current();
      if (scope.cancelled) return reject(new Cancelled('cancelled'));
      const stop = start(resolve, reject);
      scope.listeners.add(() => {
        stop();
        reject(new Cancelled('cancelled'));
      });
    });

  const sleep = (ms: number): Promise<void> =>
    inScope((resolve) => {
      const timer = { at: now + ms, fire: resolve };
      timers.push(timer);
      return () => {
        const position = timers.indexOf(timer);
        if (position >= 0) timers.splice(position, 1);
      };
    });

  /** Looks again with every turn of the event loop; time moves on only when nothing else can happen. */
  const until = async (holds: () => boolean, ms: number | undefined): Promise<boolean> => {
    const own = createCancelScope(current());
    const watch = inScope<boolean>((resolve) => {
      const watcher = { look: () => void (holds() && resolve(true)) };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    });
    if (ms === undefined) return watch;
    const timer = storage.run(own, () => sleep(ms)).then(() => false);
    timer.catch(() => undefined);
    try {
      return await Promise.race([watch, timer]);
    } finally {
      own.cancel();
    }
  };

  const runtime: FakeRuntime = {
    workflowId: 'demo/event-1',
    attempt: 1,
    startedAt: START_MS,
    calls: [],
    sleeps: [],
    details: [],
    responses: [],
    waits: 0,
    callsAtOnceMax: 0,
    settings: { historyEvents: 3, callsMax: Number.POSITIVE_INFINITY },
    now: () => now,
    uuid: () => `uuid-${(uuids += 1)}`,
    historyEvents: () => runtime.settings.historyEvents,
    ready: () => {
      if (runtime.calls.length < runtime.settings.callsMax) return;
      stopped = true;
      return new Promise<never>(() => {});
    },
    sleep(ms, summary) {
      runtime.sleeps.push({ ms, summary });
      return sleep(ms);
    },
    until(holds, ms, summary) {
      runtime.sleeps.push({ ms: ms ?? Number.POSITIVE_INFINITY, summary });
      return holds() ? Promise.resolve(true) : until(holds, ms);
    },
    async call(call, options) {
      if (current().cancelled) throw new Cancelled('cancelled');
      runtime.calls.push({ call, options, at: now - START_MS });
      inFlight += 1;
      runtime.callsAtOnceMax = Math.max(runtime.callsAtOnceMax, inFlight);
      try {
        return await answer(call, options);
      } finally {
        inFlight -= 1;
      }
    },
    setDetails: (text) => runtime.details.push(text),
    respond: (response) => runtime.responses.push(response),
    waiting: () => {
      runtime.waits += 1;
    },
    cancellable(work) {
      const scope = createCancelScope(current());
      return { done: storage.run(scope, async () => work()), cancel: () => scope.cancel() };
    },
    nonCancellable: (work) => storage.run(createCancelScope(undefined), async () => work()),
    isCancellation: (error) => error instanceof Cancelled,
    patched: () => true,
    cancel: () => root.cancel(),
    pass: sleep,
    async advance(untilMs) {
      for (;;) {
        for (const watcher of watchers) watcher.look();
        await new Promise((resolve) => setImmediate(resolve));
        timers.sort((a, b) => a.at - b.at);
        const next = timers[0];
        if (next === undefined || next.at - START_MS > untilMs) break;
        timers.shift();
        now = next.at;
        next.fire();
      }
    },
    async finish(result) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      result.then(settle, settle);
      for (;;) {
        for (const watcher of watchers) watcher.look();
        await new Promise((resolve) => setImmediate(resolve));
        if (settled) return result;
        if (stopped && inFlight === 0) throw new Error('the run has stopped to start new things');
        const earliest = Math.min(...timers.map((timer) => timer.at));
        if (timers.length === 0) throw new Error('nothing can happen any more and the run has not ended');
        await runtime.advance(earliest - START_MS);
      }
    },
  };
  return runtime;
}
