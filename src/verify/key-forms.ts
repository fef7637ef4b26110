// Looks for the signature itself: which key (the secret's text, or bytes it encodes) and which hash give exactly what the
// request carries, over the bytes that this scheme signs. It finds schemes that are almost this one.
import { createHmac } from 'node:crypto';
import type { Trace } from '../providers/provider.ts';
import type { NamedSecret } from './question.ts';

/** How the signature that came was made. */
export interface MadeWith {
  secret: string;
  /** Half a sentence: `the bytes that the secret is the base64 form of`. */
  key: string;
  /** The value of `key:` in `provider: hmac`. */
  keySetting: 'utf8' | 'base64' | 'hex' | 'whsec';
  hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  encoding: 'hex' | 'base64' | 'base64url';
}

const HASHES = ['sha256', 'sha1', 'sha512', 'sha384'] as const;
const ENCODINGS = ['hex', 'base64', 'base64url'] as const;
const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** How a signature that came was made, or undefined when no reading of the secrets gives it. */
export function madeWith({ content, given = [] }: Trace, secrets: readonly NamedSecret[]): MadeWith | undefined {
  if (content === undefined || given.length === 0) return undefined;
  for (const { name, value } of secrets) {
    for (const { bytes, key, keySetting } of keysOf(value)) {
      for (const hash of HASHES) {
        const digest = createHmac(hash, bytes).update(content).digest();
        const encoding = ENCODINGS.find((each) => given.some((text) => holds(text, digest.toString(each), each)));
        if (encoding !== undefined) return { secret: name, key, keySetting, hash, encoding };
      }
    }
  }
  return undefined;
}

function holds(given: string, signature: string, encoding: string): boolean {
  return encoding === 'hex' ? given.toLowerCase().includes(signature) : given.includes(signature);
}

function keysOf(secret: string): { bytes: Buffer; key: string; keySetting: MadeWith['keySetting'] }[] {
  const text = secret.trim();
  const unprefixed = text.replace(/^whsec_/, '');
  const keys = [{ bytes: Buffer.from(secret), key: "the secret's text", keySetting: 'utf8' as MadeWith['keySetting'] }];
  if (BASE64.test(unprefixed)) {
    const keySetting = unprefixed === text ? 'base64' : 'whsec';
    const key = `the bytes that the secret${keySetting === 'whsec' ? ', after `whsec_`,' : ''} is the base64 form of`;
    keys.push({ bytes: Buffer.from(unprefixed, 'base64'), key, keySetting });
  }
  if (HEX.test(text)) {
    keys.push({
      bytes: Buffer.from(text, 'hex'),
      key: 'the bytes that the secret is the hex form of',
      keySetting: 'hex',
    });
  }
  return keys;
}
