// `interpret` by way of the sandbox: the run is the workflow `runFlow` itself, and its commands are done by a Runtime of a test.
// It stands in for Temporal's server: it keeps timers and calls, tells the run of what became of them, and lets its workers die.
import type { Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { ConnectorCall, RunInput, RunResponse, RunResult } from '../../../workflows/definition.ts';
import { WAKE_SIGNAL } from '../../../workflows/definition.ts';
import type { Interpretation } from '../../../workflows/interpret.ts';
import type { Runtime, Scoped } from '../../../workflows/runtime.ts';
import { StepFailure } from '../../../workflows/step-failure.ts';
import { STORE_CALLS } from '../../../workflows/store-call.ts';
import type { Wake } from '../../../workflows/wakes.ts';
import { beginExecution, type Execution } from './execution.ts';
import { cancelledCall, failureOfCall, failureOfRun } from './failures.ts';
import {
  codeOf,
  fromPayload,
  inOrder,
  isFromOutside,
  optionsOf,
  question,
  resolved,
  signal,
  summaryOf,
  toPayload,
} from './jobs.ts';
import type { Command, Job, Machine } from './machine.ts';

/** What happens to a run besides what it does. Activations are counted from 0, over all runs of a chain. */
export interface Disturbance {
  /** The worker dies before it. */
  dies?(activation: number): boolean;
  /** All that is due by then reaches the run in it; otherwise one thing does. */
  gathers?(activation: number): boolean;
  /** The server suggests to continue as new, for a run that began with activation `first`. */
  continues?(activation: number, first: number): boolean;
  /** Somebody cancels the run with it. */
  cancelsAt?: number;
}

/** What was seen of a run, filled while it goes on. */
export interface Seen {
  activations: number;
  deaths: number;
  /** Runs of the chain. */
  runs: number;
  /** What whoever waited for the answer got. */
  answer?: RunResponse | { refused: string };
}

const APPROVE_SIGNAL = 'approve';
/** Calls of Hookline's own do not look whether they were cancelled: once asked for they are made, as in activities/store-calls.ts. */
const OWN_CALLS = 'hookline.';
/** Longer than any run of a test: the timer fires only when nothing else can happen any more. */
const NEVER_MS = 100 * 365 * 24 * 3_600_000;

/** Begins a run in the sandbox; `seen` is told what happens. */
export function interpretInSandbox(
  machine: Machine,
  disturbance: Disturbance,
  seen: Seen,
  input: RunInput,
  runtime: Runtime,
): Interpretation {
  let resolve: (result: RunResult) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const result = new Promise<RunResult>((done, failed) => ([resolve, reject] = [done, failed]));
  const calls = new Map<number, Scoped<unknown>>();
  const timers = new Map<number, Scoped<unknown>>();
  /** Labels of approvals that were opened, and whose people were not told of all yet. */
  const asked = new Set<string>();
  let execution: Execution | undefined;
  let firstActivation = 0;
  let queue: Job[] = input.respondWithinMs === undefined ? [] : [question()];
  let isBusy = false;
  let isEnded = false;
  /** A run that continues another is to be begun. */
  let begins = true;

  const end = (settle: () => void): void => {
    isEnded = true;
    settle();
    void execution?.end();
  };

  const shielded = <T>(work: () => Promise<T>): Scoped<T> => {
    let scoped: Scoped<T> | undefined;
    const done = runtime.nonCancellable(() => (scoped = runtime.cancellable(work)).done);
    return { done, cancel: () => scoped?.cancel() };
  };

  const tell = (job: Job): void => {
    queue.push(job);
    void pump();
  };

  /** Time stands still while the worker works. */
  const holdClock = async (): Promise<void> => {
    while (isBusy) await shielded(() => runtime.sleep(0, 'the worker works')).done;
  };

  const pump = async (): Promise<void> => {
    if (isBusy || isEnded) return;
    isBusy = true;
    void holdClock();
    try {
      while ((begins || queue.length > 0) && !isEnded) await oneActivation();
      if (calls.size === 0) beginWaits();
    } catch (error) {
      end(() => reject(error));
    } finally {
      isBusy = false;
    }
  };

  /** Nothing is on its way any more, so what the run opened it waits for. A wait without a timer is not told to any server. */
  const beginWaits = (): void => {
    for (const label of asked) {
      runtime.waiting();
      void shielded(() => runtime.until(() => true, undefined, label)).done;
    }
    asked.clear();
  };

  const oneActivation = async (): Promise<void> => {
    const activation = seen.activations;
    const gathers = disturbance.gathers?.(activation) === true;
    if (gathers) await shielded(() => runtime.sleep(0, 'all that is due now comes first')).done;
    if (disturbance.cancelsAt === activation) queue.unshift({ cancelWorkflow: { reason: 'test' } });
    begins = false;
    const jobs = inOrder(queue.splice(0, gathers ? queue.length : 1));
    const dies = disturbance.dies?.(activation) === true;
    const continues = disturbance.continues?.(activation, firstActivation) === true;
    seen.activations += 1;
    if (dies) seen.deaths += 1;
    execution ??= await beginRun([input]);
    for (const command of await execution.tell(jobs, { nowMs: runtime.now(), dies, continues })) await follow(command);
    await begun();
  };

  /** Whether a call was made before it is cancelled must not depend on how long the next life takes to come so far. */
  const begun = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const beginRun = (args: unknown[] | Payload[], isPayload = false): Promise<Execution> => {
    firstActivation = seen.activations;
    seen.runs += 1;
    const payloads = isPayload ? (args as Payload[]) : args.map(toPayload);
    const { workflowId } = runtime;
    const identity = {
      workflowId,
      runId: `${workflowId}-${seen.runs}`,
      startedAt: runtime.now(),
      seed: 7,
      args: payloads,
    };
    return beginExecution(machine, identity);
  };

  const follow = async (command: Command): Promise<void> => {
    const { startTimer, cancelTimer, scheduleActivity, requestCancelActivity, updateResponse } = command;
    if (startTimer) {
      const seq = startTimer.seq!;
      const waited = shielded(() => runtime.sleep(tsToMs(startTimer.startToFireTimeout), summaryOf(command)));
      timers.set(seq, waited);
      waited.done.then(
        () => timers.delete(seq) && tell({ fireTimer: { seq } }),
        () => undefined,
      );
    } else if (cancelTimer) {
      timers.get(cancelTimer.seq!)?.cancel();
      timers.delete(cancelTimer.seq!);
    } else if (scheduleActivity) {
      const seq = scheduleActivity.seq!;
      const call = fromPayload<ConnectorCall>(scheduleActivity.arguments![0]);
      const made = shielded(() => runtime.call(call, optionsOf(command)));
      calls.set(seq, call.connector.startsWith(OWN_CALLS) ? { done: made.done, cancel: () => undefined } : made);
      if (call.connector === STORE_CALLS.openApproval) asked.add(summaryOf(command));
      made.done.finally(() => calls.delete(seq)).catch(() => undefined);
      made.done.then(
        (output) => tell(resolved(seq, { completed: { result: toPayload(output) } })),
        (thrown: unknown) => callFailed(seq, call.connector, thrown),
      );
    } else if (requestCancelActivity) {
      calls.get(requestCancelActivity.seq!)?.cancel();
    } else if (updateResponse) {
      if (updateResponse.completed) seen.answer = fromPayload<RunResponse>(updateResponse.completed);
      if (updateResponse.rejected) seen.answer = { refused: codeOf(updateResponse.rejected) };
    } else {
      await followEnd(command);
    }
  };

  const callFailed = (seq: number, connector: string, thrown: unknown): void => {
    if (runtime.isCancellation(thrown))
      return tell(resolved(seq, { cancelled: { failure: cancelledCall(connector) } }));
    if (thrown instanceof StepFailure) {
      return tell(resolved(seq, { failed: { failure: failureOfCall(thrown, connector) } }));
    }
    return end(() => reject(thrown));
  };

  /** Rejects as whatever waits in a cancelled scope of this Runtime does. */
  const cancelled = async (): Promise<void> => {
    const waiting = shielded(() => runtime.sleep(NEVER_MS, 'the end of time'));
    waiting.cancel();
    const error: unknown = await waiting.done.catch((thrown: unknown) => thrown);
    end(() => reject(error));
  };

  const followEnd = async (command: Command): Promise<void> => {
    if (command.completeWorkflowExecution) {
      const { result: payload } = command.completeWorkflowExecution;
      return end(() => resolve(fromPayload<RunResult>(payload)));
    }
    if (command.failWorkflowExecution) {
      const failure = failureOfRun(command.failWorkflowExecution.failure!);
      return end(() => reject(failure));
    }
    if (command.cancelWorkflowExecution) return cancelled();
    if (command.continueAsNewWorkflowExecution) {
      await execution?.end();
      execution = await beginRun(command.continueAsNewWorkflowExecution.arguments ?? [], true);
      // What comes from outside goes to whichever run of the chain is there.
      queue = queue.filter((job) => isFromOutside(job) || job.cancelWorkflow);
      // What the run of before waited for is told to nobody.
      for (const waited of timers.values()) waited.cancel();
      timers.clear();
      begins = true;
      return undefined;
    }
    if (command.setPatchMarker || command.modifyWorkflowProperties || command.upsertWorkflowSearchAttributes)
      return undefined;
    throw new Error(`the test's server does not know the command ${Object.keys(command).join(', ')}`);
  };

  runtime.sleep(NEVER_MS, 'the end of time').then(
    () => end(() => reject(new Error('nothing can happen any more and the run has not ended'))),
    () => tell({ cancelWorkflow: { reason: 'test' } }),
  );
  void pump();
  const interpretation = {
    result,
    wake: (wake: Wake) => tell(signal(WAKE_SIGNAL, wake)),
    decide: (decision: unknown) => tell(signal(APPROVE_SIGNAL, decision)),
    // Where the run is, only the workflow knows.
    position: () => ({ startedAt: runtime.startedAt, journal: {}, vars: {} }),
  };
  return interpretation;
}
