// What a run does to the world, at the leaves of its flow: calls and waits. Each enters through one gate, which a run
// that is about to continue as new, or that has too much history, keeps shut.
import type { ConnectorCall, Json, JsonObject, Retry, Template } from './definition.ts';
import { durationMs } from './duration.ts';
import { renderTemplate, renderWithSecrets } from './expression/index.ts';
import { decide } from './journal.ts';
import {
  ATTEMPT_GRACE_MS,
  ATTEMPT_TIMEOUT_MS,
  CALL_TIME_MS_MIN,
  HEARTBEAT_TIMEOUT_MS,
  HISTORY_EVENTS_MAX,
  PAUSE_MS,
  RETRY_DEFAULT,
  STEP_TIMEOUT_MS,
  STEPS_IN_ONE_GO_MAX,
  UNDO_HISTORY_EVENTS_MAX,
  WAIT_MS_MAX,
  WAIT_NOTICED_MS_MIN,
} from './limits.ts';
import { labelOf, nameOf, type Place } from './place.ts';
import { idempotencyKey } from './run-path.ts';
import type { Run } from './run.ts';
import { after, type Soon } from './soon.ts';
import type { CallOptions } from './runtime.ts';
import type { CallRequest } from './step-context.ts';
import { failStep } from './step-failure.ts';

/** Makes a call when one of the run's permits is free. Its input is evaluated only then, so that `now()` is the time of the call. */
export function call(place: Place, request: CallRequest): Soon<Json> {
  return throughGate(place.run, () => startCall(place, request, retryOf(place)));
}

/** The retry of a step's calls. */
export function retryOf({ step, run }: Place): Retry {
  return step.retry ?? run.input.flow.retry ?? RETRY_DEFAULT;
}

/** Starts a call when one of the run's permits is free and the gate is open. */
export function throughGate(run: Run, start: () => Soon<Json>): Soon<Json> {
  return run.calls(() => after(lookAround(run), () => after(enter(run), start)));
}

/** Where pieces run at the same time, timers start before calls: histories have them in this order. */
function lookAround(run: Run): Soon<void> {
  return run.fannedOut === 0 ? undefined : Promise.resolve();
}

function startCall(place: Place, request: CallRequest, retry: Retry): Promise<Json> {
  const { attemptTimeoutMs, scheduleToCloseMs } = callTimes(place);
  const made = connectorCall(place, request, attemptTimeoutMs, retry);
  return place.run.runtime.call(made, callOptions(place, attemptTimeoutMs, scheduleToCloseMs, retry));
}

/** How Temporal is to make a call of this step. */
export function callOptions(
  place: Place,
  attemptTimeoutMs: number,
  scheduleToCloseMs: number,
  retry: Retry,
): CallOptions {
  return {
    summary: labelOf(place),
    startToCloseMs: attemptTimeoutMs + ATTEMPT_GRACE_MS,
    scheduleToCloseMs,
    heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
    retry,
  };
}

/** Waits on a durable timer until the moment that was decided when the wait began. */
export function wait(place: Place, duration: Template): Soon<void> {
  return after(enter(place.run), () => startWait(place, duration));
}

function startWait(place: Place, duration: Template): Soon<void> {
  const { run, frame, node } = place;
  const until = decide(node, 'wait until', () => run.runtime.now() + waitMs(renderTemplate(duration, frame.scope)));
  return sleepUntil(place, until, labelOf(place));
}

/** Waits on a durable timer until a moment (Unix milliseconds), which must be the same in a continued run; at once when it is past. */
export function waitUntil(place: Place, until: number, summary = labelOf(place)): Soon<void> {
  if (until <= place.run.runtime.now()) return;
  return after(enter(place.run), () => sleepUntil(place, until, summary));
}

function sleepUntil({ run }: Place, until: number, summary: string): Soon<void> {
  const ms = until - run.runtime.now();
  if (ms <= 0) return;
  if (ms > WAIT_NOTICED_MS_MIN) run.runtime.waiting();
  return run.runtime.sleep(ms, summary);
}

/**
 * Counts a step. One thread serves all runs, and Temporal takes a run that keeps it for seconds for dead, so long stretches
 * of steps that call nothing are broken by a timer. The count depends on the flow alone, so every replay pauses alike.
 */
export function takeTurn(run: Run): Soon<void> {
  run.stepsInOneGo += 1;
  if (run.stepsInOneGo <= STEPS_IN_ONE_GO_MAX) return;
  return after(enter(run), () => run.runtime.sleep(PAUSE_MS, 'lets other runs go on'));
}

/** The gate of every effect. Throws StepFailure with `run_too_long` when history is nearly full. */
export function enter(run: Run): Soon<void> {
  run.stepsInOneGo = 0;
  return after(run.runtime.ready(), () => checkHistory(run));
}

function checkHistory({ runtime, undoing }: Run): void {
  const eventsMax = undoing ? UNDO_HISTORY_EVENTS_MAX : HISTORY_EVENTS_MAX;
  if (runtime.historyEvents() < eventsMax) return;
  throw failStep('run_too_long', `the run has ${eventsMax} history events and may start nothing new`);
}

/** The call with its input worked out. Throws StepFailure when that is no map. */
export function connectorCall(
  place: Place,
  request: CallRequest,
  attemptTimeoutMs: number,
  retry: Retry,
): ConnectorCall {
  const { run, frame, path } = place;
  const { value, secrets } = renderWithSecrets(request.with, frame.scope);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw failStep('invalid_field', '`with` must be a map');
  }
  const id = run.runtime.workflowId;
  const made: ConnectorCall = {
    connector: request.connector,
    with: value satisfies JsonObject,
    secrets,
    idempotencyKey: idempotencyKey(id, path),
    attemptTimeoutMs,
    retry,
    run: { id, flow: run.input.flow.flow, step: nameOf(place) },
  };
  if (request.connection !== undefined) made.connection = request.connection;
  return made;
}

/**
 * Times of one call. While a sender waits for the answer, retries end when the answer is due; what starts late still
 * gets the time of one attempt, for the run goes on after its sender was told to look later. Undoing hurries for nobody.
 */
export function callTimes({ run, step }: Place): { attemptTimeoutMs: number; scheduleToCloseMs: number } {
  const attemptMs = step.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS;
  const stepMs = step.timeoutMs ?? STEP_TIMEOUT_MS;
  const { respondWithinMs } = run.input;
  let scheduleToCloseMs = stepMs;
  if (respondWithinMs !== undefined && run.response === undefined && !run.undoing) {
    const dueMs = run.runtime.startedAt + respondWithinMs - run.runtime.now();
    scheduleToCloseMs = Math.min(stepMs, dueMs >= CALL_TIME_MS_MIN ? dueMs : attemptMs);
  }
  return { attemptTimeoutMs: Math.min(attemptMs, scheduleToCloseMs), scheduleToCloseMs };
}

/** Milliseconds of a duration worked out at run time. `field` is what it stands in. Throws StepFailure when it is none. */
export function waitMs(value: Json | undefined, field = 'wait'): number {
  const ms = typeof value === 'string' ? durationMs(value) : value;
  if (typeof ms !== 'number' || ms < 0 || ms > WAIT_MS_MAX) {
    const forms = '`30s`, `5m`, `2h`, `3d`, or milliseconds; ten years at most';
    throw failStep('invalid_field', `\`${field}\` needs a duration such as ${forms}`);
  }
  return Math.ceil(ms);
}
