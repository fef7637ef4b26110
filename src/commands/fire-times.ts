// When the schedules of flows fire first, as `hookline validate` prints it.
import { zoneFields } from '../../workflows/expression/functions/calendar.ts';
import type { LoadedFlow, Schedule } from '../flow/catalog.ts';
import { nextFires } from '../flow/next-fires.ts';

/** Times told of each schedule. */
const TIMES_TOLD = 3;
const SECOND_MS = 1_000;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** The first times of one `schedule` trigger. */
export interface FireTimes {
  flow: string;
  file: string;
  /** Which of the flow's `schedule` triggers, from 1. */
  trigger: number;
  timezone: string;
  /** The most that each start is put off by, at random. */
  jitter_ms: number;
  /** ISO 8601 in UTC. */
  next: string[];
}

/** The first times after `now` (Unix milliseconds) of every schedule of the flows. */
export function fireTimes(flows: Iterable<LoadedFlow>, now: number): FireTimes[] {
  return [...flows].flatMap(({ definition, triggers }) =>
    triggers
      .flatMap(({ schedule }) => schedule ?? [])
      .map((schedule: Schedule, index) => ({
        flow: definition.flow,
        file: definition.file,
        trigger: index + 1,
        timezone: schedule.timezone,
        jitter_ms: schedule.jitterMs,
        next: nextFires(schedule, now, TIMES_TOLD).map((at) => new Date(at).toISOString()),
      })),
  );
}

/** A line for people: `nightly fires first Sun 2026-11-22 02:00 Europe/Berlin (01:00 UTC), then …`. */
export function fireLine({ flow, timezone, jitter_ms, next }: FireTimes): string {
  const [first, ...others] = next.map((time) => Date.parse(time));
  if (first === undefined) return `${flow} has a schedule that does not fire in the next years`;
  const utc = timezone === 'UTC' ? '' : ` (${clock(first, 'UTC', false)} UTC)`;
  const later = others.map((at) => clock(at, timezone, true)).join(', ');
  const jitter = jitter_ms === 0 ? '' : `, each up to ${jitter_ms / SECOND_MS} s later`;
  return `${flow} fires first ${clock(first, timezone, true)} ${timezone}${utc}, then ${later}${jitter}`;
}

function clock(at: number, zone: string, withDay: boolean): string {
  const { year, month, day, hour, minute, second } = zoneFields(at, zone);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(hour)}:${two(minute)}${second === 0 ? '' : `:${two(second)}`}`;
  if (!withDay) return time;
  const weekday = DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  return `${weekday} ${year}-${two(month)}-${two(day)} ${time}`;
}
