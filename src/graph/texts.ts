// Short texts of values for labels: durations, expressions, lists. Pure; nothing longer than a label holds.

const CHARACTERS_MAX = 44;

const units: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** Milliseconds as an author would write them; a template as it stands. */
export function durationText(value: unknown): string {
  if (typeof value !== 'number') return shortText(value);
  const unit = units.find(([, ms]) => value >= ms && value % ms === 0);
  return unit === undefined ? `${value}ms` : `${value / unit[1]}${unit[0]}`;
}

/** One line of at most 44 characters, with a mark where it was cut. */
export function shortText(value: unknown): string {
  const text = (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(/\s+/g, ' ').trim();
  const characters = Array.from(text);
  return characters.length <= CHARACTERS_MAX ? text : `${characters.slice(0, CHARACTERS_MAX - 1).join('')}…`;
}

/** One text or several, joined. */
export function listText(value: unknown): string {
  return shortText(Array.isArray(value) ? value.map(String).join(', ') : value);
}
