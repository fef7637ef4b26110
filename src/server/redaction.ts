// Keeps credentials out of what is stored and of what flows see. When in doubt a value is replaced: names stay.
import type { IncomingHttpHeaders } from 'node:http';

/** What stands in the place of a credential. */
export const REDACTED = '[redacted]';

const CREDENTIAL_NAME =
  /authorization|cookie|token|secret|passw|signature|hmac|credential|(api|access|private|auth)[-_]?key|(^|[-_])(auth|jwt|bearer)([-_]|$)/i;

/** The headers in lower case with credentials replaced. `named` are those that the source's settings call credentials. */
export function redactHeaders(headers: IncomingHttpHeaders, named: readonly string[]): Record<string, string> {
  const redacted: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === '__proto__') continue;
    if (CREDENTIAL_NAME.test(name) || named.includes(name)) redacted[name] = REDACTED;
    else redacted[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return redacted;
}

/** The query with credentials replaced. */
export function redactQuery(
  query: Record<string, string | string[]>,
  named: readonly string[],
): Record<string, string | string[]> {
  const redacted: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(query)) {
    redacted[name] = CREDENTIAL_NAME.test(name) || named.includes(name) ? REDACTED : value;
  }
  return redacted;
}
