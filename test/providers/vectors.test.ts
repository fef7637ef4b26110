// Published signature vectors, valid and invalid: of the providers that are built in, and of others through `provider: hmac`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { findProvider } from '../../src/providers/index.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

interface Vector {
  id?: string;
  provider: string;
  scheme: string;
  name?: string;
  secret: string;
  headers: Record<string, string>;
  body?: string;
  bodyBase64?: string;
  method?: string;
  url?: string;
  now?: number;
  valid: boolean;
  expectResponse?: unknown;
}

function read(file: string): Vector[] {
  const text = readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { vectors: Vector[] }).vectors;
}

const vectors = [...read('signatures.json'), ...read('signatures-constructed.json')].filter(
  (vector) => vector.expectResponse === undefined,
);

/** How a scheme that has no provider of its own yet is declared in YAML. */
const declarations: Record<string, JsonObject> = {
  'hmac-sha256-hex-prefixed': { prefix: 'sha256=' },
  'hmac-sha256-hex': {},
  'hmac-sha512-hex': { hash: 'sha512' },
  'intercom-sha1': { hash: 'sha1', prefix: 'sha1=' },
  'github-sha256': { prefix: 'sha256=' },
  'stripe-v1': { separator: ',', prefix: 'v1=', timestamp_prefix: 't=', content: '{timestamp}.{body}' },
  'paddle-h1': {
    separator: ';',
    prefix: 'h1=',
    timestamp_prefix: 'ts=',
    content: '{timestamp}:{body}',
    tolerance: '5s',
  },
  'pagerduty-v1': { separator: ',', prefix: 'v1=' },
  'standard-webhooks-v1': {
    separator: ' ',
    prefix: 'v1,',
    encoding: 'base64',
    key: 'whsec',
    content: '{id}.{timestamp}.{body}',
    id_header: 'svix-id',
    timestamp_header: 'svix-timestamp',
  },
  'zoom-v0': { prefix: 'v0=', timestamp_header: 'x-zm-request-timestamp', content: 'v0:{timestamp}:{body}' },
  'zendesk-hmac-sha256-base64': {
    encoding: 'base64',
    timestamp_header: 'X-Zendesk-Webhook-Signature-Timestamp',
    timestamp_unit: 'rfc3339',
    content: '{timestamp}{body}',
  },
  'linear-hmac-sha256-hex': {},
  'square-hmacsha256': { encoding: 'base64', content: '{url}{body}' },
  'hubspot-v3': {
    encoding: 'base64',
    content: '{method}{url}{body}{timestamp}',
    timestamp_header: 'x-hubspot-request-timestamp',
    timestamp_unit: 'ms',
  },
};
const signatureHeader = /signature(-256|-v3)?$/i;

function judge(vector: Vector): { ok: boolean } {
  const builtIn = findProvider(vector.provider);
  const declared = declarations[vector.scheme];
  const provider = builtIn ?? findProvider('hmac')!;
  const header = Object.keys(vector.headers).find((name) => signatureHeader.test(name))!;
  const settings = builtIn ? {} : { ...declared, header };
  const body = vector.bodyBase64 === undefined ? (vector.body ?? '') : Buffer.from(vector.bodyBase64, 'base64');
  const request = inbound(vector.headers, body, { url: vector.url ?? '', method: vector.method ?? 'POST' });
  return provider.verifier(settings)(request, [vector.secret], (vector.now ?? 0) * 1000);
}

describe('published vectors', () => {
  const builtIn = vectors.filter((vector) => findProvider(vector.provider));
  const declared = vectors.filter((vector) => !findProvider(vector.provider) && declarations[vector.scheme]);

  it('cover every signing provider that is built in, and the declared schemes', () => {
    const names = new Set(builtIn.map((vector) => vector.provider));
    assert.deepEqual([...names].toSorted(), ['github', 'shopify', 'slack', 'standard-webhooks', 'stripe']);
    assert.equal(builtIn.length, 25);
    assert.equal(new Set(declared.map((vector) => vector.scheme)).size, Object.keys(declarations).length);
  });

  for (const vector of [...builtIn, ...declared]) {
    const name = `${vector.id ?? vector.provider} ${vector.name ?? vector.scheme}`;
    it(`${vector.valid ? 'accepts' : 'refuses'} ${name}`, () => {
      assert.equal(judge(vector).ok, vector.valid);
    });
  }

  it('are refused without a secret, with an empty one and with another one', () => {
    for (const vector of [...builtIn, ...declared].filter((candidate) => candidate.valid)) {
      for (const secret of ['', 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'whpk_']) {
        assert.equal(judge({ ...vector, secret }).ok, false, `${vector.id ?? vector.provider} with ${secret}`);
      }
    }
  });
});
