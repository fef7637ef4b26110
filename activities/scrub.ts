// Takes secrets out of what leaves an activity: outputs, errors, their headers and bodies. Services echo what they were sent.
// Never touches values of one to three characters: they would tear holes into ordinary text and hide nothing worth hiding.
import type { Json } from '../workflows/definition.ts';

/** Replaces every form of the secrets in a text or in any JSON value, keys too. */
export interface Scrubber {
  text(text: string): string;
  json(value: Json): Json;
}

/** Shorter values are not scrubbed. */
const SECRET_CHARS_MIN = 4;
/** Fragments of base64 shorter than this occur by chance. */
const BASE64_CHARS_MIN = 8;
const MASK = '[secret]';

/** A scrubber for `secrets`. One pass over each text, whatever their number; texts without any are returned as they are. */
export function createScrubber(secrets: Iterable<string>): Scrubber {
  const forms = [...new Set([...secrets].flatMap(formsOf))].filter((form) => form.length >= SECRET_CHARS_MIN);
  // Longest first: a form that contains another one is replaced whole.
  forms.sort((left, right) => right.length - left.length);
  if (forms.length === 0) return { text: (text) => text, json: (value) => value };
  const exact = new Set(forms);
  const pattern = new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  const text = (value: string): string =>
    forms.some((form) => value.includes(form)) ? value.replace(pattern, MASK) : value;
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return exact.has(String(value)) ? MASK : value;
    if (Array.isArray(value)) return value.map(json);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), json(item)]));
  };
  return { text, json };
}

function formsOf(secret: string): string[] {
  if (secret.length < SECRET_CHARS_MIN) return [];
  const encoded = safeEncode(secret);
  return [
    secret,
    encoded,
    encoded.replaceAll('%20', '+'),
    encoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    ...base64Forms(secret),
    ...urlForms(secret),
  ];
}

/** Lone surrogates cannot be encoded; such a value can only appear as it is. */
function safeEncode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Base64 and base64url of the secret alone, and of the secret somewhere inside a longer text (`user:SECRET`), where its bytes start
 * at one of three offsets. The characters that also depend on the neighbouring bytes are left out.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((padded.length * 8) / 6);
    return padded.toString('base64').slice(first, last);
  });
  const forms = [bytes.toString('base64'), ...inside.filter((form) => form.length >= BASE64_CHARS_MIN)];
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')]);
}

/** A secret that is a URL (a Slack webhook, smtp://user:password@host) also appears without its query, as a path, and in parts. */
function urlForms(secret: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(secret) || !URL.canParse(secret)) return [];
  const { href, host, pathname, search, username, password } = new URL(secret);
  const path = pathname.length >= BASE64_CHARS_MIN ? [pathname, `${host}${pathname}`] : [];
  const credentials = [username, password].flatMap((part) => [part, safeDecode(part)]);
  return [href, search.slice(1), ...path, ...credentials.filter((part) => part.length >= SECRET_CHARS_MIN)];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
