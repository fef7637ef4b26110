// One mocked call with its attempts, on the virtual clock, as Temporal's server makes them: backoff, a service's Retry-After,
// the limit of one attempt and of all together. Delays have no jitter here, so that every run of a test is the same.
import { ConnectorError } from '../../activities/connector-error.ts';
import type { ConnectorCall, Json } from '../../workflows/definition.ts';
import type { FailureShape } from '../../workflows/activity-error.ts';
import type { CallOptions } from '../../workflows/runtime.ts';
import type { Soon } from '../../workflows/soon.ts';
import { CallRefused } from '../call-checks.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface ApplicationFailureShape extends FailureShape {
  /** Milliseconds. */
  nextRetryDelay?: number | undefined;
}

/** A call that has failed for good, in the shape of Temporal's ActivityFailure. */
export class CallFailure extends Error implements FailureShape {
  override name = 'ActivityFailure';
  readonly retryState: string;
  override readonly cause: FailureShape;
  constructor(retryState: string, cause: FailureShape) {
    super('Activity task failed');
    this.retryState = retryState;
    this.cause = cause;
  }
}

/** Makes one attempt: how long it takes, and what it then comes to (an output, or a throw of ConnectorError or CallRefused). */
export type Attempt = () => { takesMs: number; end(): Soon<Json> };

/** Temporal takes a delay of 0 for none given. */
const DELAY_MS_MIN = 1;

/**
 * The output of the call. Rejects with CallFailure, or with a cancellation. Which failures end it and when the next attempt is
 * made follows Temporal's server (service/history/workflow/retry.go): a next attempt that would begin after the limit of all
 * attempts is not made, and the last failure is the call's.
 */
export async function makeAttempts(
  clock: VirtualClock,
  call: ConnectorCall,
  options: CallOptions,
  attempt: Attempt,
): Promise<Json> {
  const { retry } = options;
  const endsAt = clock.now() + options.scheduleToCloseMs;
  const first = call.attemptOfRun?.number ?? 1;
  let last: ApplicationFailureShape | undefined;
  for (let number = first; ; number += 1) {
    const { takesMs, end } = attempt();
    const limitMs = Math.min(takesMs, call.attemptTimeoutMs);
    if (clock.now() + limitMs > endsAt) {
      await clock.sleep(endsAt - clock.now());
      throw new CallFailure('TIMEOUT', outOfTime(last));
    }
    if (limitMs > 0) await clock.sleep(limitMs);
    const failure = await endOf(takesMs > call.attemptTimeoutMs ? () => timedOut(call.attemptTimeoutMs) : end);
    if ('output' in failure) return failure.output;
    last = failure.error instanceof CallRefused ? refusal(failure.error) : applicationFailure(failure.error, number);
    const { nextRetryDelay: retryAfterMs } = last;
    if (last.nonRetryable) throw new CallFailure('NON_RETRYABLE_FAILURE', last);
    if (number - first + 1 >= retry.maxAttempts) throw new CallFailure('MAXIMUM_ATTEMPTS_REACHED', last);
    const delayMs = retryAfterMs ?? Math.min(retry.delayMs * retry.backoff ** (number - 1), retry.maxDelayMs);
    const pauseMs = Math.max(Math.round(delayMs), DELAY_MS_MIN);
    if (clock.now() + pauseMs > endsAt) throw new CallFailure('TIMEOUT', last);
    await clock.sleep(pauseMs);
  }
}

async function endOf(end: () => Soon<Json>): Promise<{ output: Json } | { error: ConnectorError | CallRefused }> {
  try {
    return { output: await end() };
  } catch (error) {
    if (error instanceof ConnectorError || error instanceof CallRefused) return { error };
    throw error;
  }
}

function timedOut(attemptTimeoutMs: number): never {
  const message = `no answer within the attempt's ${attemptTimeoutMs} ms; attempt_timeout sets it`;
  throw new ConnectorError('attempt_timeout', message, { retryable: true });
}

function outOfTime(last: FailureShape | undefined): FailureShape {
  const shape: FailureShape = { name: 'TimeoutFailure', message: 'out of time', timeoutType: 'SCHEDULE_TO_CLOSE' };
  return last === undefined ? shape : { ...shape, cause: last };
}

/** As src/call-flow.ts has it. */
function refusal({ code, message, isRetried }: CallRefused): ApplicationFailureShape {
  return { name: 'ApplicationFailure', message, type: code, nonRetryable: !isRetried };
}

/** As the worker words it. */
function applicationFailure(error: ConnectorError, number: number): ApplicationFailureShape {
  const { retryable, retryAfterMs, ...known } = error.details;
  return {
    name: 'ApplicationFailure',
    message: `${error.message} (attempt ${number})`,
    type: error.code,
    details: [{ ...known, attempt: number }],
    nonRetryable: !retryable,
    nextRetryDelay: retryAfterMs,
  };
}
