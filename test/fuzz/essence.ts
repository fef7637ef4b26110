// What a request's part proves, read by other means than the verifiers': equal essence, equal proof.
import { isDeepStrictEqual } from 'node:util';

const LONG_HEX = /[0-9a-f]{40,}/gi;
const SCHEME = /^(bearer|basic)$/i;

/**
 * The items of a header's value: lists may be spaced and separated freely, hex may be in any case, and a scheme's name
 * too. Colons between the digits of a fingerprint say nothing.
 */
export function headerEssence(value: string): string[] {
  return value
    .split(/[\s,;|]+/)
    .filter((item) => item !== '')
    .map((item) => (SCHEME.test(item) ? item.toLowerCase() : lowerHex(item)));
}

function lowerHex(item: string): string {
  const plain = /^[0-9a-f:]{40,}$/i.test(item) ? item.replaceAll(':', '') : item;
  return plain.replace(LONG_HEX, (hex) => hex.toLowerCase());
}

/** `X-Forwarded-Client-Cert`: names of fields are in any case. */
export function certificateEssence(value: string): string[] {
  return headerEssence(value).map((item) => item.replace(/^[a-z]+=/i, (name) => name.toLowerCase()));
}

/** Whether a header still holds every item of the original: others beside them are other senders' or nobody's. */
export function holdsItems(original: unknown, changed: unknown): boolean {
  if (!Array.isArray(original) || !Array.isArray(changed)) return isDeepStrictEqual(original, changed);
  return original.every((item) => changed.includes(item));
}

/** The value of a JSON text; of what is no JSON the text itself. */
export function valueOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return bytes.toString('latin1');
  }
}

/** Mailgun: the three fields, whose place in the body depends on its type. */
export function proofFields(bytes: Buffer, contentType: string): unknown {
  const fields = contentType.includes('form')
    ? Object.fromEntries(new URLSearchParams(bytes.toString()))
    : signatureOf(bytes);
  const { timestamp, token, signature } = fields;
  return { timestamp: String(timestamp), token, signature: lowerHex(String(signature)) };
}

function signatureOf(bytes: Buffer): Record<string, unknown> {
  const value = valueOf(bytes) as { signature?: Record<string, unknown> } | null;
  return value?.signature ?? {};
}

/** Microsoft Graph: what every notification says the secret is. */
export function proofOfNotifications(bytes: Buffer): unknown {
  const value = valueOf(bytes) as { value?: { clientState?: unknown }[] } | null;
  return Array.isArray(value?.value) ? value.value.map((one) => one?.clientState) : bytes.toString('latin1');
}

/** A form's fields in the order of their names. */
export function sortedForm(bytes: Buffer): unknown {
  return [...new URLSearchParams(bytes.toString('utf8'))].map((field) => field.join('=')).toSorted();
}

/** The values of one parameter of a URL's query. */
export function queryParameter(name: string): (url: string) => unknown {
  return (url) => new URLSearchParams(url.split('?').slice(1).join('?')).getAll(name);
}

/** A URL as everybody reads it: what it names, whatever the spelling of host and query. */
export function urlEssence(url: string): unknown {
  if (!URL.canParse(url)) return url;
  const { origin, username, password, pathname, searchParams, hash } = new URL(url);
  return { origin, username, password, pathname, query: [...searchParams], hash };
}
