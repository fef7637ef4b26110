// The proleptic Gregorian calendar and time zones: between an instant and the fields of a wall clock.
// Must never use the host's time zone or clock; zones come by name, from the tz database that V8 carries.
import { createCache } from '../cache.ts';

/** A wall clock: month 1–12, weekday 1 (Monday) to 7 (Sunday). */
export interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
}

const dayMs = 86_400_000;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: what four-digit years can write. */
const instantMin = -62_135_596_800_000;
const instantMax = 253_402_300_799_999;

export function isInstant(ms: number): boolean {
  return ms >= instantMin && ms <= instantMax;
}

/** The instant of a wall clock in UTC; fields outside their range carry over. */
export function instantFromUtc(fields: Fields): number {
  const date = new Date(0);
  date.setUTCFullYear(fields.year, fields.month - 1, fields.day);
  date.setUTCHours(fields.hour, fields.minute, fields.second, fields.ms);
  return date.getTime();
}

/** The wall clock in UTC at an instant. */
export function utcFields(ms: number): Fields {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    ms: date.getUTCMilliseconds(),
  };
}

/** More than there are zones, so that going through all of them prepares each once. */
const cachedZonesMax = 1_200;
const zoneClocks = createCache<Intl.DateTimeFormat>(cachedZonesMax, cachedZonesMax);

/** True for UTC and for names of the tz database, such as `Europe/Berlin`. */
export function isZone(zone: string): boolean {
  return clockOf(zone) !== undefined;
}

function clockOf(zone: string): Intl.DateTimeFormat | undefined {
  const cached = zoneClocks.get(zone.toLowerCase());
  if (cached !== undefined) return cached;
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/.test(zone) || zone.length > 64) return undefined;
  try {
    const clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    zoneClocks.set(zone.toLowerCase(), clock, 1);
    return clock;
  } catch {
    return undefined;
  }
}

/** Milliseconds that the zone's clock is ahead of UTC at an instant. `zone` must be one. */
export function zoneOffset(ms: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const parts: Record<string, number> = {};
  let isBeforeChrist = false;
  for (const { type, value } of clockOf(zone)!.formatToParts(ms)) {
    if (type === 'era') isBeforeChrist = value.startsWith('B');
    else parts[type] = Number(value);
  }
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  const local = instantFromUtc({ year: isBeforeChrist ? 1 - year : year, month, day, hour, minute, second, ms: 0 });
  return local - Math.floor(ms / 1_000) * 1_000;
}

/** The wall clock in a zone at an instant. */
export function zoneFields(ms: number, zone: string): Fields {
  return utcFields(ms + zoneOffset(ms, zone));
}

/**
 * The instant of a wall clock in a zone. A time that the clock skips is moved forward by the skipped hour; of a time that
 * it shows twice, the first counts (the "compatible" rule of RFC 5545 and of Temporal in JavaScript).
 */
export function instantFromZone(fields: Fields, zone: string): number {
  const local = instantFromUtc(fields);
  if (zone === 'UTC') return local;
  const before = zoneOffset(local - dayMs, zone);
  const after = zoneOffset(local + dayMs, zone);
  if (before === after) return local - before;
  const first = local - before;
  if (zoneOffset(first, zone) === before) return first;
  const second = local - after;
  return zoneOffset(second, zone) === after ? second : first;
}

/** 1 for Monday to 7 for Sunday. */
export function weekday(fields: Fields): number {
  const days = Math.floor(instantFromUtc(fields) / dayMs);
  return ((((days + 3) % 7) + 7) % 7) + 1;
}

/** Adds months; a day that the month does not have becomes its last. */
export function addMonths(fields: Fields, months: number): Fields {
  const total = fields.year * 12 + fields.month - 1 + months;
  const year = Math.floor(total / 12);
  const month = (((total % 12) + 12) % 12) + 1;
  const lastDay = utcFields(
    instantFromUtc({ year, month: month + 1, day: 0, hour: 0, minute: 0, second: 0, ms: 0 }),
  ).day;
  return { ...fields, year, month, day: Math.min(fields.day, lastDay) };
}
