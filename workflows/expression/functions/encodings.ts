// Texts for other places: base64, URLs, HTML, Slack, hashes. Characters that mean something there are escaped.
import { spend, spendItems, spendText } from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';
import { describe, type Value, type ValueObject } from '../value.ts';
import { bytesFromBase64, base64FromBytes } from './base64.ts';
import { sha256Hex } from '../sha256.ts';
import { bytesFromText, textFromBytes } from '../utf8.ts';

/** Most characters that one character becomes. */
const htmlGrowth = 6;

/** With the `u` flag, pairs are one character and do not match. */
const loneSurrogate = /[\ud800-\udfff]/u;

function escapeBy(names: Record<string, string>): (call: Call, text: string) => string {
  const pattern = new RegExp(`[${Object.keys(names).join('')}]`, 'g');
  return (call, text) => {
    const special = text.match(pattern)?.length ?? 0;
    spendText(call.evaluation, text.length + special * htmlGrowth, call.node);
    return text.replace(pattern, (character) => names[character]!);
  };
}

function encodeUrl(call: Call, text: string): string {
  spendText(call.evaluation, text.length, call.node);
  if (loneSurrogate.test(text)) {
    failArgument(call, 0, 'invalid_value', 'This string holds half a character (a lone surrogate).');
  }
  const encoded = encodeURIComponent(text);
  spendText(call.evaluation, encoded.length, call.node);
  return encoded;
}

function decodeUrl(call: Call, text: string): string {
  spendText(call.evaluation, text.length, call.node);
  try {
    return decodeURIComponent(text);
  } catch {
    failArgument(
      call,
      0,
      'invalid_value',
      'This string is not URL-encoded.',
      'a `%` stands before two hexadecimal digits',
    );
  }
}

function queryText(call: Call, object: ValueObject): string {
  const parts: string[] = [];
  let characters = 0;
  for (const [key, value] of Object.entries(object)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      spend(call.evaluation, 1, call.node);
      if (item === undefined || item === null) continue;
      const part = `${encodeUrl(call, key)}=${encodeUrl(call, scalarText(call, item))}`;
      characters += part.length + 1;
      parts.push(part);
    }
  }
  spendText(call.evaluation, characters, call.node);
  return parts.join('&');
}

function scalarText(call: Call, value: Value): string {
  if (typeof value !== 'object') return String(value);
  failArgument(
    call,
    0,
    'type_mismatch',
    `A query holds strings, numbers and booleans, or lists of them; this is ${describe(value)}.`,
  );
}

function hash(call: Call, text: string): string {
  spendItems(call.evaluation, text.length, call.node);
  return sha256Hex(bytesFromText(text));
}

function encodeBase64(call: Call, text: string): string {
  spendText(call.evaluation, text.length * 2, call.node);
  return base64FromBytes(bytesFromText(text));
}

function decodeBase64(call: Call, text: string): string {
  spendText(call.evaluation, text.length, call.node);
  const bytes = bytesFromBase64(text);
  if (bytes === undefined) failArgument(call, 0, 'invalid_value', 'This string is not base64.');
  const decoded = textFromBytes(bytes);
  if (decoded === undefined) failArgument(call, 0, 'invalid_value', 'This base64 holds bytes that are no UTF-8 text.');
  return decoded;
}

export const ENCODING_FUNCTIONS: Entry[] = [
  entry(
    'base64.encode',
    ['text: string'],
    'string',
    'The base64 of a text in UTF-8.',
    ['base64.encode("né")', 'bsOp'],
    encodeBase64,
  ),
  entry(
    'base64.decode',
    ['text: string'],
    'string',
    'The UTF-8 text in base64; also without padding, and in its URL form.',
    ['base64.decode("bsOp")', 'né'],
    decodeBase64,
  ),
  entry(
    'url.encode',
    ['text: string'],
    'string',
    'Safe inside a URL, as encodeURIComponent.',
    ['url.encode("a b&c")', 'a%20b%26c'],
    encodeUrl,
  ),
  entry(
    'url.decode',
    ['text: string'],
    'string',
    'Back from its form inside a URL.',
    ['url.decode("a%20b")', 'a b'],
    decodeUrl,
  ),
  entry(
    'url.query',
    ['values: object'],
    'string',
    'An object as a query; lists repeat their key, null and undefined are left out.',
    ['url.query({ q: "a b", tag: ["x", "y"] })', 'q=a%20b&tag=x&tag=y'],
    queryText,
  ),
  entry(
    'html.escape',
    ['text: string'],
    'string',
    'Safe inside HTML, attributes too.',
    ['html.escape("<b>")', '&lt;b&gt;'],
    escapeBy({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }),
  ),
  entry(
    'slack.escape',
    ['text: string'],
    'string',
    'Safe inside a Slack message: no mention or link can be made by it.',
    ['slack.escape("<!here> & more")', '&lt;!here&gt; &amp; more'],
    escapeBy({ '&': '&amp;', '<': '&lt;', '>': '&gt;' }),
  ),
  entry(
    'sha256.hex',
    ['text: string'],
    'string',
    'The SHA-256 of a text in UTF-8, in hexadecimal.',
    ['sha256.hex("abc")', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    hash,
  ),
];
