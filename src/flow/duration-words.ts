// Durations as other tools and people write them, and what they are called here. Pure text; decides nothing.

/** Words for units, longest first, and how they are written here. Weeks are told in days. */
const units: [words: RegExp, unit: string, times: number][] = [
  [/^(?:ms|msecs?|milliseconds?)$/i, 'ms', 1],
  [/^(?:s|secs?|seconds?)$/i, 's', 1],
  [/^(?:m|mins?|minutes?)$/i, 'm', 1],
  [/^(?:h|hrs?|hours?)$/i, 'h', 1],
  [/^(?:d|days?)$/i, 'd', 1],
  [/^(?:w|wks?|weeks?)$/i, 'd', 7],
];

/** ISO 8601's letters (`P1DT2H`); months and years have no fixed length. */
const isoDuration = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i;

/** A duration in the form that a flow takes: `5m` for `5 minutes`, `PT5M` and `every 5 min`; undefined for what is none. */
export function durationInWords(text: string): string | undefined {
  const spoken = /^(?:every |in |for |@every )?\s*(\d+(?:\.\d{1,3})?|an?)\s*([a-z]+)$/i.exec(text.trim());
  if (spoken !== null) {
    const [, count = '', word = ''] = spoken;
    const [, unit, times] = units.find(([words]) => words.test(word)) ?? [];
    if (unit === undefined || times === undefined) return undefined;
    return `${(/^an?$/i.test(count) ? 1 : Number(count)) * times}${unit}`;
  }
  const iso = isoDuration.exec(text.trim());
  const parts = [...(iso ?? [])].slice(1);
  const given = parts.flatMap((count, index) => (count === undefined ? [] : [`${count}${'dhms'[index]}`]));
  // One unit is all that a duration has.
  return given.length === 1 ? given[0] : undefined;
}

/** What to write for a value that is no duration. */
export function durationHint(value: unknown): string | undefined {
  if (typeof value === 'number') return `Say the unit: \`${value}s\` for seconds, \`${value}ms\` for milliseconds.`;
  if (typeof value !== 'string') return undefined;
  const written = durationInWords(value);
  if (written !== undefined) return `Write \`${written}\`.`;
  if (/^(?:\d+[a-z]+){2,}$/i.test(value.trim())) return 'A duration has one unit: `90m` for an hour and a half.';
  return undefined;
}
