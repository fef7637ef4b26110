// Turns the text of a secret into the bytes of a key. A text that does not decode gives no key, never a guess.

/** `utf8`: the text itself. `whsec`: base64, with or without `whsec_` before it (Standard Webhooks). */
export type KeyDecoding = 'utf8' | 'base64' | 'hex' | 'whsec';

const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const WHSEC_PREFIX = 'whsec_';

/** The key's bytes, or undefined when the secret is empty or not in that encoding. */
export function decodeKey(secret: string, decoding: KeyDecoding): Buffer | undefined {
  if (secret === '') return undefined;
  if (decoding === 'utf8') return Buffer.from(secret, 'utf8');
  if (decoding === 'hex') return HEX.test(secret) ? Buffer.from(secret, 'hex') : undefined;
  const text = decoding === 'whsec' && secret.startsWith(WHSEC_PREFIX) ? secret.slice(WHSEC_PREFIX.length) : secret;
  if (!BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 ? bytes : undefined;
}
