// How values are compared by `where`: as text, so that 5 matches "5". Pure, for runs and for the store alike.
import type { Json } from './definition.ts';

/** The text of a text, number or boolean; undefined for what has none: nothing is equal to it. */
export function comparableText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
