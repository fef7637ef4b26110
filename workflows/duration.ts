// Durations as flows write them: `500ms`, `30s`, `5m`, `2h`, `3d`. Calendar units do not exist: a day is 24 hours.

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration text, rounded; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const parts = DURATION.exec(text);
  return parts === null ? undefined : Math.round(Number(parts[1]) * UNIT_MS[parts[2]!]!);
}
