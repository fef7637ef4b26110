// The declarative verifier: most providers are one HmacScheme. It fails closed: without a usable secret nothing passes.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { refuse, SigningError, type Proof, type Trace } from '../provider.ts';
import { equalSignatures } from './constant-time.ts';
import { decodeKey, type KeyDecoding } from './keys.ts';
import { addSignature, signedRequestReader, type SignatureLayout } from './signed-request.ts';

/** How a third party signs with a shared secret. */
export interface HmacScheme extends SignatureLayout {
  hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  encoding: 'hex' | 'base64' | 'base64url';
  /** What the secret's text is: the key itself, or an encoding of it. */
  key: KeyDecoding;
}

/** Keys kept ready for one source. Secrets are few; a rotation adds one. */
const KEYS_CACHED_MAX = 32;
const DIGEST_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

/** Both sides of a scheme. The source's `tolerance:` overrides the scheme's. */
export function hmacProof(scheme: HmacScheme): Proof {
  const wellFormed = signaturePattern(scheme);
  return {
    verifier(settings) {
      const read = signedRequestReader(scheme, settings, (signature) => wellFormed.test(signature));
      const keyOf = keyCache(scheme.key);
      return (request, secrets, nowMs, trace) => {
        const keys: KeyObject[] = [];
        for (const secret of secrets) {
          const key = keyOf(secret);
          if (key) keys.push(key);
        }
        if (keys.length === 0) return refuse(401, 'secret_not_set');
        const signed = read(request, nowMs, trace);
        if ('ok' in signed) return signed;
        const matched = keys.some((key) => matches(scheme, key, signed.content, signed.signatures, trace));
        return matched ? { ok: true } : refuse(401, 'signature_mismatch');
      };
    },
    signer: () => (request, secret, id, nowMs) => {
      const key = decodeKey(secret, scheme.key);
      if (key === undefined) throw new SigningError(`the secret is not ${KEY_FORMS[scheme.key]}`);
      return addSignature(scheme, request, id, nowMs, (content) => digest(scheme, createSecretKey(key), content));
    },
  };
}

const KEY_FORMS: Record<KeyDecoding, string> = {
  utf8: 'set',
  base64: 'base64',
  hex: 'hex',
  whsec: '`whsec_` and base64',
};

function matches(
  scheme: HmacScheme,
  key: KeyObject,
  content: (string | Buffer)[],
  candidates: string[],
  trace: Trace | undefined,
): boolean {
  const expected = digest(scheme, key, content);
  if (trace) (trace.computed ??= []).push((scheme.prefix ?? '') + expected);
  let matched = false;
  for (const candidate of candidates) {
    // Every candidate is compared, so that the time does not tell which one matched.
    if (equalSignatures(expected, scheme.encoding === 'hex' ? candidate.toLowerCase() : candidate)) matched = true;
  }
  return matched;
}

function digest(scheme: HmacScheme, key: KeyObject, content: (string | Buffer)[]): string {
  const hmac = createHmac(scheme.hash, key);
  for (const piece of content) hmac.update(piece);
  return hmac.digest(scheme.encoding);
}

/** What a signature of the scheme looks like; anything else is malformed rather than wrong. */
function signaturePattern({ hash, encoding }: HmacScheme): RegExp {
  const bytes = DIGEST_BYTES[hash];
  if (encoding === 'hex') return new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`);
  const characters = Math.ceil((bytes * 4) / 3);
  if (encoding === 'base64url') return new RegExp(`^[A-Za-z0-9_-]{${characters}}$`);
  return new RegExp(`^[A-Za-z0-9+/]{${characters}}={${(3 - (bytes % 3)) % 3}}$`);
}

/** Decoded keys by secret, so that a request neither decodes nor imports them again. */
function keyCache(decoding: KeyDecoding): (secret: string) => KeyObject | undefined {
  const cache = new Map<string, KeyObject>();
  return (secret) => {
    const known = cache.get(secret);
    if (known) return known;
    const bytes = decodeKey(secret, decoding);
    if (bytes === undefined) return undefined;
    if (cache.size >= KEYS_CACHED_MAX) cache.clear();
    const key = createSecretKey(bytes);
    cache.set(secret, key);
    return key;
  };
}
