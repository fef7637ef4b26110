// Times in text: reading ISO 8601, mail and HTTP dates and Unix times, and writing by pattern (Unicode's letters).
// English names only, whatever the host's locale is.
import { instantFromZone, weekday, zoneFields, zoneOffset, type Fields } from './calendar.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const isoTime =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const mailTime =
  /^(?:[A-Z][a-z]{2},? )?(\d{1,2})[ -]([A-Z][a-z]{2})[ -](\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? (GMT|UTC|Z|[+-]\d{4})$/;
const unixTime = /^-?\d{1,14}(?:\.\d{1,9})?$/;
const timeCharactersMax = 64;
/** Unix times from here on are milliseconds: as seconds they would be after the year 5138. */
const secondsMax = 100_000_000_000;

/** The instant that a text or number means; wall clocks without an offset are in `zone`. Undefined when it is no time. */
export function instantFromText(value: string | number, zone: string): number | undefined {
  if (typeof value === 'number') return Math.round(Math.abs(value) < secondsMax ? value * 1_000 : value);
  const text = value.length <= timeCharactersMax ? value.trim() : '';
  if (unixTime.test(text)) return instantFromText(Number(text), zone);
  const iso = isoTime.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = iso;
    const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
    const numbers = [year, month, day, hour, minute, second].map(Number);
    return instantFromNumbers(numbers, ms, offset, zone);
  }
  const mail = mailTime.exec(text);
  if (mail === null) return undefined;
  const [, day, name = '', year, hour, minute, second = '0', offset] = mail;
  const month = MONTHS.findIndex((full) => full.startsWith(name)) + 1;
  return instantFromNumbers([year, month, day, hour, minute, second].map(Number), 0, offset, zone);
}

function instantFromNumbers(
  numbers: number[],
  ms: number,
  offset: string | undefined,
  zone: string,
): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const fields: Fields = { year, month, day, hour, minute, second: Math.min(second, 59), ms };
  const isInRange = month >= 1 && month <= 12 && day >= 1 && hour <= 24 && minute <= 59 && second <= 60;
  if (!isInRange || (hour === 24 && minute + second + ms > 0)) return undefined;
  const inUtc = instantFromZone(fields, 'UTC');
  if (day > 28 && zoneFields(inUtc - hour * 3_600_000, 'UTC').day !== day) return undefined;
  if (offset === undefined) return instantFromZone(fields, zone);
  return inUtc - offsetMs(offset);
}

function offsetMs(offset: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** ISO 8601 in UTC with milliseconds, as `now()` writes it. */
export function isoText(ms: number): string {
  return formatInstant(ms, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", 'UTC') as string;
}

type Writer = (fields: Fields, ms: number, zone: string) => string;

/** Letters of Unicode Technical Standard 35, part 4 (dates), as far as they need no locale. */
const WRITERS: Record<string, Writer> = {
  yyyy: (fields) => String(fields.year).padStart(4, '0'),
  yy: (fields) => String(fields.year % 100).padStart(2, '0'),
  MMMM: (fields) => MONTHS[fields.month - 1]!,
  MMM: (fields) => MONTHS[fields.month - 1]!.slice(0, 3),
  MM: (fields) => String(fields.month).padStart(2, '0'),
  M: (fields) => String(fields.month),
  dd: (fields) => String(fields.day).padStart(2, '0'),
  d: (fields) => String(fields.day),
  EEEE: (fields) => DAYS[weekday(fields) - 1]!,
  EEE: (fields) => DAYS[weekday(fields) - 1]!.slice(0, 3),
  e: (fields) => String(weekday(fields)),
  HH: (fields) => String(fields.hour).padStart(2, '0'),
  H: (fields) => String(fields.hour),
  hh: (fields) => String(((fields.hour + 11) % 12) + 1).padStart(2, '0'),
  h: (fields) => String(((fields.hour + 11) % 12) + 1),
  mm: (fields) => String(fields.minute).padStart(2, '0'),
  m: (fields) => String(fields.minute),
  ss: (fields) => String(fields.second).padStart(2, '0'),
  s: (fields) => String(fields.second),
  SSS: (fields) => String(fields.ms).padStart(3, '0'),
  a: (fields) => (fields.hour < 12 ? 'AM' : 'PM'),
  xxx: (_fields, ms, zone) => offsetText(zoneOffset(ms, zone), ':'),
  xx: (_fields, ms, zone) => offsetText(zoneOffset(ms, zone), ''),
  XXX: (_fields, ms, zone) => (zoneOffset(ms, zone) === 0 ? 'Z' : offsetText(zoneOffset(ms, zone), ':')),
  VV: (_fields, _ms, zone) => zone,
};

/** The letters that patterns may hold, for messages. */
export const patternLetters = Object.keys(WRITERS).join(' ');

function offsetText(offset: number, separator: string): string {
  const minutes = Math.abs(Math.trunc(offset / 60_000));
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hours}${separator}${String(minutes % 60).padStart(2, '0')}`;
}

const patternToken = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g;

/** Writes an instant by pattern; gives `{ unknown }` with the letters that mean nothing. */
export function formatInstant(ms: number, pattern: string, zone: string): string | { unknown: string } {
  const fields = zoneFields(ms, zone);
  let text = '';
  for (const [token, quoted] of pattern.matchAll(patternToken)) {
    if (quoted !== undefined) text += quoted === '' ? "'" : quoted.replaceAll("''", "'");
    else if (Object.hasOwn(WRITERS, token)) text += WRITERS[token]!(fields, ms, zone);
    else if (/^[A-Za-z']/.test(token)) return { unknown: token };
    else text += token;
  }
  return text;
}
