// What is kept of a refused request, for the people who wonder why nothing ran. Bounded, without credentials, never a query.
import type { IncomingMessage } from 'node:http';
import { REJECTED_BODY_BYTES_MAX, type Rejection } from '../inbox/store.ts';
import type { Attempt } from './receive.ts';
import { REDACTED, redactHeaders } from './redaction.ts';
import type { Reply } from './reply.ts';

const PATH_CHARACTERS_MAX = 200;
const HEADER_NAME_CHARACTERS_MAX = 100;
const HEADER_VALUE_CHARACTERS_MAX = 256;
/** So much of a secret at the end of what is kept tells something of it. */
const SECRET_START_CHARACTERS = 4;
/** Names and values together. */
const HEADERS_CHARACTERS_MAX = 4 * 1024;
/** A header that holds an address of a page: its query may hold credentials of others (`referer`, `x-original-url`). */
const URL_QUERY = /^((?:\/|[a-z][a-z0-9+.-]*:\/\/)[^?#]*)[?#].*$/i;

/** Where the source is not known, nobody says in which header its key is: of all others only the names are kept. */
const HARMLESS = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'origin',
  'referer',
  'transfer-encoding',
  'user-agent',
]);

/** The rejection. `at` is Unix time in milliseconds. The whole body can be let go of afterwards. */
export function rejectionOf(
  request: IncomingMessage,
  attempt: Attempt,
  reply: Reply,
  address: string,
  at: number,
): Rejection {
  const body = attempt.body ?? Buffer.alloc(0);
  const headers = redactHeaders(request.headers, attempt.source?.credentialHeaders ?? []);
  return {
    at,
    source: attempt.name.slice(0, PATH_CHARACTERS_MAX),
    status: reply.status,
    reason: reply.reason,
    method: request.method ?? '',
    address,
    headers: shortened(attempt.source ? headers : withoutDoubtful(headers)),
    bodyStart: startOf(body, attempt.source?.secrets() ?? []),
    bodyBytes: body.length,
  };
}

/** Its beginning; a secret that stands in it (some senders put one into the body) is not kept, nor the start of one at its cut end. */
function startOf(body: Buffer, secrets: string[]): Uint8Array {
  const start = body.subarray(0, REJECTED_BODY_BYTES_MAX);
  // Read as latin1, every byte stays what it is.
  const text = start.toString('latin1');
  const kept = secrets.reduce((rest, secret) => withoutSecret(rest, Buffer.from(secret).toString('latin1')), text);
  return kept === text ? new Uint8Array(start) : new Uint8Array(Buffer.from(kept, 'latin1'));
}

function withoutSecret(text: string, secret: string): string {
  if (secret === '') return text;
  const whole = text.replaceAll(secret, REDACTED).slice(0, REJECTED_BODY_BYTES_MAX);
  for (let length = Math.min(secret.length - 1, whole.length); length >= SECRET_START_CHARACTERS; length -= 1) {
    if (whole.endsWith(secret.slice(0, length))) return whole.slice(0, -length);
  }
  return whole;
}

function withoutDoubtful(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, HARMLESS.has(name) ? value : REDACTED]),
  );
}

function shortened(headers: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  let characters = 0;
  for (const [name, value] of Object.entries(headers)) {
    const withoutQuery = value.replace(URL_QUERY, '$1').slice(0, HEADER_VALUE_CHARACTERS_MAX);
    characters += name.length + withoutQuery.length;
    if (name.length > HEADER_NAME_CHARACTERS_MAX) continue;
    if (characters > HEADERS_CHARACTERS_MAX) break;
    kept[name] = withoutQuery;
  }
  return kept;
}
