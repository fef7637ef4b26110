// Published signature vectors, valid and invalid, each through the provider of its name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { findProvider } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
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
  /** Unix seconds. */
  now?: number;
  toleranceSeconds?: number;
  valid: boolean;
  /** Of a handshake: what must be answered. */
  expectResponse?: { status: number; json: unknown };
}

function read(file: string): Vector[] {
  const text = readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { vectors: Vector[] }).vectors;
}

const published = read('signatures.json');
const vectors = [...published, ...read('signatures-constructed.json')];

/** Vectors of no third party go through the generic providers, declared as their scheme says. */
const GENERIC: Record<string, { provider: string; settings: JsonObject }> = {
  'hmac-sha256-hex': { provider: 'hmac', settings: {} },
  'hmac-sha512-hex': { provider: 'hmac', settings: { hash: 'sha512' } },
  'ed25519-raw-hex': { provider: 'ed25519', settings: { header: 'x-signature-ed25519', encoding: 'hex', key: 'hex' } },
};
/** A third party that was renamed. */
const RENAMED: Record<string, string> = { twitter: 'x' };

function providerOf(vector: Vector): { provider: Provider; settings: JsonObject } {
  const generic = vector.provider === 'generic' ? GENERIC[vector.scheme] : undefined;
  const name = generic?.provider ?? RENAMED[vector.provider] ?? vector.provider;
  const provider = findProvider(name);
  assert.ok(provider, `there is no provider ${name}`);
  const tolerance: JsonObject =
    vector.toleranceSeconds === undefined ? {} : { tolerance: `${vector.toleranceSeconds}s` };
  return { provider, settings: { ...generic?.settings, ...tolerance } };
}

function requestOf(vector: Vector) {
  const body = vector.bodyBase64 === undefined ? (vector.body ?? '') : Buffer.from(vector.bodyBase64, 'base64');
  const url = new URL(vector.url ?? '/hooks/vector', 'https://hooks.example');
  const query = Object.fromEntries(url.searchParams);
  // Where a URL is signed it must be exactly the vector's.
  return inbound(vector.headers, body, { url: vector.url ?? url.href, query, method: vector.method ?? 'POST' });
}

function judge(vector: Vector, secrets = [vector.secret]) {
  const { provider, settings } = providerOf(vector);
  return provider.verifier(settings)(requestOf(vector), secrets, (vector.now ?? 0) * 1000);
}

function title(vector: Vector): string {
  return `${vector.id ?? vector.provider} ${vector.name ?? vector.scheme}`;
}

const signed = vectors.filter((vector) => vector.expectResponse === undefined);

describe('published vectors', () => {
  it('are all here', () => {
    assert.equal(published.length, 65);
    assert.equal(vectors.length - published.length, 9);
  });

  for (const vector of signed) {
    it(`${vector.valid ? 'accepts' : 'refuses'} ${title(vector)}`, () => {
      assert.equal(judge(vector).ok, vector.valid);
    });
  }

  it('are refused without a secret, with an empty one and with another one', () => {
    for (const vector of signed.filter((candidate) => candidate.valid)) {
      assert.equal(judge(vector, []).ok, false, title(vector));
      for (const secret of ['', 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'whpk_']) {
        assert.equal(judge(vector, [secret]).ok, false, `${title(vector)} with ${secret}`);
      }
    }
  });

  for (const vector of vectors.filter((candidate) => candidate.expectResponse !== undefined)) {
    it(`answers the handshake ${title(vector)}`, () => {
      const { provider, settings } = providerOf(vector);
      const context = { settings, secrets: [vector.secret], secretOf: () => undefined };
      const request = requestOf(vector);
      const answer =
        provider.greeting?.(request, context) ??
        provider.handshake?.(request, JSON.parse(request.body.toString('utf8') || 'null'), context);
      assert.ok(answer);
      assert.equal(answer.status, vector.expectResponse!.status);
      assert.deepEqual(JSON.parse(answer.body), vector.expectResponse!.json);
    });
  }
});
