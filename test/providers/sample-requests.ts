// The documented payloads in samples/, and keys that sign them.
import { existsSync, readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import type { OutboundRequest } from '../../src/providers/provider.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';

/** One documented request. `type` and `deliveryId` (null: none is sent) are what its documentation says. */
export interface Sample {
  name: string;
  from: string;
  headers?: Record<string, string>;
  /** JSON, or `text` for everything else. */
  body?: Json;
  text?: string;
  contentType?: string;
  method?: string;
  url?: string;
  type?: string;
  deliveryId?: string | null;
  events?: { type: string; id: string | null }[];
}

export interface SampleFile {
  provider: string;
  settings?: JsonObject;
  samples: Sample[];
}

/** The samples of a provider, or undefined when there are none. */
export function readSamples(provider: string): SampleFile | undefined {
  const file = new URL(`samples/${provider}.json`, import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SampleFile) : undefined;
}

/** The sample as its sender would send it, before it is signed. */
export function sampleRequest(sample: Sample): OutboundRequest {
  const contentType = sample.contentType ?? 'application/json';
  const headers: Record<string, string> = { 'content-type': contentType };
  for (const [name, value] of Object.entries(sample.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    method: sample.method ?? 'POST',
    url: sample.url ?? 'https://hooks.example/hooks/sample',
    headers,
    body: Buffer.from(sample.text ?? (sample.body === undefined ? '' : JSON.stringify(sample.body))),
  };
}

const SHARED_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** What a source's secret is, and with what its sender signs. */
export interface Keys {
  secret: string;
  signingKey: string;
}

/** Raw public keys are the last 32 bytes of their DER form (RFC 8410). */
const ed25519Raw = ed25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const ed25519Pem = ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const KEYS: Record<string, Keys> = {
  discord: { secret: ed25519Raw.toString('hex'), signingKey: ed25519Pem },
  ed25519: { secret: ed25519Raw.toString('hex'), signingKey: ed25519Pem },
  sendgrid: {
    secret: p256.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    signingKey: p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  },
  basic: { secret: 'user:pass:word', signingKey: 'user:pass:word' },
};

/** Keys that fit a provider's form of a secret. */
export function keysOf(provider: string): Keys {
  return KEYS[provider] ?? { secret: SHARED_SECRET, signingKey: SHARED_SECRET };
}
