// Work that must end by a moment. Pure on the Runtime: a timer and a cancellation scope, nothing of Temporal's own.
import type { ErrorCode } from './error-codes.ts';
import type { Runtime } from './runtime.ts';
import type { Soon } from './soon.ts';
import { failStep } from './step-failure.ts';

export interface Deadline {
  /** Unix time in milliseconds. */
  at: number;
  /** Shown beside the timer. */
  summary: string;
  code: ErrorCode;
  message: string;
}

/**
 * Runs work until it ends or the deadline comes; then it is cancelled and awaited, and the result is a StepFailure
 * with the deadline's code. Work that ends well in spite of the cancellation counts as done.
 */
export async function withDeadline<T>(runtime: Runtime, deadline: Deadline, work: () => Soon<T>): Promise<T> {
  if (deadline.at < runtime.now()) return overdue(runtime, deadline, work);
  let expired = false;
  // First, for the work may end at once, and its calls stand in history behind the timer.
  const timer = runtime.cancellable(() => runtime.sleep(Math.max(0, deadline.at - runtime.now()), deadline.summary));
  const body = runtime.cancellable(work);
  const expiry = timer.done.then(
    () => {
      expired = true;
      body.cancel();
    },
    (error: unknown) => {
      if (!runtime.isCancellation(error)) throw error;
    },
  );
  try {
    return await body.done;
  } catch (error) {
    if (expired && runtime.isCancellation(error)) throw failStep(deadline.code, deadline.message);
    throw error;
  } finally {
    timer.cancel();
    await expiry;
  }
}

/** A continued run comes back to work whose time was over: what had begun may clean up, and nothing else begins. */
async function overdue<T>(runtime: Runtime, deadline: Deadline, work: () => Soon<T>): Promise<T> {
  const body = runtime.cancellable(async () => {
    await Promise.resolve();
    return work();
  });
  body.cancel();
  try {
    return await body.done;
  } catch (error) {
    if (runtime.isCancellation(error)) throw failStep(deadline.code, deadline.message);
    throw error;
  }
}
