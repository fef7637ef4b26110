// Requests of somebody who knows everything but the secret: right header names, right forms, wrong proofs.
import fc from 'fast-check';
import { providers } from '../../src/providers/index.ts';
import type { InboundRequest } from '../../src/providers/provider.ts';
import { fieldsObject } from '../../src/server/parse.ts';
import { keysOf } from '../providers/sample-requests.ts';
import { deepJsonText, jsonObjectText, jsonText } from './hostile-json.ts';

const NOW_S = 1_700_000_000;

/** Every header that any provider's signer writes. */
const headerNames = [
  ...new Set(
    providers.flatMap((provider) => {
      const body = Buffer.from('{}');
      const unsigned = { method: 'POST', url: 'https://hooks.example/', headers: {}, body };
      const settings = provider.exampleSettings ?? {};
      const { headers } = provider.signer(settings)(unsigned, keysOf(provider.name).signingKey, 'id', NOW_S * 1000);
      return [...Object.keys(headers), ...Object.keys(provider.announce?.('type', 'id') ?? {})];
    }),
  ),
  'content-type',
  'x-forwarded-client-cert',
  '__proto__',
  'constructor',
];

const hexDigit = fc.constantFrom(...Array.from('0123456789abcdefABCDEF'));
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: hexDigit, minLength: length, maxLength: length });
const base64 = fc.uint8Array({ maxLength: 66 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const time = fc.constantFrom(
  '1700000000',
  '1700000000123',
  '2023-11-14T22:13:20Z',
  '1700000000abc',
  '-1',
  '',
  '1e9',
  '0',
);
const signature = fc.oneof(hex(64), hex(40), hex(128), base64);
const prefix = fc.constantFrom(
  '',
  'sha256=',
  'sha1=',
  'v1=',
  'v0=',
  'v1,',
  'v1a,',
  'h1=',
  'Bearer ',
  'Basic ',
  'bearer',
  'SUCCESS',
);
const proof = fc.oneof(
  fc.tuple(prefix, signature).map(([before, text]) => before + text),
  fc
    .tuple(time, signature, fc.constantFrom(',', ';', ' ', ''))
    .map(([at, text, between]) => `t=${at}${between}v1=${text}`),
  fc
    .array(
      fc.tuple(prefix, signature).map((parts) => parts.join('')),
      { maxLength: 40 },
    )
    .map((items) => items.join(',')),
  time,
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    ',',
    '=',
    't=',
    'Bearer',
    'Bearer ',
    'Basic Og==',
    'application/json',
    'application/x-www-form-urlencoded',
    'SUCCESS',
    '%',
  ),
);
const form = fc
  .array(fc.tuple(fc.constantFrom('payload', 'token', 'timestamp', 'signature', 'a', '__proto__'), fc.string()), {
    maxLength: 5,
  })
  .map((fields) => new URLSearchParams(fields).toString());
const bytes = fc.oneof(
  jsonText.map((text) => Buffer.from(text)),
  jsonObjectText.map((text) => Buffer.from(text)),
  { arbitrary: deepJsonText.map((text) => Buffer.from(text)), weight: 1 },
  form.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 60 }).map((given) => Buffer.from(given)),
);
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'hub.mode',
          'hub.verify_token',
          'hub.challenge',
          'hub.topic',
          'crc_token',
          'challenge',
          'validationToken',
          'access_token',
          'token',
          'k',
          '__proto__',
          'bodySHA256',
        ),
        fc.string({ unit: 'binary' }),
      ),
      { maxLength: 5 },
    )
    .map((fields) => `?${new URLSearchParams(fields).toString()}`),
  fc.string({ maxLength: 30 }).map((text) => `?${text}`),
);

/** A request without a right proof. */
export const hostileRequest: fc.Arbitrary<InboundRequest> = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'OPTIONS', 'PUT', ''),
    headers: fc.array(fc.tuple(fc.constantFrom(...headerNames), proof), { maxLength: 8 }),
    query,
    body: bytes,
    fromTrustedProxy: fc.boolean(),
  })
  .map(({ method, headers, query: search, body, fromTrustedProxy }) => {
    const merged: Record<string, string> = {};
    for (const [name, value] of headers) {
      if (name === '__proto__') continue;
      merged[name] = Object.hasOwn(merged, name) ? `${merged[name]}, ${value}` : value;
    }
    return {
      method,
      headers: merged,
      rawHeaders: headers.flat(),
      query: fieldsObject(new URLSearchParams(search)),
      url: `https://hooks.example/hooks/a${search}`,
      body,
      fromTrustedProxy,
    };
  });
