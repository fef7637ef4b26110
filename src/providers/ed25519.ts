// Signatures made with a private key that only the sender has (Ed25519, RFC 8032). Fails closed without a usable public key.
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../workflows/definition.ts';
import { refuse, type Verify } from './provider.ts';
import { signedRequestReader, type SignatureLayout } from './signed-request.ts';

/** How a third party signs with Ed25519. */
export interface Ed25519Scheme extends SignatureLayout {
  encoding: 'hex' | 'base64';
  /** Stands before the public key in the secret (`whpk_`). */
  keyPrefix: string;
}

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_PATTERN = { hex: /^[0-9a-fA-F]{128}$/, base64: /^[A-Za-z0-9+/]{86}==$/ };

/** The check that a scheme stands for. The source's `tolerance:` overrides the scheme's. */
export function ed25519Verifier(scheme: Ed25519Scheme): (settings: JsonObject) => Verify {
  const pattern = SIGNATURE_PATTERN[scheme.encoding];
  return (settings) => {
    const read = signedRequestReader(scheme, settings['tolerance'], (signature) => pattern.test(signature));
    return (request, secrets, nowMs) => {
      const keys = secrets.flatMap((secret) => publicKey(secret, scheme) ?? []);
      if (keys.length === 0) return refuse(401, 'secret_not_set');
      const signed = read(request, nowMs);
      if ('ok' in signed) return signed;
      const content = Buffer.concat(signed.content.map((piece) => Buffer.from(piece)));
      const signatures = signed.signatures.map((signature) => Buffer.from(signature, scheme.encoding));
      const matched = keys.some((key) => signatures.some((signature) => verify(null, content, key, signature)));
      return matched ? { ok: true } : refuse(401, 'signature_mismatch');
    };
  };
}

function publicKey(secret: string, scheme: Ed25519Scheme): KeyObject | undefined {
  if (!secret.startsWith(scheme.keyPrefix)) return undefined;
  const bytes = Buffer.from(secret.slice(scheme.keyPrefix.length), scheme.encoding);
  if (bytes.length !== PUBLIC_KEY_BYTES) return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
}
