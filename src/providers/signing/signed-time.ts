// The time a sender signed: read strictly (no `1614265330abc`), and judged against the clock in both directions.
import { refuse, type Refusal, type Trace } from '../provider.ts';

/** Unix seconds, Unix milliseconds, or RFC 3339. */
export type TimestampUnit = 's' | 'ms' | 'rfc3339';

/** How far a signed time may be from ours; what Standard Webhooks, Stripe and Slack all use. */
export const TOLERANCE_DEFAULT_MS = 300_000;

const UNIX_TIME = /^[0-9]{1,15}$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Undefined when the time is readable and within the tolerance, else why not. */
export function judgeTime(
  text: string,
  unit: TimestampUnit,
  toleranceMs: number,
  nowMs: number,
  trace?: Trace,
): Refusal | undefined {
  const signedAtMs = readTime(text, unit);
  if (signedAtMs === undefined) return refuse(400, 'timestamp_malformed');
  if (trace) Object.assign(trace, { signedAtMs, toleranceMs });
  return Math.abs(nowMs - signedAtMs) > toleranceMs ? refuse(401, 'timestamp_stale') : undefined;
}

function readTime(text: string, unit: TimestampUnit): number | undefined {
  if (unit === 'rfc3339') {
    const time = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
  }
  if (!UNIX_TIME.test(text)) return undefined;
  return unit === 'ms' ? Number(text) : Number(text) * 1000;
}

/** Writes a time as its sender would. */
export function writeTime(timeMs: number, unit: TimestampUnit): string {
  if (unit === 'rfc3339') return new Date(timeMs).toISOString();
  return String(unit === 'ms' ? timeMs : Math.floor(timeMs / 1000));
}

/** JSON Schema of `tolerance:`, whose default is the scheme's own. */
export function toleranceSettings(defaultText = '5m'): { tolerance: typeof toleranceSchema } {
  return { tolerance: { ...toleranceSchema, default: defaultText } };
}

const toleranceSchema = {
  description: 'How far the signed time may be from ours, such as `5m`.',
  type: 'string',
  pattern: DURATION.source,
  default: '5m',
};

/** Reads `tolerance:` of a source; `fallbackMs` without it. */
export function toleranceMs(setting: unknown, fallbackMs: number): number {
  const parts = typeof setting === 'string' ? DURATION.exec(setting) : null;
  return parts ? Number(parts[1]) * UNIT_MS[parts[2] as keyof typeof UNIT_MS] : fallbackMs;
}
