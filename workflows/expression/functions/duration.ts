// Lengths of time in text: `3d`, `1h30m`, `-2w`. Fixed units are milliseconds; months and years need a calendar.

/** Milliseconds of the fixed units. A day is 24 hours; with a time zone, days are the calendar's. */
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A length of time taken apart, so that a calendar can add it. */
export interface Span {
  months: number;
  days: number;
  ms: number;
}

const spanText = /^\s*([+-])?\s*((?:\d+(?:\.\d+)?\s*(?:ms|mo|s|m|h|d|w|y)\s*)+)$/;
const spanPart = /(\d+(?:\.\d+)?)\s*(ms|mo|s|m|h|d|w|y)/g;
const spanCharactersMax = 100;

/** Takes `1mo2d3h` apart; undefined when it is no length of time. Months and years must be whole. */
export function spanFromText(text: string): Span | undefined {
  const [, sign, parts] = (text.length <= spanCharactersMax && spanText.exec(text)) || [];
  if (parts === undefined) return undefined;
  const span: Span = { months: 0, days: 0, ms: 0 };
  for (const [, digits, unit = ''] of parts.matchAll(spanPart)) {
    const amount = (sign === '-' ? -1 : 1) * Number(digits);
    const wholeDays = unit === 'd' ? amount : unit === 'w' ? amount * 7 : NaN;
    if (unit === 'mo' || unit === 'y') span.months += unit === 'y' ? amount * 12 : amount;
    else if (Number.isInteger(wholeDays)) span.days += wholeDays;
    else span.ms += amount * UNIT_MS[unit]!;
  }
  return Number.isInteger(span.months) ? span : undefined;
}

/** Milliseconds of a length of time without months and years; undefined with them. */
export function msFromSpan(span: Span): number | undefined {
  return span.months === 0 ? span.days * UNIT_MS.d! + span.ms : undefined;
}

/** Milliseconds of one unit by name: `ms`, `s`, `minutes`, `hour`, …; undefined for others. */
export function unitMs(name: string): number | undefined {
  const short: Record<string, string> = { millisecond: 'ms', second: 's', minute: 'm', hour: 'h', day: 'd', week: 'w' };
  const key = Object.hasOwn(UNIT_MS, name) ? name : short[name.replace(/s$/, '')];
  return key !== undefined && Object.hasOwn(UNIT_MS, key) ? UNIT_MS[key] : undefined;
}
