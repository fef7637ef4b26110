// Builds requests as providers see them, for tests.
import type { IncomingHttpHeaders } from 'node:http';
import type { InboundRequest } from '../../src/providers/provider.ts';

/** A POST with the given headers (any case; a list of pairs may repeat a name). */
export function inbound(
  headers: Record<string, string> | [string, string][],
  body: string | Buffer = '',
  more: Partial<InboundRequest> = {},
): InboundRequest {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  const merged: IncomingHttpHeaders = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    // As Node joins repeats of headers it has no rule for.
    merged[key] = merged[key] === undefined ? value : `${String(merged[key])}, ${value}`;
  }
  return {
    method: 'POST',
    headers: merged,
    rawHeaders: pairs.flat(),
    query: {},
    url: 'https://hooks.example/hooks/test',
    body: typeof body === 'string' ? Buffer.from(body) : body,
    fromTrustedProxy: false,
    ...more,
  };
}
