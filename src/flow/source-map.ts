// Maps positions in a text value back to the file: through quotes, escapes, folded lines and block scalars.
// It follows the characters that are not white space, which YAML never adds, drops or reorders.
import type { Scalar } from 'yaml';
import type { Place } from './report.ts';

/** Length of an escape in double quotes by the character after the backslash; others are two long. */
const escapeLengths: Record<string, number> = { x: 4, u: 6, U: 10 };

/**
 * The place in `text` (the file) of `length` characters from `offset` in the scalar's value. The result stays on one line;
 * when the value cannot be followed, it is the start of the scalar.
 */
export function placeInScalar(text: string, scalar: Scalar, offset: number, length: number): Place {
  const [start, end] = scalar.range ?? [0, 0];
  const value = String(scalar.value ?? '');
  const from = contentStart(text, scalar, start);
  const places = solidCharacters(text, from, end, scalar.type ?? 'PLAIN');
  const first = countSolid(value, offset);
  const place = places[first];
  if (place === undefined) {
    const last = places[places.length - 1];
    return { offset: last === undefined ? start : last.offset + last.length, length: 1 };
  }
  const count = countSolid(value, offset + length) - first;
  const last = places[first + Math.max(1, count) - 1] ?? place;
  const lineEnd = text.indexOf('\n', place.offset);
  const stop = Math.min(last.offset + last.length, lineEnd === -1 ? text.length : lineEnd);
  return { offset: place.offset, length: Math.max(1, stop - place.offset) };
}

function contentStart(text: string, scalar: Scalar, start: number): number {
  if (scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE') return start + 1;
  if (scalar.type !== 'BLOCK_FOLDED' && scalar.type !== 'BLOCK_LITERAL') return start;
  const lineEnd = text.indexOf('\n', start);
  return lineEnd === -1 ? text.length : lineEnd + 1;
}

/** Each character of the value that is not white space, with the stretch of the file that spells it. */
function solidCharacters(text: string, from: number, end: number, type: string): Place[] {
  const places: Place[] = [];
  for (let at = from; at < end;) {
    const size = spelledLength(text, at, type);
    const isSpace =
      size === 1
        ? /\s/.test(text[at] ?? '')
        : type === 'QUOTE_DOUBLE' && /^\\[\sntrvf_NLP]/.test(text.slice(at, at + 2));
    const isEnd = size === 1 && at === end - 1 && type.startsWith('QUOTE');
    if (!isSpace && !isEnd) places.push({ offset: at, length: size });
    at += size;
  }
  return places;
}

function spelledLength(text: string, at: number, type: string): number {
  if (type === 'QUOTE_SINGLE' && text.startsWith("''", at)) return 2;
  if (type === 'QUOTE_DOUBLE' && text[at] === '\\') return escapeLengths[text[at + 1] ?? ''] ?? 2;
  return 1;
}

function countSolid(value: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end && at < value.length; at += 1) if (!/\s/.test(value[at] ?? '')) count += 1;
  return count;
}
