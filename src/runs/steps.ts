// What a run did, as rows for people: its calls and waits, from the history and from what is pending now. Pure.
import { activityFailureText, failureText } from './failure-text.ts';
import { summaryOf, timeOf, type HistoryEvent } from './history.ts';

/** One call or wait of a run. */
export interface RunStep {
  /** Position of its first event in the history; unique in an execution. */
  event: string;
  /** Name, id, or verb and path, with the iteration. */
  label: string;
  /** The connector; `wait` for a timer. */
  kind: string;
  state: 'waiting' | 'running' | 'retrying' | 'completed' | 'failed' | 'cancelled';
  /** Tries so far; 0 for waits. */
  attempts: number;
  /** Unix milliseconds. */
  startedAt: number;
  endedAt?: number;
  /** The last error: of the step, or of the attempt before this one. */
  error?: string;
}

/** What Temporal says of a call that has not ended. */
export interface PendingCall {
  activityId?: string | null;
  attempt?: number | null;
  /** temporal.api.enums.v1.PendingActivityState: 2 is STARTED. */
  state?: number | null;
  lastFailure?: Parameters<typeof failureText>[0];
}

const STARTED = 2;

/** The steps of one execution, in the order in which they began. */
export function stepsOf(events: HistoryEvent[], pending: PendingCall[]): RunStep[] {
  const steps = new Map<string, RunStep>();
  for (const event of events) takeEvent(steps, event);
  const calls = new Map(events.map((event) => [event.activityTaskScheduledEventAttributes?.activityId, event]));
  for (const call of pending) {
    const scheduled = calls.get(call.activityId ?? undefined);
    const step = scheduled === undefined ? undefined : steps.get(String(scheduled.eventId));
    // What was asked a moment ago may have ended since.
    if (step === undefined || step.endedAt !== undefined) continue;
    step.attempts = call.attempt ?? 1;
    step.error = call.lastFailure ? failureText(call.lastFailure) : undefined;
    step.state = call.state === STARTED ? 'running' : 'retrying';
  }
  return [...steps.values()];
}

function takeEvent(steps: Map<string, RunStep>, event: HistoryEvent): void {
  const id = String(event.eventId);
  const call = event.activityTaskScheduledEventAttributes;
  const label = (fallback: string): string => summaryOf(event) || fallback;
  if (call) {
    const kind = call.activityType?.name ?? '';
    steps.set(id, { event: id, label: label(kind), kind, state: 'running', attempts: 1, startedAt: timeOf(event) });
    return;
  }
  if (event.timerStartedEventAttributes) {
    steps.set(id, {
      event: id,
      label: label('wait'),
      kind: 'wait',
      state: 'waiting',
      attempts: 0,
      startedAt: timeOf(event),
    });
    return;
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started) {
    const step = steps.get(String(started.scheduledEventId));
    if (step !== undefined) step.attempts = started.attempt ?? 1;
    return;
  }
  const end = endOf(event);
  const step = end === undefined ? undefined : steps.get(end.of);
  if (end === undefined || step === undefined) return;
  step.state = end.state;
  step.endedAt = timeOf(event);
  if (end.error !== undefined) step.error = end.error;
}

function endOf(event: HistoryEvent): { of: string; state: RunStep['state']; error?: string | undefined } | undefined {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) return { of: String(completed.scheduledEventId), state: 'completed' };
  const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (failed)
    return { of: String(failed.scheduledEventId), state: 'failed', error: activityFailureText(failed.failure) };
  const cancelled = event.activityTaskCanceledEventAttributes;
  if (cancelled) return { of: String(cancelled.scheduledEventId), state: 'cancelled' };
  const fired = event.timerFiredEventAttributes;
  if (fired) return { of: String(fired.startedEventId), state: 'completed' };
  const stopped = event.timerCanceledEventAttributes;
  if (stopped) return { of: String(stopped.startedEventId), state: 'cancelled' };
  return undefined;
}
