// Turns a response's bytes into the value that flows see: JSON parsed, text as text, anything else as base64. Pure.
import { isUtf8 } from 'node:buffer';
import type { Json } from '../workflows/definition.ts';

/** Exactly one of the two is not null, or neither for an empty body. */
export interface ResponseValue {
  body: Json;
  body_base64: string | null;
}

/** Documents nested deeper than this stay text: nothing that walks them recursively may run out of stack. */
const JSON_DEPTH_MAX = 256;

const TEXT_TYPES =
  /^(text\/.*|.*[/+]xml|application\/(x-www-form-urlencoded|javascript|ecmascript|yaml|x-yaml|graphql|toml|sql|x-ndjson|jsonl))$/;

/**
 * Decodes by content type. A body that calls itself JSON and is not becomes text: the status was fine, and the flow can look at it.
 * Without a content type, UTF-8 is text and the rest is binary.
 */
export function decodeBody(bytes: Buffer, contentType: string | undefined): ResponseValue {
  if (bytes.length === 0) return { body: null, body_base64: null };
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const type = essence.trim();
  const json = type === 'application/json' || type === 'text/json' || type.endsWith('+json');
  const text = json || TEXT_TYPES.test(type) || (type === '' && isUtf8(bytes));
  if (!text) return { body: null, body_base64: bytes.toString('base64') };
  const decoded = decodeText(bytes, charsetOf(parameters));
  const parsed = json ? parseJson(decoded) : undefined;
  return { body: parsed === undefined ? decoded : parsed, body_base64: null };
}

/** The parsed value; undefined for what is not JSON or is nested too deeply to be handled. */
function parseJson(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return deeperThan(value, JSON_DEPTH_MAX) ? undefined : value;
  } catch {
    return undefined;
  }
}

function deeperThan(value: Json, depthMax: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true;
    level = level.flatMap((item) => (item !== null && typeof item === 'object' ? Object.values(item) : []));
  }
  return false;
}

function charsetOf(parameters: string[]): string {
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  return charset?.slice('charset='.length).replace(/^"|"$/g, '') ?? 'utf-8';
}

function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes); // A charset that nobody knows: UTF-8 is the likeliest.
  }
}
