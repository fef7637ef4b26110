// Signatures made with a private key that only the sender has: Ed25519 (RFC 8032) and ECDSA over P-256 (FIPS 186-5, DER).
// It fails closed: without a usable public key nothing passes.
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { refuse, SigningError, type Proof } from '../provider.ts';
import { addSignature, signedRequestReader, type SignatureLayout } from './signed-request.ts';

/** How a third party signs with a private key. */
export interface PublicKeyScheme extends SignatureLayout {
  algorithm: 'ed25519' | 'ecdsa-p256-sha256';
  encoding: 'hex' | 'base64' | 'base64url';
  /** How the public key stands in the secret: 32 raw bytes in hex or base64 (Ed25519), or base64 of a DER SubjectPublicKeyInfo. PEM is always read. */
  keyForm: 'hex' | 'base64' | 'spki';
  /** Stands before the public key in the secret (`whpk_`). */
  keyPrefix?: string;
}

const KEYS_CACHED_MAX = 32;
const ED25519_KEY_BYTES = 32;
const HASH = { ed25519: null, 'ecdsa-p256-sha256': 'sha256' } as const;
const KEY_TYPE = { ed25519: 'ed25519', 'ecdsa-p256-sha256': 'ec' } as const;
const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** An Ed25519 signature has 64 bytes; an ECDSA one in DER up to 72. */
const SIGNATURE_PATTERNS = {
  ed25519: { hex: /^[0-9a-fA-F]{128}$/, base64: /^[A-Za-z0-9+/]{86}==$/, base64url: /^[A-Za-z0-9_-]{86}$/ },
  'ecdsa-p256-sha256': {
    hex: /^[0-9a-fA-F]{16,144}$/,
    base64: /^[A-Za-z0-9+/]{10,96}={0,2}$/,
    base64url: /^[A-Za-z0-9_-]{10,96}$/,
  },
};

/** Both sides of a scheme. The source's `tolerance:` overrides the scheme's. */
export function publicKeyProof(scheme: PublicKeyScheme): Proof {
  return {
    verifier(settings) {
      const read = signedRequestReader(scheme, settings, (signature) => isWellFormed(signature, scheme));
      const keyOf = keyCache(scheme);
      return (request, secrets, nowMs, trace) => {
        const keys = secrets.flatMap((secret) => keyOf(secret) ?? []);
        if (keys.length === 0) return refuse(401, 'secret_not_set');
        const signed = read(request, nowMs, trace);
        if ('ok' in signed) return signed;
        const content = joined(signed.content);
        const signatures = signed.signatures.map((signature) => Buffer.from(signature, scheme.encoding));
        const hash = HASH[scheme.algorithm];
        const matched = keys.some((key) => signatures.some((signature) => verify(hash, content, key, signature)));
        return matched ? { ok: true } : refuse(401, 'signature_mismatch');
      };
    },
    signer: () => (request, key, id, nowMs) => {
      const privateKey = readPrivateKey(key, scheme);
      return addSignature(scheme, request, id, nowMs, (content) =>
        sign(HASH[scheme.algorithm], joined(content), privateKey).toString(scheme.encoding),
      );
    },
  };
}

/** Base64 leaves bits over at its end, so one signature could be written in several ways: only the right one is taken. */
function isWellFormed(signature: string, { algorithm, encoding }: PublicKeyScheme): boolean {
  if (!SIGNATURE_PATTERNS[algorithm][encoding].test(signature)) return false;
  return encoding === 'hex' || Buffer.from(signature, encoding).toString(encoding) === signature;
}

function joined(content: (string | Buffer)[]): Buffer {
  return content.length === 1 ? Buffer.from(content[0]!) : Buffer.concat(content.map((piece) => Buffer.from(piece)));
}

function readPrivateKey(pem: string, scheme: PublicKeyScheme): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === KEY_TYPE[scheme.algorithm]) return key;
  } catch {
    // Said below: what cannot be read cannot sign either.
  }
  throw new SigningError(
    `this provider signs with a private key (${scheme.algorithm}) that only it has: to try a flow, make a key pair, ` +
      "give the private key (PEM) here and set the source's secret to the public one",
  );
}

function keyCache(scheme: PublicKeyScheme): (secret: string) => KeyObject | undefined {
  const cache = new Map<string, KeyObject | undefined>();
  return (secret) => {
    if (cache.has(secret)) return cache.get(secret);
    if (cache.size >= KEYS_CACHED_MAX) cache.clear();
    const key = publicKey(secret, scheme);
    cache.set(secret, key);
    return key;
  };
}

function publicKey(secret: string, scheme: PublicKeyScheme): KeyObject | undefined {
  const prefix = scheme.keyPrefix ?? '';
  if (!secret.startsWith(prefix)) return undefined;
  try {
    const key = importKey(secret.slice(prefix.length).trim(), scheme);
    return key?.asymmetricKeyType === KEY_TYPE[scheme.algorithm] ? key : undefined;
  } catch {
    return undefined; // Not a key: the source has no usable secret, and that is what is reported.
  }
}

function importKey(text: string, scheme: PublicKeyScheme): KeyObject | undefined {
  if (text.startsWith('-----BEGIN PUBLIC KEY-----')) return createPublicKey(text);
  if (!(scheme.keyForm === 'hex' ? HEX : BASE64).test(text)) return undefined;
  const bytes = Buffer.from(text, scheme.keyForm === 'hex' ? 'hex' : 'base64');
  if (scheme.keyForm === 'spki') return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  if (bytes.length !== ED25519_KEY_BYTES) return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
}
