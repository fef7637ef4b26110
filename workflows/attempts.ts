// Attempts at a call that the run makes one by one, because the flow itself says by `retry.on` and `retry.until` which failures
// are tried again: Temporal's own retries ask nobody. Each is an activity with a single attempt, a durable timer between.
// All have the input, the idempotency key and the deadline of the first, also after continue-as-new.
import { outOfTime } from './activity-error.ts';
import type { ConnectorCall, ExpressionText, FlowError, Json, JsonObject, Retry } from './definition.ts';
import { callOptions, callTimes, connectorCall, throughGate, waitUntil } from './effects.ts';
import { evaluateCondition, explain, ExpressionError } from './expression/index.ts';
import { decide, type JournalNode } from './journal.ts';
import { labelOf, nameOf, type Place } from './place.ts';
import { summaryText } from './run-path.ts';
import { createFrame } from './run.ts';
import type { CallRequest } from './step-context.ts';
import { errorJson, StepFailure, withCause, type RetryAdvice } from './step-failure.ts';

/** What was tried so far: kept in the journal, changed in place. Times are Unix milliseconds. */
interface Attempts {
  call: ConnectorCall;
  firstAt: number;
  /** All attempts must end by then. */
  endsAt: number;
  /** How many have failed. */
  made: number;
  /** When the next one is due. */
  nextAt: number;
  /** Why the last one failed. */
  last?: FlowError;
}

/** True when the flow decides by expressions which failures are tried again. */
export function hasRules({ on, until }: Retry): boolean {
  return on !== undefined || until !== undefined;
}

/** Makes a call, and again as the rules say; rejects with the last attempt's StepFailure, or a cancellation. */
export async function callByRules(place: Place, request: CallRequest, retry: Retry): Promise<Json> {
  for (;;) {
    const before = attemptsIn(place.node);
    if (before !== undefined) {
      await waitUntil(place, before.nextAt, summaryText(`before attempt ${before.made + 1}: ${labelOf(place)}`));
    }
    try {
      return await throughGate(place.run, () => startAttempt(place, request, retry));
    } catch (thrown) {
      // Without advice it is no failed attempt: none could be made.
      if (!(thrown instanceof StepFailure) || thrown.advice === undefined) throw thrown;
      plan(place, attemptsIn(place.node)!, retry, thrown.error, thrown.advice);
    }
  }
}

function attemptsIn(node: JournalNode): Attempts | undefined {
  return node.decided?.['attempts'] as Attempts | undefined;
}

function startAttempt(place: Place, request: CallRequest, retry: Retry): Promise<Json> {
  const { runtime } = place.run;
  const now = runtime.now();
  const { call, endsAt, firstAt, made } = attemptsIn(place.node) ?? begin(place, request, retry, now);
  const leftMs = Math.max(endsAt - now, 1);
  const attemptTimeoutMs = Math.min(call.attemptTimeoutMs, leftMs);
  return runtime.call(
    { ...call, attemptTimeoutMs, attemptOfRun: { number: made + 1, firstAt } },
    callOptions(place, attemptTimeoutMs, leftMs, { ...call.retry, maxAttempts: 1 }),
  );
}

function begin(place: Place, request: CallRequest, retry: Retry, now: number): Attempts {
  const { on: _on, until: _until, ...times } = retry;
  const { attemptTimeoutMs, scheduleToCloseMs } = callTimes(place);
  const call = connectorCall(place, request, attemptTimeoutMs, times);
  const attempts: Attempts = { call, firstAt: now, endsAt: now + scheduleToCloseMs, made: 0, nextAt: now };
  return decide(place.node, 'attempts', () => attempts as unknown as JsonObject) as unknown as Attempts;
}

/** Makes room for another attempt; throws the failure when there is none. */
function plan(place: Place, attempts: Attempts, retry: Retry, failed: FlowError, advice: RetryAdvice): void {
  const number = attempts.made + 1;
  const error: FlowError = { ...failed, step: nameOf(place), attempt: number };
  if (error.code === 'timeout') throw new StepFailure(attempts.last ? withCause(error, attempts.last) : error);
  if (number >= retry.maxAttempts || !isTriedAgain(place, retry, error, advice)) throw new StepFailure(error);
  const grown = Math.min(retry.delayMs * retry.backoff ** attempts.made, retry.maxDelayMs);
  const nextAt = place.run.runtime.now() + Math.ceil(advice.delayMs ?? grown);
  if (nextAt >= attempts.endsAt) throw new StepFailure({ ...outOfTime(number, error), step: error.step });
  attempts.made = number;
  attempts.nextAt = nextAt;
  attempts.last = error;
}

/**
 * `until` ends the attempts, whatever failed. A worker that died says nothing about the service, so no `on` keeps its attempt from
 * being made again elsewhere, under the same key. Without `on`, the connector knows what may help.
 */
function isTriedAgain(place: Place, { on, until }: Retry, error: FlowError, advice: RetryAdvice): boolean {
  if (until !== undefined && holds(place, until, error)) return false;
  if (error.code === 'worker_lost') return true;
  return on === undefined ? advice.helps : holds(place, on, error);
}

/** Whether a rule holds for an error. A rule that cannot be evaluated is the failure then, and the error its cause. */
function holds({ run, frame }: Place, rule: ExpressionText, error: FlowError): boolean {
  const { scope } = createFrame(run, { ...frame.locals, error: errorJson(error) }, frame.results, frame.label);
  try {
    return evaluateCondition(rule, scope);
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    const { step, attempt } = error;
    throw new StepFailure({ code: thrown.code, message: explain(thrown), step, attempt, cause: error });
  }
}
