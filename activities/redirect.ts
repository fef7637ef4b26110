// Whether and how a redirect is followed. Credentials never leave the origin that they were meant for. Pure.
import { ConnectorError } from './connector-error.ts';

/** What is sent at one hop. Header names in lower case. */
export interface Hop {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Buffer | string | undefined;
}

/** Headers that say nothing about who asks; all others stay behind when a redirect leaves the origin. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent']);
const BODY_HEADERS = new Set(['content-type', 'content-encoding', 'content-language', 'content-length']);

/**
 * The next request after an answer of `status` with `location`, or undefined when that answer is the final one.
 * GET and HEAD follow 301, 302, 303, 307 and 308. Other methods: 303 becomes a GET; 307 and 308 are sent again, body and all,
 * within the same origin only; 301 and 302 are not followed, because clients disagree on what they mean (RFC 9110, 15.4.3).
 */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (location === undefined) return undefined;
  const safe = hop.method === 'GET' || hop.method === 'HEAD';
  const becomesGet = status === 303 && !safe;
  const resends = status === 307 || status === 308;
  if (!(resends || status === 303 || (safe && (status === 301 || status === 302)))) return undefined;
  const url = redirectTarget(location, hop.url);
  const sameOrigin = url.origin === hop.url.origin;
  if (resends && !safe && !sameOrigin) return undefined;
  const keepsBody = !becomesGet && hop.body !== undefined && sameOrigin;
  return {
    method: becomesGet ? 'GET' : hop.method,
    url,
    headers: Object.fromEntries(
      Object.entries(hop.headers).filter(
        ([name]) => (sameOrigin || HARMLESS_HEADERS.has(name)) && (keepsBody || !BODY_HEADERS.has(name)),
      ),
    ),
    body: keepsBody ? hop.body : undefined,
  };
}

function redirectTarget(location: string, base: URL): URL {
  const url = URL.canParse(location, base.href) ? new URL(location, base.href) : undefined;
  const followed =
    url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
  if (!followed) {
    throw new ConnectorError(
      'too_many_redirects',
      `${base.origin} redirects to something that is not a plain http(s) URL`,
      {
        retryable: false,
      },
    );
  }
  url.hash = '';
  return url;
}
