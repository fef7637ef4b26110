// What the interpreter needs from the world. On Temporal that is run-flow.ts; in plain tests, a fake. The interpreter
// touches nothing else, so that everything in a run is either data or one of these calls.
import type { ConnectorCall, Json, Retry, RunResponse, Step } from './definition.ts';
import type { Soon } from './soon.ts';

/** How Temporal is to make one call. Times in milliseconds. */
export interface CallOptions {
  /** For people, at most 200 bytes, never a value from a body. */
  summary: string;
  /** Limit of one attempt, for workers that died. */
  startToCloseMs: number;
  /** Limit of all attempts. */
  scheduleToCloseMs: number;
  heartbeatTimeoutMs: number;
  retry: Retry;
}

/** Work in a cancellation scope of its own. */
export interface Scoped<T> {
  /** Settles when the work does. */
  done: Promise<T>;
  /** Makes everything that the work waits for, now or later, reject with a cancellation. */
  cancel(): void;
}

export interface Runtime {
  /** Workflow id, `FLOW/EVENT-ID`. */
  workflowId: string;
  /** From 1. */
  attempt: number;
  /** When the run started, Unix time in milliseconds; the same after continue-as-new. */
  startedAt: number;
  /** Workflow time, Unix milliseconds. */
  now(): number;
  uuid(): string;
  /** Events in the run's history. */
  historyEvents(): number;
  /** There at once when something new may start; never, once the run is about to continue as new. */
  ready(): Soon<void>;
  /** Durable timer. Rejects with a cancellation when its scope is cancelled. */
  sleep(ms: number, summary: string): Promise<void>;
  /**
   * Waits until `holds` says true, which only a wake can change, at most `ms` (undefined: for ever). False when the time was over.
   * Rejects with a cancellation when its scope is cancelled.
   */
  until(holds: () => boolean, ms: number | undefined, summary: string): Promise<boolean>;
  /** Makes a call; rejects with StepFailure (its `step` null) or a cancellation. */
  call(call: ConnectorCall, options: CallOptions): Promise<Json>;
  /** Shows what the run does now. */
  setDetails(text: string): void;
  /** Hands the answer to whoever waits for it. Called at most once. */
  respond(response: RunResponse): void;
  /** The run begins to wait for time to pass and no longer occupies the worker. */
  waiting(): void;
  cancellable<T>(work: () => Soon<T>): Scoped<T>;
  /** Runs work that an outer cancellation does not reach. */
  nonCancellable<T>(work: () => Soon<T>): Promise<T>;
  isCancellation(error: unknown): boolean;
  /**
   * Whether this run does what was changed under this name: true, but in the replay of a history from before. Only to be asked where that
   * makes a difference, for it leaves a mark in the history.
   */
  patched(name: string): boolean;
  /**
   * How often this execution was set back to an earlier point of its history, so far. Absent where that never happens. To be asked with
   * every question to the store that the run relies on later.
   */
  resets?(): number;
  /** Told of every step whose turn comes; `runs` is false when its guard does not hold. Only `hookline test` listens. */
  stepBegins?(step: Step, runs: boolean): void;
  /** Told of every step that ended well: not skipped, not timed out. Only `hookline test` listens. */
  stepCompleted?(step: Step): void;
}
