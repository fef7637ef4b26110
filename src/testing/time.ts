// Lengths of time as test files write them and as reports show them: `90s`, or `1h 30m`, which a flow does not take.
import { durationMs } from '../../workflows/duration.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `1h 30m`, `15m`, `1.5s`, `0s`: as short as it can be without losing a millisecond. */
export function durationText(ms: number): string {
  const parts: string[] = [];
  let left = ms;
  for (const [unit, unitMs] of [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['m', MINUTE_MS],
  ] as const) {
    const count = Math.floor(left / unitMs);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * unitMs;
  }
  if (left > 0 || parts.length === 0) parts.push(`${left / SECOND_MS}s`);
  return parts.join(' ');
}

/** Milliseconds of `90s` or `1h 30m`; undefined when it is neither. */
export function spanMs(text: string): number | undefined {
  let sum = 0;
  for (const part of text.split(' ')) {
    const ms = durationMs(part);
    if (ms === undefined) return undefined;
    sum += ms;
  }
  return sum;
}
