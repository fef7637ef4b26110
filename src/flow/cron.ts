// Reads cron expressions: five fields, or six with seconds first. Strict: what it takes, it takes as crontab(5) does, and
// everything else is explained at its place. Pure; it knows nothing of calendars beyond the lengths of months.
import { closestWord } from '../../workflows/expression/closest-word.ts';
import { durationInWords } from './duration-words.ts';

/** Every `step`-th value from `start` to `end`. */
export interface CronRange {
  start: number;
  end: number;
  step: number;
}

/** The values of each field. Months from 1, days of the week from 0 (Sunday) to 6. */
export interface Cron {
  second: CronRange[];
  minute: CronRange[];
  hour: CronRange[];
  dayOfMonth: CronRange[];
  month: CronRange[];
  dayOfWeek: CronRange[];
  /** Both kinds of day are restricted: either one is enough (crontab(5)). */
  eitherDay: boolean;
}

/** What is wrong with an expression, and where in its text. */
export interface CronProblem {
  offset: number;
  length: number;
  message: string;
  hint?: string;
}

interface FieldKind {
  name: keyof Omit<Cron, 'eitherDay'>;
  /** As people call it. */
  words: string;
  min: number;
  max: number;
  /** Names of the values, from `min`. */
  names?: string[];
}

const fieldKinds: FieldKind[] = [
  { name: 'second', words: 'second', min: 0, max: 59 },
  { name: 'minute', words: 'minute', min: 0, max: 59 },
  { name: 'hour', words: 'hour', min: 0, max: 23 },
  { name: 'dayOfMonth', words: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    words: 'month',
    min: 1,
    max: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  // 7 is Sunday too.
  {
    name: 'dayOfWeek',
    words: 'day of the week',
    min: 0,
    max: 7,
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  },
];

/** crontab(5)'s nicknames. */
const nicknames: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Longer expressions list what a second schedule would say better. */
const CRON_CHARACTERS_MAX = 200;
/** Days of each month at most. */
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const fiveFields = 'minute, hour, day of the month, month, day of the week';

/** Thrown inside this file only. */
class Wrong extends Error {
  readonly problem: CronProblem;
  constructor(problem: CronProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Reads an expression. Never throws. */
export function parseCron(text: string): { cron: Cron } | { problem: CronProblem } {
  try {
    return { cron: read(text) };
  } catch (error) {
    if (error instanceof Wrong) return { problem: error.problem };
    throw error;
  }
}

function read(text: string): Cron {
  if (text.length > CRON_CHARACTERS_MAX) {
    throw new Wrong({
      offset: 0,
      length: 1,
      message: `a cron expression has at most ${CRON_CHARACTERS_MAX} characters`,
    });
  }
  if (text.trim().startsWith('@')) return readNickname(text);
  const words = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], offset: match.index }));
  if (words.length !== 5 && words.length !== 6) throw wrongCount(text, words.length);
  const kinds = fieldKinds.slice(-words.length);
  const fields = Object.fromEntries(kinds.map((kind, index) => [kind.name, readField(kind, words[index]!)]));
  const [dayOfMonth, , dayOfWeek] = words.slice(-3);
  const cron: Cron = {
    ...({ second: [{ start: 0, end: 0, step: 1 }], ...fields } as Omit<Cron, 'eitherDay'>),
    eitherDay: !dayOfMonth!.text.startsWith('*') && !dayOfWeek!.text.startsWith('*'),
  };
  if (!cron.eitherDay && !hasDay(cron)) {
    throw new Wrong({
      ...dayOfMonth!,
      length: dayOfMonth!.text.length,
      message: 'no month that is named has such a day',
    });
  }
  return cron;
}

function readNickname(text: string): Cron {
  const name = text.trim();
  const known = nicknames[name.toLowerCase()];
  if (known !== undefined) return read(known);
  const closest = closestWord(name, Object.keys(nicknames));
  const hint = name.startsWith('@every')
    ? `Write \`schedule: { every: ${durationInWords(name) ?? '5m'} }\`.`
    : `There is: ${Object.keys(nicknames).join(', ')}.`;
  throw new Wrong({
    offset: text.indexOf('@'),
    length: name.length,
    message: `there is no \`${name}\``,
    hint: closest === undefined || name.startsWith('@every') ? hint : `Did you mean \`${closest}\`?`,
  });
}

function wrongCount(text: string, count: number): Wrong {
  const every = durationInWords(text);
  return new Wrong({
    offset: 0,
    length: Math.max(text.length, 1),
    message: `a cron expression has five fields (${fiveFields}), or six with seconds first; this has ${count}`,
    hint: every === undefined ? undefined : `Write \`schedule: { every: ${every} }\`.`,
  });
}

function readField(kind: FieldKind, field: { text: string; offset: number }): CronRange[] {
  let { offset } = field;
  return field.text.split(',').flatMap((part) => {
    const ranges = readRange(kind, part, offset);
    offset += part.length + 1;
    return ranges;
  });
}

function readRange(kind: FieldKind, text: string, offset: number): CronRange[] {
  const wrong = (message: string, hint?: string): Wrong =>
    new Wrong({ offset, length: Math.max(text.length, 1), message: `${kind.words}: ${message}`, hint });
  const parts = /^([^/]*?)(?:-([^/]*))?(?:\/(.*))?$/.exec(text);
  const [, from = '', to, every] = parts ?? [];
  if (text === '') throw wrong('a value is missing');
  const quartz = quartzHint(kind, text);
  if (quartz !== undefined) throw wrong(`\`${text}\` is not cron`, quartz);
  const step = every === undefined ? 1 : Number(every);
  if (every !== undefined && (!/^\d+$/.test(every) || step === 0 || step > kind.max)) {
    throw wrong(`\`/${every}\` is not a step from 1 to ${kind.max}`);
  }
  if (from === '*' && to === undefined) return [{ start: kind.min, end: lastOf(kind), step }];
  const start = readValue(kind, from, wrong);
  const end = to !== undefined ? readEnd(kind, to, wrong) : every !== undefined ? lastOf(kind) : start;
  if (end < start) {
    throw wrong(`\`${from}-${to}\` runs backwards`, `Write \`${from}-${lastOf(kind)},${kind.min}-${to}\`.`);
  }
  return end === 7 && kind.name === 'dayOfWeek' ? withSunday(start, step) : [{ start, end, step }];
}

/** The end of a range, where Sunday is 7: `FRI-SUN`. */
function readEnd(kind: FieldKind, text: string, wrong: (message: string, hint?: string) => Wrong): number {
  const value = readValue(kind, text, wrong);
  return kind.name === 'dayOfWeek' && value === 0 ? 7 : value;
}

function lastOf(kind: FieldKind): number {
  return kind.name === 'dayOfWeek' ? 6 : kind.max;
}

/** A range that ends with 7: what of it is before Sunday, and Sunday where the steps reach it. */
function withSunday(start: number, step: number): CronRange[] {
  const sunday = { start: 0, end: 0, step: 1 };
  if (start === 7) return [sunday];
  const reaches = (7 - start) % step === 0;
  return [{ start, end: 6, step }, ...(reaches ? [sunday] : [])];
}

function readValue(kind: FieldKind, text: string, wrong: (message: string, hint?: string) => Wrong): number {
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value >= kind.min && value <= kind.max) return value;
    throw wrong(`\`${text}\` is not from ${kind.min} to ${kind.max}`);
  }
  const index = kind.names?.indexOf(text.toUpperCase()) ?? -1;
  if (index !== -1) return kind.min + index;
  const long = kind.names?.find((name) => text.toUpperCase().startsWith(name));
  const closest = long ?? closestWord(text.toUpperCase(), kind.names ?? []);
  const values = kind.names === undefined ? '' : `, nor one of ${kind.names.join(' ')}`;
  throw wrong(
    `\`${text}\` is not a number from ${kind.min} to ${kind.max}${values}`,
    closest === undefined ? undefined : `Did you mean \`${closest}\`?`,
  );
}

/** Signs of Quartz and others that crontab does not know. */
function quartzHint(kind: FieldKind, text: string): string | undefined {
  if (text.includes('?')) return 'Write `*`.';
  if (text.includes('#'))
    return 'Let it run on that day of every week, and look at the date with `if` in the first step.';
  if (/^L|\dL|LW|\dW$/i.test(text) && kind.name.startsWith('day')) {
    return 'Let it run on the days that may be meant (`28-31`), and look at the date with `if` in the first step.';
  }
  return undefined;
}

/** Whether a day that is named exists in a month that is named. */
function hasDay({ dayOfMonth, month }: Cron): boolean {
  const earliest = Math.min(...dayOfMonth.map(({ start }) => start));
  return month.some(({ start, end, step }) => {
    for (let at = start; at <= end; at += step) if (earliest <= monthDays[at - 1]!) return true;
    return false;
  });
}
