// Settings of the generic `hmac` provider, each combination one that the loader takes.
import fc from 'fast-check';
import type { JsonObject } from '../../workflows/definition.ts';

const CONTENTS = [
  '{body}',
  '{id}.{timestamp}.{body}',
  '{timestamp}{body}',
  'v0:{timestamp}:{body}',
  '{body}|{id}',
  '{method}{url}{body}{timestamp}',
  '{timestamp}.{id}\n{body}{body}',
];

/** Settings for `hmac`. */
export const hmacSettings: fc.Arbitrary<JsonObject> = fc
  .record({
    header: fc.constantFrom('x-signature', 'Signature', 'X-Sig_1'),
    hash: fc.constantFrom('sha1', 'sha256', 'sha384', 'sha512'),
    encoding: fc.constantFrom('hex', 'base64', 'base64url'),
    prefix: fc.constantFrom(undefined, '', 'sha256=', 'v1=', 'v1,'),
    separator: fc.constantFrom(undefined, ';', ' ', '|'),
    content: fc.constantFrom(...CONTENTS),
    key: fc.constantFrom('utf8', 'whsec'),
    timeInSignature: fc.boolean(),
    timestamp_unit: fc.constantFrom('s', 'ms', 'rfc3339'),
  })
  .map(({ timeInSignature, timestamp_unit: unit, ...chosen }) => {
    const settings: Record<string, string | undefined> = { ...chosen };
    if (chosen.content.includes('{id}')) settings['id_header'] = 'X-Id';
    if (!chosen.content.includes('{timestamp}')) return defined(settings);
    settings['timestamp_unit'] = unit;
    // An item of the signature header needs something that parts it from the signature.
    if (!timeInSignature) return defined({ ...settings, timestamp_header: 'X-Time' });
    return defined({ ...settings, timestamp_prefix: 't=', separator: ';', prefix: 'v1=' });
  });

function defined(settings: Record<string, string | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
