// Turns verified bytes into the event's body. Bytes that are not what they claim to be are refused, never guessed at.
import { isUtf8 } from 'node:buffer';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { JSON_DEPTH_MAX, jsonDepthExceeds } from '../providers/json-depth.ts';
import type { Content } from './content.ts';

/** `exact`: the body is exactly JSON.parse of the bytes, so it need not be stored twice. */
export type Parsed = { ok: true; body: Json; exact: boolean } | { ok: false; code: string; message: string };

const BYTE_ORDER_MARK = '\uFEFF';
/** A JSON text without these cannot hold a `__proto__` key, however it is escaped. */
const MAY_HOLD_PROTO = /__proto__|\\u00/i;

/** Reads a body. `jsonFormField` names the form field that holds the whole body as JSON, when it is there. */
export function parseBody(bytes: Buffer, content: Content | undefined, jsonFormField: string | undefined): Parsed {
  if (content === undefined) return { ok: true, body: null, exact: false };
  switch (content.kind) {
    case 'json':
      return parseJsonBytes(bytes);
    case 'form':
      return parseForm(bytes, jsonFormField);
    case 'text':
    case 'xml':
      return parseText(bytes, content.charset);
    case 'binary':
      return { ok: true, body: bytes.toString('base64'), exact: false };
  }
}

function parseJsonBytes(bytes: Buffer): Parsed {
  if (!isUtf8(bytes)) return malformed('invalid_utf8', 'The body is not valid UTF-8.');
  if (jsonDepthExceeds(bytes, JSON_DEPTH_MAX)) return tooDeep();
  return parseJson(bytes.toString('utf8'));
}

/** Parses a text whose depth was checked. */
function parseJson(text: string): Parsed {
  const marked = text.startsWith(BYTE_ORDER_MARK);
  let body: Json;
  try {
    body = JSON.parse(marked ? text.slice(1) : text) as Json;
  } catch {
    // The parser's own message quotes the body, so it is not passed on.
    return malformed('invalid_json', 'The body is not valid JSON.');
  }
  const holds = MAY_HOLD_PROTO.test(text) && holdsProto(body);
  return { ok: true, body: holds ? withoutProto(body) : body, exact: !marked && !holds };
}

function parseForm(bytes: Buffer, jsonFormField: string | undefined): Parsed {
  if (!isUtf8(bytes)) return malformed('invalid_utf8', 'The body is not valid UTF-8.');
  const fields = new URLSearchParams(bytes.toString('utf8'));
  const json = jsonFormField === undefined ? null : fields.get(jsonFormField);
  if (json === null) return { ok: true, body: fieldsObject(fields), exact: false };
  if (jsonDepthExceeds(Buffer.from(json), JSON_DEPTH_MAX)) return tooDeep();
  const parsed = parseJson(json);
  return parsed.ok ? { ...parsed, exact: false } : parsed;
}

function parseText(bytes: Buffer, charset: string): Parsed {
  try {
    return { ok: true, body: new TextDecoder(charset, { fatal: true }).decode(bytes), exact: false };
  } catch {
    return malformed('invalid_text', 'The body is not valid in its charset.');
  }
}

/** Fields by name; a repeated one becomes a list. Used for queries too. `__proto__` is dropped. */
export function fieldsObject(fields: URLSearchParams): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    if (name === '__proto__') continue;
    const before = Object.hasOwn(object, name) ? object[name] : undefined;
    if (before === undefined) object[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else object[name] = [before, value];
  }
  return object;
}

function holdsProto(value: Json): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(holdsProto);
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(holdsProto);
}

/** The same value without `__proto__` keys, which are harmless in JSON and a trap for whoever copies objects. */
function withoutProto(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutProto);
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (key !== '__proto__') copy[key] = withoutProto(member);
  }
  return copy;
}

function tooDeep(): Parsed {
  return malformed('too_deep', `The body nests deeper than ${JSON_DEPTH_MAX} levels.`);
}

function malformed(code: string, message: string): Parsed {
  return { ok: false, code, message };
}
