// Failures of Temporal as one line for people. Bodies and stacks that they may carry are never shown.
import type { temporal } from '@temporalio/proto';
import type { HistoryEvent } from './history.ts';

type Failure = temporal.api.failure.v1.IFailure | null | undefined;

/** Code and message of a failure. */
export function failureText(failure: Failure): string {
  const code = failure?.applicationFailureInfo?.type;
  const message = failure?.message ?? 'no reason is known';
  return code ? `${code}: ${message}` : message;
}

/** What an activity failed with; a time-out has its last attempt's failure as its cause. */
export function activityFailureText(failure: Failure): string {
  const inner = failure?.cause;
  if (failure?.timeoutFailureInfo && inner)
    return `${failure.message ?? 'timed out'}; before that ${failureText(inner)}`;
  return failureText(failure);
}

/** Why an execution ended, from its last event; undefined when it completed or goes on. */
export function endText(event: HistoryEvent | undefined): string | undefined {
  if (event?.workflowExecutionFailedEventAttributes)
    return failureText(event.workflowExecutionFailedEventAttributes.failure);
  if (event?.workflowExecutionCanceledEventAttributes) return 'the run was cancelled';
  if (event?.workflowExecutionTimedOutEventAttributes) return 'the run took too long';
  const terminated = event?.workflowExecutionTerminatedEventAttributes;
  if (terminated) return `the run was terminated${terminated.reason ? `: ${terminated.reason}` : ''}`;
  return undefined;
}
