// Reads what a person asks of a list: which source, which status, since when, how many. Faults are told in words, all at once.
import type { DeliveryQuery, DeliveryStatus } from '../inbox/store.ts';

/** Rows of one page where the question says nothing, and at most. */
export const LIST_LIMIT_DEFAULT = 50;
export const LIST_LIMIT_MAX = 500;

/** Every status that a list can be narrowed to. */
export const DELIVERY_STATUSES = [
  'waiting',
  'started',
  'gathered',
  'failed',
  'skipped',
  'unmatched',
  'filtered',
  'filter_failed',
  'parked',
] as const satisfies readonly DeliveryStatus[];

export type ListQueryRead = { ok: true; query: DeliveryQuery } | { ok: false; message: string };

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d{1,6})([smhd])$/;
/** A day, or a day and a time; without a zone it is UTC. */
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const ZONE = /(Z|[+-]\d{2}:\d{2})$/;
const COUNT = /^\d{1,15}$/;

/** Unix milliseconds of `2h` (before `nowMs`) or of an ISO 8601 time; undefined when it is neither. */
export function readSince(text: string, nowMs: number): number | undefined {
  const duration = DURATION.exec(text);
  if (duration) return nowMs - Number(duration[1]) * UNIT_MS[duration[2]!]!;
  if (!DATE.test(text)) return undefined;
  const time = Date.parse(text.includes('T') && !ZONE.test(text) ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

type Reader = (query: DeliveryQuery, value: string, nowMs: number) => string | undefined;

/** One reader a parameter: it fills the query in, or says what is wrong. */
const readers: Record<string, Reader> = {
  source(query, value) {
    query.source = value;
    return value === '' ? 'source must name a source' : undefined;
  },
  status(query, value) {
    query.status = DELIVERY_STATUSES.find((status) => status === value);
    return query.status === undefined ? `status must be one of ${DELIVERY_STATUSES.join(', ')}` : undefined;
  },
  since(query, value, nowMs) {
    query.since = readSince(value, nowMs);
    return query.since === undefined
      ? 'since must be a time (2026-01-15T12:00:00Z) or a span (30m, 2h, 7d)'
      : undefined;
  },
  limit(query, value) {
    query.limit = COUNT.test(value) ? Number(value) : 0;
    const fits = query.limit >= 1 && query.limit <= LIST_LIMIT_MAX;
    return fits ? undefined : `limit must be a whole number from 1 to ${LIST_LIMIT_MAX}`;
  },
  before(query, value) {
    query.beforeRow = COUNT.test(value) ? Number(value) : undefined;
    return query.beforeRow === undefined ? 'before must be the number that the page before gave' : undefined;
  },
};

/** Parameters of each list. */
export const DELIVERY_PARAMETERS: readonly string[] = ['source', 'status', 'since', 'limit', 'before'];
export const REJECTION_PARAMETERS: readonly string[] = ['source', 'since', 'limit', 'before'];

/** Reads the query of a request for a list that takes `parameters`. */
export function readListQuery(
  given: Record<string, string | string[] | undefined>,
  parameters: readonly string[],
  nowMs: number,
): ListQueryRead {
  const query: DeliveryQuery = { limit: LIST_LIMIT_DEFAULT };
  const faults: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    const reader = parameters.includes(name) ? readers[name] : undefined;
    if (reader === undefined) faults.push(`there is no parameter of that name; there are ${parameters.join(', ')}`);
    else if (typeof value !== 'string') faults.push(`${name} may be given once only`);
    else {
      const fault = reader(query, value, nowMs);
      if (fault !== undefined) faults.push(fault);
    }
  }
  return faults.length === 0 ? { ok: true, query } : { ok: false, message: `${faults.join('; ')}.` };
}
