// Functions on times. A time is text in ISO 8601; results are in UTC, as `now()` gives them. UTC unless a zone is given.
import { spend, spendOnce } from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';
import { addMonths, instantFromZone, isInstant, isZone, weekday, zoneFields, type Fields } from './calendar.ts';
import { msFromSpan, spanFromText, unitMs } from './duration.ts';
import { formatInstant, instantFromText, isoText, patternLetters } from './time-text.ts';

const patternCharactersMax = 200;
/** Operations of one look at a time zone, which is slower than it looks. */
const zoneOperations = 20;
/** Operations of preparing a time zone. */
const newZoneOperations = 100;

function zoneFrom(call: Call, index: number, zone: string | undefined): string {
  if (zone === undefined) return 'UTC';
  spend(call.evaluation, zoneOperations, call.node);
  spendOnce(call.evaluation, `zone ${zone}`, newZoneOperations, call.node);
  if (isZone(zone)) return zone;
  failArgument(
    call,
    index,
    'invalid_value',
    'There is no such time zone.',
    'write a name of the tz database, such as "Europe/Berlin"',
  );
}

function instantFrom(call: Call, index: number, value: string | number, zone = 'UTC'): number {
  const ms = instantFromText(value, zone);
  if (ms === undefined) {
    failArgument(
      call,
      index,
      'invalid_value',
      'This is not a time.',
      'write ISO 8601, such as "2026-01-31T12:00:00Z", or Unix seconds or milliseconds',
    );
  }
  return checkedInstant(call, index, ms);
}

function checkedInstant(call: Call, index: number, ms: number): number {
  if (isInstant(ms)) return ms;
  failArgument(call, index, 'invalid_value', 'The time is outside of the years 1 to 9999.');
}

function parse(call: Call, value: string | number, zone?: string): string {
  return isoText(instantFrom(call, 0, value, zoneFrom(call, 1, zone)));
}

function add(call: Call, value: string | number, span: string | number, zoneName?: string): string {
  const zone = zoneFrom(call, 2, zoneName);
  const start = instantFrom(call, 0, value, zone);
  const parts = typeof span === 'number' ? { months: 0, days: 0, ms: span } : spanFromText(span);
  if (parts === undefined) failSpan(call, 1, '"3d", "-1h30m", "1mo" or "1y"');
  checkedInstant(call, 1, start + parts.months * 31 * 86_400_000 + parts.days * 86_400_000);
  const fields = addMonths(zoneFields(start, zone), parts.months);
  const isCalendar = parts.months !== 0 || parts.days !== 0;
  const moved = isCalendar ? instantFromZone({ ...fields, day: fields.day + parts.days }, zone) : start;
  return isoText(checkedInstant(call, 1, Math.trunc(moved + parts.ms)));
}

function failSpan(call: Call, index: number, examples: string): never {
  failArgument(call, index, 'invalid_value', 'This is not a length of time.', `write it like ${examples}`);
}

function diff(call: Call, later: string | number, earlier: string | number, unit = 'ms'): number {
  const ms = unitMs(unit);
  if (ms === undefined) {
    failArgument(
      call,
      2,
      'invalid_value',
      'There is no such unit.',
      '"ms", "seconds", "minutes", "hours", "days" or "weeks"',
    );
  }
  return (instantFrom(call, 0, later) - instantFrom(call, 1, earlier)) / ms;
}

function format(call: Call, value: string | number, pattern: string, zoneName?: string): string {
  const zone = zoneFrom(call, 2, zoneName);
  if (pattern.length > patternCharactersMax) {
    failArgument(call, 1, 'budget_exceeded', `The pattern of a time has at most ${patternCharactersMax} characters.`);
  }
  spend(call.evaluation, pattern.length, call.node);
  const text = formatInstant(instantFrom(call, 0, value, zone), pattern, zone);
  if (typeof text === 'string') return text;
  const hint = hintForLetters(text.unknown) ?? `these are there: ${patternLetters}; other text goes in single quotes`;
  failArgument(call, 1, 'invalid_value', `\`${text.unknown}\` means nothing in the pattern of a time.`, hint);
}

function hintForLetters(letters: string): string | undefined {
  if (/^Y+$/.test(letters)) return 'the year is `yyyy`';
  if (/^D+$/.test(letters)) return 'the day of the month is `dd`';
  return letters === "'" ? 'a single quote is not closed; write two for one' : undefined;
}

const midnight = { hour: 0, minute: 0, second: 0, ms: 0 };
const STARTS: Record<string, (fields: Fields) => Fields> = {
  minute: (fields) => ({ ...fields, second: 0, ms: 0 }),
  hour: (fields) => ({ ...fields, minute: 0, second: 0, ms: 0 }),
  day: (fields) => ({ ...fields, ...midnight }),
  week: (fields) => ({ ...fields, ...midnight, day: fields.day - weekday(fields) + 1 }),
  month: (fields) => ({ ...fields, ...midnight, day: 1 }),
  year: (fields) => ({ ...fields, ...midnight, day: 1, month: 1 }),
};

function startOf(call: Call, value: string | number, unit: string, zoneName?: string): string {
  const zone = zoneFrom(call, 2, zoneName);
  if (!Object.hasOwn(STARTS, unit)) {
    const names = Object.keys(STARTS).join('", "');
    failArgument(call, 1, 'invalid_value', 'There is no such unit.', `write one of "${names}"`);
  }
  const start = instantFromZone(STARTS[unit]!(zoneFields(instantFrom(call, 0, value, zone), zone)), zone);
  return isoText(checkedInstant(call, 0, start));
}

function duration(call: Call, text: string): number {
  const span = spanFromText(text);
  const ms = span === undefined ? undefined : msFromSpan(span);
  return ms ?? failSpan(call, 0, '"500ms", "30s", "5m", "2h" or "3d"');
}

export const TIME_FUNCTIONS: Entry[] = [
  entry(
    'duration',
    ['text: string'],
    'number',
    'The milliseconds of a length of time: ms, s, m, h, d, w.',
    ['duration("1h30m")', 5_400_000],
    duration,
  ),
  entry(
    'time.parse',
    ['time: string|number', 'zone?: string'],
    'string',
    'A time in UTC: of ISO 8601, of a mail or HTTP date, of Unix seconds or milliseconds.',
    ['time.parse(1767225600)', '2026-01-01T00:00:00.000Z'],
    parse,
  ),
  entry(
    'time.add',
    ['time: string|number', 'span: string|number', 'zone?: string'],
    'string',
    'Later by a length of time (ms, s, m, h, d, w, mo, y; negative is earlier). In a zone, days and more keep the hour of its clocks.',
    ['time.add("2026-01-31T00:00:00Z", "1mo")', '2026-02-28T00:00:00.000Z'],
    add,
  ),
  entry(
    'time.diff',
    ['later: string|number', 'earlier: string|number', 'unit?: string'],
    'number',
    'The time between two, in milliseconds or in seconds, minutes, hours, days or weeks, with fractions.',
    ['time.diff("2026-01-02", "2026-01-01", "hours")', 24],
    diff,
  ),
  entry(
    'time.format',
    ['time: string|number', 'pattern: string', 'zone?: string'],
    'string',
    'A time as text by the letters of Unicode: yyyy MM dd HH mm ss SSS, MMM, EEE, xxx; text in single quotes.',
    ['time.format("2026-01-31T23:30:00Z", "yyyy-MM-dd HH:mm", "Europe/Berlin")', '2026-02-01 00:30'],
    format,
  ),
  entry(
    'time.startOf',
    ['time: string|number', 'unit: string', 'zone?: string'],
    'string',
    'The start of the minute, hour, day, week (Monday), month or year.',
    ['time.startOf("2026-01-31T12:00:00Z", "month")', '2026-01-01T00:00:00.000Z'],
    startOf,
  ),
];
