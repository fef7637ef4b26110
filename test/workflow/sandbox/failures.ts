// Failures on their way between the test's Runtime, which speaks of flow errors, and the sandbox, which speaks of Temporal's.
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
  TimeoutFailure,
} from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { FlowError } from '../../../workflows/definition.ts';
import { StepFailure } from '../../../workflows/step-failure.ts';

type Failure = temporal.api.failure.v1.IFailure;

/** What a failed call comes back as; workflows/activity-error.ts reads it to the same error. */
export function failureOfCall({ error, advice }: StepFailure, activityType: string): Failure {
  if (error.code === 'timeout') return wrapped(activityType, 'TIMEOUT', timeoutCause(error));
  const cause = applicationFailure(error, advice?.helps !== true, advice?.delayMs);
  return wrapped(activityType, advice?.helps === true ? 'MAXIMUM_ATTEMPTS_REACHED' : 'NON_RETRYABLE_FAILURE', cause);
}

export function cancelledCall(activityType: string): Failure {
  return wrapped(activityType, 'CANCEL_REQUESTED', new CancelledFailure('the call was cancelled'));
}

/** The error that a run failed with. */
export function failureOfRun(failure: Failure): StepFailure {
  const error = defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
  if (!(error instanceof ApplicationFailure)) throw error;
  return new StepFailure(error.details?.[0] as FlowError);
}

/** Out of time between two attempts the last one is reported, out of time during one a time-out. */
function timeoutCause(error: FlowError): Error {
  const { cause, attempt } = error;
  const last = cause && applicationFailure(cause, false, undefined);
  if (last !== undefined && cause?.attempt === attempt) return last;
  const failure = new TimeoutFailure('out of time', undefined, 'SCHEDULE_TO_CLOSE');
  if (last !== undefined) Object.assign(failure, { cause: last });
  return failure;
}

function applicationFailure(error: FlowError, nonRetryable: boolean, delayMs: number | undefined): ApplicationFailure {
  const { code, message, status, headers, body, attempt } = error;
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable,
    details: [JSON.parse(JSON.stringify({ status, headers, body, attempt }))],
    ...(delayMs !== undefined && { nextRetryDelay: delayMs }),
  });
}

function wrapped(activityType: string, retryState: ActivityFailure['retryState'], cause: Error): Failure {
  const failure = new ActivityFailure('Activity task failed', activityType, undefined, retryState, undefined, cause);
  return defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter);
}
