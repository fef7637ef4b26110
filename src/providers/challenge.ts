// Unsigned requests that want a text of their own sent back. Anybody can send one, so what is echoed is bounded and inert.
import type { HandshakeAnswer, InboundRequest } from './provider.ts';

/** Known challenges have some 200 characters; longer ones are not answered. */
const CHALLENGE_CHARACTERS_MAX = 1_024;
/** Text without control characters: nothing that could end a header or a line. */
// oxlint-disable-next-line no-control-regex
const INERT = /^[^\u0000-\u001f\u007f-\u009f]+$/;

/** The challenge in a query parameter; undefined when it is not there once, too long, or not plain text. */
export function readChallenge({ query }: InboundRequest, parameter: string): string | undefined {
  const value = Object.hasOwn(query, parameter) ? query[parameter] : undefined;
  if (typeof value !== 'string' || value.length > CHALLENGE_CHARACTERS_MAX) return undefined;
  return INERT.test(value) ? value : undefined;
}

/** Plain text that no browser takes for anything else. */
export function plainAnswer(status: number, body: string): HandshakeAnswer {
  return {
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' },
    body,
  };
}
