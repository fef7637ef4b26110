// Which HTTP answers are failures, which of them are worth another attempt, and what is told about them. Pure.
import { ConnectorError } from './connector-error.ts';
import type { OutgoingResponse } from './outgoing.ts';
import { decodeBody } from './response-value.ts';

/** A service's wish for a delay is honoured up to this long. */
const RETRY_AFTER_MS_MAX = 60 * 60 * 1000;
/** How much of a failed answer's body travels in the failure; histories keep it. */
const ERROR_BODY_BYTES_MAX = 8 * 1024;
const ERROR_HEADERS_MAX = 32;
const ERROR_HEADER_CHARS_MAX = 512;

/** 408, 425, 429 and 5xx: the service may answer otherwise later. Every other status would be the same again. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** `https://host/path`: never the query or user info, which may hold secrets. */
export function describeUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/**
 * Milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds or an HTTP date), at most an hour;
 * undefined when it is absent or neither.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, RETRY_AFTER_MS_MAX);
  // Date.parse takes almost anything; an HTTP date always names its day first.
  const time = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  return Math.min(Math.max(time - now, 0), RETRY_AFTER_MS_MAX);
}

/** The failure for an answer whose status was not wanted. `target` is what was called, for people: `POST https://host/path`. */
export function statusFailure(target: string, response: OutgoingResponse): ConnectorError {
  return new ConnectorError('http_status', `${target} answered ${response.status}`, {
    retryable: isRetryableStatus(response.status),
    status: response.status,
    headers: boundedHeaders(response.headers),
    body: boundedBody(response),
    retryAfterMs: parseRetryAfter(response.headers['retry-after'], Date.now()),
  });
}

function boundedHeaders(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => name !== 'set-cookie');
  return Object.fromEntries(
    entries.slice(0, ERROR_HEADERS_MAX).map(([name, value]) => [name, value.slice(0, ERROR_HEADER_CHARS_MAX)]),
  );
}

function boundedBody(response: OutgoingResponse): ConnectorError['details']['body'] {
  const short = response.body.length <= ERROR_BODY_BYTES_MAX;
  const body = short ? response.body : response.body.subarray(0, ERROR_BODY_BYTES_MAX);
  // Half a JSON document does not parse and half a binary one says nothing: what is left of a long body is given as text.
  return decodeBody(body, response.headers['content-type']).body;
}
