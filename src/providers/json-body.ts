// Bodies that must be read before anybody vouches for them, for the proof stands inside: bounded in depth, and never throwing.
import { isUtf8 } from 'node:buffer';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { JSON_DEPTH_MAX, jsonDepthExceeds } from './json-depth.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** The value, or undefined when the bytes are not JSON as src/server/parse.ts takes it. */
export function readJson(bytes: Buffer): Json | undefined {
  if (!isUtf8(bytes) || jsonDepthExceeds(bytes, JSON_DEPTH_MAX)) return undefined;
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text) as Json;
  } catch {
    return undefined;
  }
}

/** The object, or undefined when the bytes are no JSON object. What is no UTF-8 is left to src/server/parse.ts to refuse. */
export function readObject(bytes: Buffer): JsonObject | undefined {
  if (jsonDepthExceeds(bytes, JSON_DEPTH_MAX)) return undefined;
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with keys. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(;|$)/i;

/** Whether a content type says that the body is a form. */
export function isForm(contentType: string | undefined): boolean {
  return contentType !== undefined && FORM_TYPE.test(contentType);
}
