// What a failed connector activity means to a flow. Reads Temporal's failures by their shape, so that it can be tested
// without a server; must never put a stack trace before authors.
import type { FlowError, Json } from './definition.ts';
import type { RetryAdvice } from './step-failure.ts';

/** The parts of Temporal's ActivityFailure and its causes that matter here. */
export interface FailureShape {
  name: string;
  message: string;
  retryState?: string | undefined;
  /** ApplicationFailure: the code. */
  type?: string | null | undefined;
  /** ApplicationFailure of a connector: `[{status, headers, body, attempt}]`. */
  details?: unknown[] | null | undefined;
  /** ApplicationFailure: another attempt would fail too. */
  nonRetryable?: boolean | null | undefined;
  /** ApplicationFailure: milliseconds before the next attempt, as the connector worked them out. */
  nextRetryDelay?: unknown;
  /** TimeoutFailure. */
  timeoutType?: string | undefined;
  cause?: unknown;
}

/** Codes are words; what other code throws has class names as types. */
const CODE = /^[a-z][a-z0-9_]*$/;

/** The error of a failed call, its `step` not yet known. `attemptsMax` is from the call's retry. */
export function activityError(failure: FailureShape, attemptsMax: number): FlowError {
  const cause = failure.cause as FailureShape | undefined;
  const attempt = failure.retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? attemptsMax : 1;
  const error = cause === undefined ? unknownError(failure.message, attempt) : causeError(cause, attempt);
  // Out of time between two attempts: the server reports the last attempt instead of a time-out.
  if (failure.retryState === 'TIMEOUT' && error.code !== 'timeout') return outOfTime(error.attempt, error);
  return error;
}

/** Whether another attempt may help after a failed call, and when. */
export function retryAdvice({ cause }: FailureShape): RetryAdvice {
  const last = cause as FailureShape | undefined;
  if (last?.name === 'TimeoutFailure') {
    return { helps: last.timeoutType === 'HEARTBEAT' || last.timeoutType === 'START_TO_CLOSE', delayMs: undefined };
  }
  const { nextRetryDelay: delayMs } = last ?? {};
  return { helps: last?.nonRetryable !== true, delayMs: typeof delayMs === 'number' ? delayMs : undefined };
}

function causeError(failure: FailureShape, attempt: number): FlowError {
  if (failure.name === 'TimeoutFailure') return timeoutError(failure, attempt);
  if (failure.name === 'ApplicationFailure') return applicationError(failure, attempt);
  return unknownError(failure.message, attempt);
}

function timeoutError(failure: FailureShape, attempt: number): FlowError {
  if (failure.timeoutType === 'HEARTBEAT') {
    return error(
      'worker_lost',
      'the worker that made the call died or hung, so whether it reached the service is unknown',
      attempt,
    );
  }
  if (failure.timeoutType === 'START_TO_CLOSE') {
    return error('attempt_timeout', 'the attempt took longer than its timeout', attempt);
  }
  const last = failure.cause as FailureShape | undefined;
  return outOfTime(attempt, last === undefined ? undefined : causeError(last, attempt));
}

/** The error of a call whose time is over; `last` is its last attempt's. */
export function outOfTime(attempt: number, last: FlowError | undefined): FlowError {
  const message = 'the step took longer than its timeout, all attempts together';
  if (last === undefined) return error('timeout', message, attempt);
  return { ...error('timeout', `${message}; the last one: ${last.message}`, attempt), cause: last };
}

function applicationError(failure: FailureShape, attempt: number): FlowError {
  const { type, message } = failure;
  if (type === 'NotFoundError') return error('connector_missing', 'no running worker knows the connector', attempt);
  const code = typeof type === 'string' && CODE.test(type) ? type : 'connector_failed';
  const details = (failure.details?.[0] ?? {}) as Record<string, unknown>;
  const made = error(code, message, typeof details['attempt'] === 'number' ? details['attempt'] : attempt);
  if (typeof details['status'] === 'number') made.status = details['status'];
  if (isHeaders(details['headers'])) made.headers = details['headers'];
  if (details['body'] !== undefined) made.body = details['body'] as Json;
  return made;
}

function isHeaders(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownError(message: string, attempt: number): FlowError {
  return error('connector_failed', message, attempt);
}

function error(code: string, message: string, attempt: number): FlowError {
  return { code, message, step: null, attempt };
}
