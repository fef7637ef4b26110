// Reads headers that decide something. A header that is sent twice with different values is never silently merged.
import type { InboundRequest } from './provider.ts';

/** The header was sent more than once with different values. */
export const CONFLICT = Symbol('conflict');

/**
 * The one value of a header (any case), undefined without it, CONFLICT when it was sent with different values.
 * Node joins or drops repeats in `headers`, so only `rawHeaders` can tell.
 */
export function singleHeader(request: InboundRequest, lowerCaseName: string): string | undefined | typeof CONFLICT {
  const merged = request.headers[lowerCaseName];
  if (merged === undefined) return undefined;
  const { rawHeaders } = request;
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length !== lowerCaseName.length || name.toLowerCase() !== lowerCaseName) continue;
    const value = rawHeaders[index + 1]!;
    if (found !== undefined && found !== value) return CONFLICT;
    found = value;
  }
  return found;
}

/** A header for reading only, e.g. an event's type; undefined when absent or in conflict. */
export function readHeader(request: InboundRequest, lowerCaseName: string): string | undefined {
  const value = singleHeader(request, lowerCaseName);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
