// The local sink of `hookline dev`: answers whatever the examples call, and shows it. Never part of `serve`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';

/** Path below which the receiver's port serves the sink in dev. */
export const SINK_PATH = '/sink/';
/** A request body beyond this is cut off. */
const SINK_BODY_BYTES_MAX = 4 * 1024 * 1024;
/** Characters of a body that are shown. */
const SHOWN_CHARACTERS_MAX = 800;

/** Something that reached the sink. */
export interface Caught {
  /** The setting it stands for, e.g. `crm` for `config.CRM_URL`, or `email`. */
  target: string;
  /** `POST /contacts`, or `to ada@example.com`. */
  title: string;
  text: string;
}

/** Answers one request to `/sink/TARGET/…` with 200 and an id derived from the call, and reports it. */
export function createSink(
  show: (caught: Caught) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= SINK_BODY_BYTES_MAX) chunks.push(chunk);
    });
    request.on('error', () => response.destroy());
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const path = (request.url ?? '').slice(SINK_PATH.length);
      const slash = path.search(/[/?]/);
      const target = slash < 0 ? path : path.slice(0, slash);
      const rest = slash < 0 ? '/' : path.slice(slash);
      show({ target, title: `${request.method} ${rest}`, text: shorten(body) });
      // The same call gets the same id, as a service that honours idempotency keys would answer.
      const key = String(request.headers['idempotency-key'] ?? body);
      const id = `sink-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: true, id }));
    });
  };
}

/** Cuts a text for the terminal. */
export function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX
    ? text
    : `${text.slice(0, SHOWN_CHARACTERS_MAX)}… (${text.length} characters)`;
}
