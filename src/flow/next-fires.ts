// When a schedule fires next, worked out from its own data as Temporal does it: for people who check a file, never for starting runs.
import { weekday, zoneFields, type Fields } from '../../workflows/expression/functions/calendar.ts';
import type { Schedule } from './catalog.ts';
import { parseCron, type Cron, type CronRange } from './cron.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Nothing that cron can say is further apart than two leap days with a century's missing one between them: 8 years. */
const LOOKED_MS_MAX = 9 * 366 * 24 * HOUR_MS;
/** Hours of a day that are jumped over at once; the clocks are never put on by the rest. */
const DAY_JUMP_HOURS = 20;

/**
 * The next times after `from`, at most `count`: Unix milliseconds, without jitter. A time that the clocks skip does not come, one that
 * they repeat comes twice.
 */
export function nextFires(
  schedule: Pick<Schedule, 'cron' | 'everyMs' | 'timezone'>,
  from: number,
  count: number,
): number[] {
  const { cron, everyMs, timezone } = schedule;
  if (everyMs !== undefined) {
    const first = (Math.floor(from / everyMs) + 1) * everyMs;
    return Array.from({ length: count }, (_, index) => first + index * everyMs);
  }
  const read = parseCron(cron ?? '');
  if ('problem' in read) return [];
  const found: number[] = [];
  let at = (Math.floor(from / SECOND_MS) + 1) * SECOND_MS;
  while (found.length < count && at - from < LOOKED_MS_MAX) {
    const step = toNextChance(read.cron, zoneFields(at, timezone));
    if (step === 0) found.push(at);
    at += step === 0 ? SECOND_MS : step;
  }
  return found;
}

/** 0 when the wall clock is one of the schedule's; else the time to where it may be. No jump leaves an hour, but for whole days. */
function toNextChance(cron: Cron, clock: Fields): number {
  const inHour = clock.minute * MINUTE_MS + clock.second * SECOND_MS;
  if (!isDay(cron, clock)) {
    return clock.hour === 0 ? DAY_JUMP_HOURS * HOUR_MS - inHour : HOUR_MS - inHour;
  }
  if (!holds(cron.hour, clock.hour)) return HOUR_MS - inHour;
  if (!holds(cron.minute, clock.minute)) return MINUTE_MS - clock.second * SECOND_MS;
  return holds(cron.second, clock.second) ? 0 : SECOND_MS;
}

function isDay(cron: Cron, clock: Fields): boolean {
  if (!holds(cron.month, clock.month)) return false;
  const ofMonth = holds(cron.dayOfMonth, clock.day);
  const ofWeek = holds(cron.dayOfWeek, weekday(clock) % 7);
  return cron.eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
}

function holds(ranges: CronRange[], value: number): boolean {
  return ranges.some(({ start, end, step }) => value >= start && value <= end && (value - start) % step === 0);
}
