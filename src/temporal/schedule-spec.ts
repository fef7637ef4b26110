// A `schedule` trigger as a schedule of Temporal: its times, its policies and its action. Pure.
import { createHash } from 'node:crypto';
import type { CalendarSpec, ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Catalog, Overlap, Schedule } from '../flow/catalog.ts';
import { parseCron, type Cron, type CronRange } from '../flow/cron.ts';
import type { fireSchedule, ScheduleFiring } from '../../workflows/fire-schedule.ts';

/** Ids of our schedules begin so: `hookline/FLOW/N`. */
export const SCHEDULE_PREFIX = 'hookline/';
const WORKFLOW_TASK_TIMEOUT_MS = 5_000;
/** Counts up when what is made of a trigger here changes, so that schedules are made anew. */
const SPEC_VERSION = 1;

const overlapPolicies: Record<Overlap, ScheduleOverlapPolicy> = {
  skip: 'SKIP',
  queue_one: 'BUFFER_ONE',
  queue: 'BUFFER_ALL',
  cancel_running: 'CANCEL_OTHER',
  allow: 'ALLOW_ALL',
};
const months = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const days = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/** A schedule that is to be there. */
export interface WantedSchedule {
  id: string;
  flow: string;
  /** Which of the flow's `schedule` triggers, from 1. */
  trigger: number;
  schedule: Schedule;
  /** Of everything that the schedule in Temporal is made of. */
  hash: string;
}

/** The schedules of a catalog, by id. */
export function wantedSchedules(catalog: Catalog): Map<string, WantedSchedule> {
  const wanted = new Map<string, WantedSchedule>();
  for (const [flow, { triggers }] of catalog.flows) {
    const schedules = triggers.flatMap(({ schedule }) => schedule ?? []);
    for (const [index, schedule] of schedules.entries()) {
      const trigger = index + 1;
      const id = `${SCHEDULE_PREFIX}${flow}/${trigger}`;
      const hash = createHash('sha256')
        .update(JSON.stringify([SPEC_VERSION, flow, trigger, schedule]))
        .digest('hex');
      wanted.set(id, { id, flow, trigger, schedule, hash });
    }
  }
  return wanted;
}

/** The schedule as Temporal takes it, but for its id, memo and state. The hash lies in the action's memo, since only that can change. */
export function scheduleOptions(
  { id, flow, trigger, schedule, hash }: WantedSchedule,
  taskQueue: string,
): Pick<ScheduleOptions, 'spec' | 'policies'> & { action: StartAction } {
  const { cron, everyMs, timezone, jitterMs, overlap, catchUpMs } = schedule;
  const firing: ScheduleFiring = { flow, trigger, catchUpMs, awaitRun: overlap !== 'allow' };
  return {
    spec: {
      ...(cron === undefined ? { intervals: [{ every: everyMs! }] } : { calendars: calendarsOf(cron), timezone }),
      jitter: jitterMs,
    },
    policies: { overlap: overlapPolicies[overlap], catchupWindow: catchUpMs, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: 'fireSchedule',
      workflowId: id,
      taskQueue,
      args: [firing],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      memo: { hash },
      staticSummary: `schedule of ${flow}`,
    },
  };
}
type StartAction = Extract<ScheduleOptions['action'], { type: 'startWorkflow' }> & {
  args: Parameters<typeof fireSchedule>;
};

/** Days are matched as crontab(5) does: where both kinds are restricted, either one is enough. */
function calendarsOf(text: string): CalendarSpec[] {
  const read = parseCron(text);
  if ('problem' in read) throw new Error(`a schedule that was not checked: ${read.problem.message}`);
  const { cron } = read;
  const times = { ...timesOf(cron), comment: text };
  if (!cron.eitherDay) return [{ ...times, dayOfMonth: cron.dayOfMonth, dayOfWeek: cron.dayOfWeek.map(daysOf) }];
  return [
    { ...times, dayOfMonth: cron.dayOfMonth, dayOfWeek: '*' },
    { ...times, dayOfMonth: '*', dayOfWeek: cron.dayOfWeek.map(daysOf) },
  ];
}

function timesOf({ second, minute, hour, month }: Cron): CalendarSpec {
  const named = month.map(({ start, end, step }) => ({ start: months[start - 1]!, end: months[end - 1]!, step }));
  return { second, minute, hour, month: named };
}

function daysOf({ start, end, step }: CronRange): {
  start: (typeof days)[number];
  end: (typeof days)[number];
  step: number;
} {
  return { start: days[start]!, end: days[end]!, step };
}
