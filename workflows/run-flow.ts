// The one workflow: the Runtime of the interpreter on Temporal, and how a run ends there. Only this file, resets.ts
// and what the entry exports may import @temporalio/workflow. Author errors fail the run; any other error fails only the workflow
// task, so that a fixed worker goes on with the run.
import {
  ActivityCancellationType,
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  isCancellation,
  patched,
  proxySinks,
  scheduleActivity,
  setCurrentDetails,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
  type Sinks,
} from '@temporalio/workflow';
import { activityError, retryAdvice } from './activity-error.ts';
import { APPROVE_SIGNAL } from './decision.ts';
import {
  RESPONSE_UPDATE,
  WAKE_SIGNAL,
  type ConnectorCall,
  type Json,
  type RunInput,
  type RunResponse,
  type RunResult,
} from './definition.ts';
import { placedMessage } from './error-text.ts';
import { interpret, type Interpretation } from './interpret.ts';
import { createResets, type Seed } from './resets.ts';
import type { Continuation } from './run.ts';
import type { CallOptions, Runtime } from './runtime.ts';
import type { Soon } from './soon.ts';
import { StepFailure } from './step-failure.ts';
import type { Wake } from './wakes.ts';

/** What a worker must offer to runs (`callDuringReplay: false`): the dispatcher's loop learns here that a run stopped occupying it. */
export interface RunSinks extends Sinks {
  runs: {
    /** Called once when the run ends, however it does, and once when it first begins to wait. */
    settled(workflowId: string, reason: 'finished' | 'waiting'): void;
  };
}

/** Waits for the run's answer; refused with the run's error when the run ends without one. */
const responseUpdate = defineUpdate<RunResponse>(RESPONSE_UPDATE);
/** Tells the run of an event that it waits for; may come more than once. */
const wakeSignal = defineSignal<[Wake]>(WAKE_SIGNAL);
/** Decides an approval, from Temporal's own UI. It may hold anything: people write it. */
const approveSignal = defineSignal<[unknown]>(APPROVE_SIGNAL);

/** Shown beside the signal in Temporal's UI. */
const APPROVE_SIGNAL_TEXT =
  'Decides an approval: {"step": "ID", "decision": "approved" or "rejected", "by": "NAME", "comment": "TEXT", "form": {…}}';

/** What the answer to the sender and continue-as-new need to know about the run. */
interface RunState {
  response: RunResponse | undefined;
  /** Why there will never be a response. */
  refusal: ApplicationFailure | undefined;
  /** Updates that wait for the response now. */
  askers: number;
  /** Calls in flight. */
  calls: number;
  /** Nothing new starts; as soon as no call is in flight, the run continues as new. A cancelled run never does. */
  draining: boolean;
  /** The scope of the whole run: it says whether the run was cancelled. */
  scope: CancellationScope;
  /** Called when draining begins for the first time. */
  drain(): void;
}

/** Follows a flow. The second argument is there only in continued runs, the third comes from the interceptor. */
export async function runFlow(input: RunInput, continued?: Continuation, firstSeed?: Seed): Promise<RunResult> {
  const { workflowId } = workflowInfo();
  const { runs } = proxySinks<RunSinks>();
  const { response } = continued ?? {};
  const state: RunState = {
    response,
    refusal: undefined,
    askers: 0,
    calls: 0,
    draining: false,
    scope: CancellationScope.current(),
    drain: () => undefined,
  };
  setHandler(responseUpdate, () => awaitResponse(state));
  const runtime = createRuntime(state, continued, firstSeed, () => runs.settled(workflowId, 'waiting'));
  const run = interpret(input, runtime, continued);
  setHandler(wakeSignal, run.wake);
  setHandler(approveSignal, run.decide, { description: APPROVE_SIGNAL_TEXT });
  try {
    const result = await resultOf(input, run, state);
    state.response ??= result.response;
    if (state.askers > 0) await lastAnswers();
    runs.settled(workflowId, 'finished');
    return result;
  } catch (thrown) {
    const failure = runFailure(input, thrown);
    if (failure === undefined) throw thrown;
    state.refusal = failure;
    if (state.askers > 0) await lastAnswers();
    runs.settled(workflowId, 'finished');
    throw isCancellation(thrown) ? thrown : failure;
  }
}

async function awaitResponse(state: RunState): Promise<RunResponse> {
  state.askers += 1;
  // A continued run would not know who asked, so the run goes on here.
  state.draining = false;
  try {
    await CancellationScope.nonCancellable(() =>
      condition(() => state.response !== undefined || state.refusal !== undefined),
    );
    if (state.response !== undefined) return state.response;
    throw state.refusal!;
  } finally {
    state.askers -= 1;
  }
}

/** Lets everybody who asked have the answer before the run is closed. */
function lastAnswers(): Promise<void> {
  return CancellationScope.nonCancellable(() => condition(allHandlersFinished));
}

/** How the run's end looks to people and to those who asked for its answer; undefined for errors of our own. */
function runFailure(input: RunInput, thrown: unknown): ApplicationFailure | undefined {
  if (isCancellation(thrown)) return quiet(ApplicationFailure.nonRetryable('the run was cancelled', 'no_response'));
  if (!(thrown instanceof StepFailure)) return undefined;
  const message = placedMessage(input.flow, thrown.error);
  return quiet(ApplicationFailure.nonRetryable(message, thrown.error.code, thrown.error));
}

/** Without the interpreter's stack trace, which says nothing to those who read the failure. */
function quiet(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = '';
  return failure;
}

/** The run's result; rejects instead with what continues it as new. Waiting for that costs nothing until draining begins. */
function resultOf(input: RunInput, run: Interpretation, state: RunState): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    run.result.then(resolve, reject);
    state.drain = () => void continueWhenDrained(input, run, state).catch(reject);
    if (state.draining) state.drain();
  });
}

/**
 * Draining begins in the middle of what one task of the workflow does: other steps may have taken what they waited for and not written it down
 * yet. So the condition holds only when it is asked again, which is when all of them wait for something.
 */
async function continueWhenDrained(input: RunInput, run: Interpretation, state: RunState): Promise<never> {
  state.drain = () => undefined;
  let isAskedAgain = false;
  const isDrained = (): boolean => {
    const holds = isAskedAgain && isDraining(state) && state.calls === 0;
    isAskedAgain = true;
    return holds;
  };
  await CancellationScope.nonCancellable(() => condition(isDrained));
  return continueAsNew<typeof runFlow>(input, run.position());
}

function isDraining({ draining, scope }: RunState): boolean {
  return draining && !scope.consideredCancelled;
}

/** At once when something new may start. Whether it may follows from the history alone, so every replay waits alike. */
function ready(state: RunState): Soon<void> {
  if (state.askers === 0) state.draining ||= workflowInfo().continueAsNewSuggested;
  if (!isDraining(state)) return;
  state.drain();
  return condition(() => !isDraining(state));
}

function call(state: RunState, request: ConnectorCall, options: CallOptions): Promise<Json> {
  const { retry } = options;
  const made = scheduleActivity<Json>(request.connector, [request], {
    summary: options.summary,
    startToCloseTimeout: options.startToCloseMs,
    scheduleToCloseTimeout: options.scheduleToCloseMs,
    heartbeatTimeout: options.heartbeatTimeoutMs,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      maximumAttempts: retry.maxAttempts,
      initialInterval: retry.delayMs,
      backoffCoefficient: retry.backoff,
      maximumInterval: retry.maxDelayMs,
    },
  });
  state.calls += 1;
  return made.then(
    (output) => {
      state.calls -= 1;
      return output;
    },
    (thrown: unknown) => {
      state.calls -= 1;
      if (isCancellation(thrown) || !(thrown instanceof ActivityFailure)) throw thrown;
      throw new StepFailure(activityError(thrown, retry.maxAttempts), retryAdvice(thrown));
    },
  );
}

async function until(holds: () => boolean, ms: number | undefined, summary: string): Promise<boolean> {
  if (ms !== undefined) return ms > 0 ? condition(holds, ms, { summary }) : holds();
  await condition(holds);
  return true;
}

/** A scope awaits what its work gives, so the work may end at once, which the scope's type does not say. */
function awaited<T>(work: () => Soon<T>): () => Promise<T> {
  return work as () => Promise<T>;
}

function createRuntime(
  state: RunState,
  continued: Continuation | undefined,
  firstSeed: Seed | undefined,
  firstWait: () => void,
): Runtime {
  const info = workflowInfo();
  let waited = false;
  return {
    workflowId: info.workflowId,
    attempt: info.attempt,
    startedAt: continued?.startedAt ?? info.startTime.getTime(),
    now: () => Date.now(),
    uuid: () => uuid4(),
    historyEvents: () => workflowInfo().historyLength,
    ready: () => ready(state),
    sleep: (ms, summary) => sleep(ms, { summary }),
    until: (holds, ms, summary) => until(holds, ms, summary),
    call: (request, options) => call(state, request, options),
    setDetails: (text) => setCurrentDetails(text),
    respond(response) {
      state.response = response;
    },
    waiting() {
      if (!waited) firstWait();
      waited = true;
    },
    cancellable(work) {
      const scope = new CancellationScope();
      return { done: scope.run(awaited(work)), cancel: () => scope.cancel() };
    },
    nonCancellable: (work) => CancellationScope.nonCancellable(awaited(work)),
    isCancellation,
    patched,
    resets: createResets(firstSeed),
  };
}
