// The one workflow: the Runtime of the interpreter on Temporal, and how a run ends there. Only this file and what the
// entry exports may import @temporalio/workflow. Author errors fail the run; any other error fails only the workflow
// task, so that a fixed worker goes on with the run.
import {
  ActivityCancellationType,
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineUpdate,
  isCancellation,
  proxySinks,
  scheduleActivity,
  setCurrentDetails,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
  type Sinks,
} from '@temporalio/workflow';
import { activityError } from './activity-error.ts';
import { RESPONSE_UPDATE, type Json, type RunInput, type RunResponse, type RunResult } from './definition.ts';
import { interpret, placedMessage, type Interpretation } from './interpret.ts';
import type { Continuation } from './run.ts';
import type { Runtime } from './runtime.ts';
import { StepFailure } from './step-failure.ts';

/** What a worker must offer to runs (`callDuringReplay: false`): the dispatcher's loop learns here that a run stopped occupying it. */
export interface RunSinks extends Sinks {
  runs: {
    /** Called once when the run ends, however it does, and once when it first begins to wait. */
    settled(workflowId: string, reason: 'finished' | 'waiting'): void;
  };
}

/** Waits for the run's answer; refused with the run's error when the run ends without one. */
const responseUpdate = defineUpdate<RunResponse>(RESPONSE_UPDATE);

/** What the answer to the sender and continue-as-new need to know about the run. */
interface RunState {
  response: RunResponse | undefined;
  /** Why there will never be a response. */
  refusal: ApplicationFailure | undefined;
  /** Updates that wait for the response now. */
  askers: number;
  /** Calls in flight. */
  calls: number;
  /** Nothing new starts; as soon as no call is in flight, the run continues as new. */
  draining: boolean;
  cancelled: boolean;
}

/** Follows a flow. The second argument is there only in continued runs. */
export async function runFlow(input: RunInput, continued?: Continuation): Promise<RunResult> {
  const { workflowId } = workflowInfo();
  const { runs } = proxySinks<RunSinks>();
  const { response } = continued ?? {};
  const state: RunState = { response, refusal: undefined, askers: 0, calls: 0, draining: false, cancelled: false };
  setHandler(responseUpdate, () => awaitResponse(state));
  CancellationScope.current().cancelRequested.catch(() => {
    state.cancelled = true;
    state.draining = false;
  });
  const runtime = createRuntime(state, continued, () => runs.settled(workflowId, 'waiting'));
  const run = interpret(input, runtime, continued);
  try {
    const result = await Promise.race([run.result, continueWhenDrained(input, run, state)]);
    state.response ??= result.response;
    await lastAnswers(state);
    runs.settled(workflowId, 'finished');
    return result;
  } catch (thrown) {
    const failure = runFailure(input, thrown);
    if (failure === undefined) throw thrown;
    state.refusal = failure;
    await lastAnswers(state);
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
async function lastAnswers(state: RunState): Promise<void> {
  if (state.askers === 0) return;
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
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

async function continueWhenDrained(input: RunInput, run: Interpretation, state: RunState): Promise<never> {
  await CancellationScope.nonCancellable(() => condition(() => state.draining && state.calls === 0));
  return continueAsNew<typeof runFlow>(input, run.position());
}

function createRuntime(state: RunState, continued: Continuation | undefined, firstWait: () => void): Runtime {
  const info = workflowInfo();
  let waited = false;
  return {
    workflowId: info.workflowId,
    attempt: info.attempt,
    startedAt: continued?.startedAt ?? info.startTime.getTime(),
    now: () => Date.now(),
    uuid: () => uuid4(),
    historyEvents: () => workflowInfo().historyLength,
    async ready() {
      if (!state.cancelled && state.askers === 0) state.draining ||= workflowInfo().continueAsNewSuggested;
      if (state.draining) await condition(() => !state.draining);
    },
    sleep: (ms, summary) => sleep(ms, { summary }),
    async call(request, options) {
      state.calls += 1;
      try {
        return await scheduleActivity<Json>(request.connector, [request], {
          summary: options.summary,
          startToCloseTimeout: options.startToCloseMs,
          scheduleToCloseTimeout: options.scheduleToCloseMs,
          heartbeatTimeout: options.heartbeatTimeoutMs,
          cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
          retry: {
            maximumAttempts: options.retry.maxAttempts,
            initialInterval: options.retry.delayMs,
            backoffCoefficient: options.retry.backoff,
            maximumInterval: options.retry.maxDelayMs,
          },
        });
      } catch (thrown) {
        if (isCancellation(thrown) || !(thrown instanceof ActivityFailure)) throw thrown;
        throw new StepFailure(activityError(thrown, options.retry.maxAttempts));
      } finally {
        state.calls -= 1;
      }
    },
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
      return { done: scope.run(work), cancel: () => scope.cancel() };
    },
    nonCancellable: (work) => CancellationScope.nonCancellable(work),
    isCancellation,
  };
}
