// What is wrong with the time that was signed: old, ahead, or in another unit. Pure.
import { judgeAtItsTime, type Cause, type Judged, type Question } from './question.ts';

const DAY_MS = 86_400_000;
/** A time this far off is no slow queue and no wrong clock. */
const OTHER_UNIT_MS = 20 * 365 * DAY_MS;

/** The cause that is about time; none when the time is in order. */
export function timeCause(question: Question, { verdict, trace }: Judged): Cause[] {
  const { signedAtMs, toleranceMs = 0 } = trace;
  if (verdict.ok || verdict.reason !== 'timestamp_stale' || signedAtMs === undefined) return [];
  const offMs = question.nowMs - signedAtMs;
  const right = judgeAtItsTime(question).verdict.ok;
  const signature = right ? 'the signature itself is right' : 'as of that time the signature is wrong too';
  const cause = (what: string, fix: string): Cause[] => [
    { kind: 'time', certain: right, what: `${what}; ${signature}`, fix },
  ];

  if (Math.abs(offMs) > OTHER_UNIT_MS) {
    const read =
      signedAtMs > question.nowMs
        ? 'milliseconds where this scheme has seconds'
        : 'seconds where this scheme has milliseconds';
    return cause(
      `the time in the request is far away: it looks like ${read}`,
      'The sender must write the time in the unit of the scheme; for `provider: hmac` set `timestamp_unit`.',
    );
  }
  const most = `at most ${durationText(toleranceMs)} ${toleranceMs === 0 ? 'is' : 'are'} taken`;
  const at = `\`--at ${Math.floor(signedAtMs / 1000)}\``;
  if (offMs > 0) {
    return cause(
      `it was signed ${durationText(offMs)} before it is judged, and ${most}`,
      `For a request saved earlier this is as it should be: judge it as of its time with ${at}. For one that comes now: set the clock of this machine (it says ${isoTime(question.nowMs)}), or look for a queue or replay on its way; \`tolerance\` of the source can be longer.`,
    );
  }
  return cause(
    `it was signed ${durationText(-offMs)} after the time at which it is judged, and ${most}`,
    `The clock of this machine is slow (it says ${isoTime(question.nowMs)}) or the sender's is fast; to judge it as of its time give ${at}.`,
  );
}

/** `45 s`, `12 min`, `3 h`, `2 days`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** RFC 3339 in UTC, or the number where no date can be that far. */
export function isoTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? `Unix ${milliseconds} ms` : date.toISOString();
}
