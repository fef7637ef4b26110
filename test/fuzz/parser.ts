// Properties of what reads bodies, queries and content types: it never throws, and never makes more of bytes than they are.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { JSON_DEPTH_MAX, jsonDepthExceeds } from '../../src/providers/json-depth.ts';
import { CONTENT_KINDS } from '../../src/providers/provider.ts';
import { readContentType } from '../../src/server/content.ts';
import { fieldsObject, parseBody } from '../../src/server/parse.ts';
import type { Json } from '../../workflows/definition.ts';
import { anyEdit, edited } from './edits.ts';
import { deepJsonText, jsonText } from './hostile-json.ts';

const BYTE_ORDER_MARK = '\uFEFF';
const JSON_CONTENT = { kind: 'json', charset: 'utf-8' } as const;
const CHARSETS = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be', 'shift_jis', 'gb18030', 'x-user-defined'];

const jsonBytes = fc
  .tuple(fc.oneof({ arbitrary: jsonText, weight: 20 }, deepJsonText), fc.constantFrom('', '', '', BYTE_ORDER_MARK))
  .map(([text, mark]) => Buffer.from(mark + text));
const damagedJson = fc
  .tuple(jsonBytes, fc.array(anyEdit, { maxLength: 2 }))
  .map(([bytes, edits]) => edits.reduce(edited, bytes));
const anyBytes = fc.oneof(
  damagedJson,
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.webQueryParameters().map((text) => Buffer.from(`payload=${text}`)),
  jsonText.map((text) => Buffer.from(`payload=${encodeURIComponent(text)}&__proto__=1`)),
);

/** A JSON body is JSON.parse's value without `__proto__`, and what JSON.parse refuses or nests too deep is refused. */
export function jsonIsReadAsJson() {
  return fc.property(damagedJson, (bytes) => {
    const expected = expectedValue(bytes);
    const parsed = parseBody(bytes, JSON_CONTENT, undefined);
    assert.equal(parsed.ok, expected !== undefined);
    if (!parsed.ok || expected === undefined) return;
    assert.ok(isDeepStrictEqual(parsed.body, withoutProto(expected.value)), 'the value of JSON.parse');
    assertBounded(parsed.body);
    if (parsed.exact)
      assert.ok(isDeepStrictEqual(parsed.body, JSON.parse(bytes.toString('utf8'))), 'exactly the bytes');
  });
}

/** Any bytes of any kind are read or refused with a code and a message that quotes nothing of them. */
export function anyBodyIsReadOrRefused() {
  const charset = fc.constantFrom(...CHARSETS);
  const field = fc.constantFrom(undefined, 'payload', '__proto__');
  return fc.property(anyBytes, fc.constantFrom(...CONTENT_KINDS), charset, field, (bytes, kind, label, formField) => {
    const parsed = parseBody(bytes, { kind, charset: label }, formField);
    if (!parsed.ok) {
      assert.match(parsed.code, /^[a-z0-9_]+$/);
      assert.match(parsed.message, /^[A-Za-z0-9 .,-]{10,100}$/);
      return;
    }
    assertBounded(parsed.body);
    assert.equal(typeof JSON.stringify(parsed.body), 'string');
  });
}

/** Any query becomes texts and lists of texts under own keys. */
export function anyQueryIsRead() {
  const query = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(fc.tuple(fc.constantFrom('__proto__', 'constructor', 'a', '', 'toString'), fc.string()), { maxLength: 8 })
      .map((fields) => new URLSearchParams(fields).toString()),
  );
  return fc.property(query, (text) => {
    const read = fieldsObject(new URLSearchParams(text));
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
    for (const [name, value] of Object.entries(read)) {
      assert.notEqual(name, '__proto__');
      assert.ok(Array.isArray(value) ? value.every((one) => typeof one === 'string') : typeof value === 'string');
    }
  });
}

/** Any content-type header is one of the kinds with a charset that can be decoded, or none that is taken. */
export function anyContentTypeIsRead() {
  const piece = fc.constantFrom(
    'application',
    'text',
    'multipart',
    'image',
    '/',
    'json',
    'plain',
    '+json',
    '+xml',
    'x-www-form-urlencoded',
    ';',
    ' ',
    'charset=',
    'utf-8',
    '"',
    'utf-7',
    'latin1',
    'x-mac-cyrillic',
    'boundary=x',
    ',',
    '=',
    '*',
    '\u0000',
    'İ',
  );
  const header = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  );
  return fc.property(header, (text) => {
    const content = readContentType(text);
    assert.deepEqual(readContentType(text), content, 'the same the second time');
    if (content === undefined) return;
    assert.ok(CONTENT_KINDS.includes(content.kind));
    assert.equal(new TextDecoder(content.charset).encoding, content.charset);
  });
}

/** Depth is counted before parsing as it is after. */
export function depthIsCountedRight() {
  const deep = fc.oneof({ arbitrary: jsonText, weight: 5 }, deepJsonText);
  return fc.property(deep, fc.integer({ min: 0, max: 300 }), (text, depthMax) => {
    const value = tryParse(text);
    fc.pre(value !== undefined);
    // Repeated keys are gone after parsing, and with them their depth.
    const exceeds = depthOf(value.value) > depthMax;
    const counted = jsonDepthExceeds(Buffer.from(text), depthMax);
    assert.ok(counted || !exceeds, 'what parses deeper was counted deeper');
    if (!counted) assert.ok(depthOf(value.value) <= depthMax);
  });
}

function expectedValue(bytes: Buffer): { value: Json } | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (!Buffer.from(text).equals(bytes) || jsonDepthExceeds(bytes, JSON_DEPTH_MAX)) return undefined;
  return tryParse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
}

function tryParse(text: string): { value: Json } | undefined {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}

function withoutProto(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutProto);
  const members = Object.entries(value).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(members.map(([key, member]) => [key, withoutProto(member)]));
}

function assertBounded(value: Json): void {
  assert.ok(depthOf(value) <= JSON_DEPTH_MAX, 'the depth is bounded');
  assert.ok(!holdsProto(value), 'no __proto__ anywhere');
}

function depthOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function holdsProto(value: Json): boolean {
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, member]) => key === '__proto__' || holdsProto(member as Json));
}
