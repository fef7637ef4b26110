// The workflow that a schedule starts when its time has come: it puts one event into the inbox, which starts the run like any
// other, and lasts as long as the run where runs must not overlap, since that is what Temporal goes by. It never runs a flow.
import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';

/** Which schedule: the flow's name and which of its `schedule` triggers, from 1. */
export interface ScheduleFiring {
  flow: string;
  trigger: number;
  /** For how long a flow that is not loaded is waited for. */
  catchUpMs: number;
  /** Lasts until the run has ended, and a cancellation of it is one of the run. */
  awaitRun: boolean;
}

/** A run that was put on its way. */
export interface FiredRun {
  /** Its workflow id. */
  run: string;
  flow: string;
  eventId: string;
}

/** The internal activities of schedules, by activity type. */
export interface ScheduleActivities {
  /** Commits the event of the time; the same one however often it is asked. `scheduledAt`: ISO 8601. */
  'hookline.fire_schedule'(firing: ScheduleFiring, scheduledAt: string): Promise<FiredRun>;
  /** Fails, to be tried again, until the run has ended. */
  'hookline.await_run'(run: FiredRun): Promise<void>;
  'hookline.cancel_run'(run: FiredRun): Promise<void>;
}

/** One attempt of an internal activity: a commit, or a question to Temporal. */
const ATTEMPT_MS = 10_000;
/** Set by Temporal on what its schedules start: the time that it is for. */
const scheduledStart = { name: 'TemporalScheduledStartTime', type: 'DATETIME' } as const;

const { 'hookline.fire_schedule': fire, 'hookline.cancel_run': cancelRun } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: ATTEMPT_MS,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000 },
});
/** Asking anew is a retry: it adds nothing to the history, and occupies no worker in between. */
const { 'hookline.await_run': awaitRun } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: ATTEMPT_MS,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: 1_000, backoffCoefficient: 1.5, maximumInterval: 60_000 },
});

/** Fires once. Rejects when the flow is not there, or with the cancellation that it passed on to the run. */
export async function fireSchedule(firing: ScheduleFiring): Promise<{ run: string }> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const scheduledAt = typedSearchAttributes.get(scheduledStart) ?? startTime;
  const fired = await CancellationScope.nonCancellable(() => fire(firing, scheduledAt.toISOString()));
  if (!firing.awaitRun) return { run: fired.run };
  try {
    await awaitRun(fired);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      await cancelRun(fired);
      await awaitRun(fired);
    });
    throw error;
  }
  return { run: fired.run };
}
