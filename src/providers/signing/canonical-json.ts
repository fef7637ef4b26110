// RFC 8785 (JSON Canonicalization Scheme): one text for one JSON value, whoever serialised it. Pure.
import type { Json, JsonObject } from '../../../workflows/definition.ts';

/**
 * The canonical text: keys sorted by UTF-16 code units (which is how JavaScript sorts), numbers and strings as ECMAScript
 * writes them. Throws a RangeError for what has no canonical form: numbers beyond a double and lone surrogates.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('a number is out of range');
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${canonicalString(key)}:${canonicalJson((value as JsonObject)[key]!)}`);
  return `{${members.join(',')}}`;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function canonicalString(text: string): string {
  if (LONE_SURROGATE.test(text)) throw new RangeError('a text is not valid Unicode');
  return JSON.stringify(text);
}
