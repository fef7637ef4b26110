// What all signature schemes share: where the signatures, the id and the time stand, and which bytes were signed.
// It never sees a parsed body, and never copies or decodes the raw one.
import { CONFLICT, singleHeader } from './headers.ts';
import { refuse, type InboundRequest, type Refusal } from './provider.ts';
import { judgeTime, toleranceMs, type TimestampUnit } from './signed-time.ts';

/** Where a third party puts its signature, and over what. */
export interface SignatureLayout {
  /** The header with the signature, in lower case. */
  header: string;
  /** What stands before a signature (`sha256=`, `v1,`). Items of a list that lack it are other schemes and ignored. */
  prefix?: string;
  /** Between several signatures in the header, any of which may match. */
  separator?: string;
  /** What is signed: text with `{id}`, `{timestamp}`, `{body}`, `{method}` and `{url}`. */
  content: string;
  /** The header with `{id}`, in lower case. */
  idHeader?: string;
  /** Where `{timestamp}` is: a header, or an item of the signature header that begins with `prefix`. */
  timestamp?: { header?: string; prefix?: string; unit: TimestampUnit; toleranceMs: number };
}

/** A request taken apart by its layout; its time was judged already. */
export interface SignedRequest {
  /** Without their prefix, in the order of the header; at least one. */
  signatures: string[];
  /** The signed content in pieces. */
  content: (string | Buffer)[];
}

/** More signatures in one header are not looked at, so that one request cannot cost much. */
const SIGNATURES_MAX = 16;

const PLACEHOLDER = /\{(id|timestamp|body|method|url)\}/;

/**
 * Prepares the reading of requests of one source. `isWellFormed` tells a malformed signature from a wrong one; the
 * source's `tolerance:` setting overrides the layout's.
 */
export function signedRequestReader(
  layout: SignatureLayout,
  toleranceSetting: unknown,
  isWellFormed: (signature: string) => boolean,
): (request: InboundRequest, nowMs: number) => SignedRequest | Refusal {
  const pieces = layout.content.split(PLACEHOLDER);
  const tolerance = toleranceMs(toleranceSetting, layout.timestamp?.toleranceMs ?? 0);
  return (request, nowMs) => {
    const header = singleHeader(request, layout.header);
    if (header === CONFLICT) return refuse(400, 'header_conflict');
    if (header === undefined) return refuse(401, 'signature_missing');
    const items = layout.separator === undefined ? [header] : header.split(layout.separator, SIGNATURES_MAX);

    const signatures = afterPrefix(items, layout.prefix ?? '').filter(isWellFormed);
    if (signatures.length === 0) return refuse(400, 'signature_malformed');

    const id = readId(layout, request);
    if (typeof id !== 'string') return id;
    const timestamp = readTimestamp(layout.timestamp, request, items);
    if (typeof timestamp !== 'string') return timestamp;
    const refusal = layout.timestamp && judgeTime(timestamp, layout.timestamp.unit, tolerance, nowMs);
    return refusal ?? { signatures, content: signedContent(pieces, request, id, timestamp) };
  };
}

function afterPrefix(items: string[], prefix: string): string[] {
  const found: string[] = [];
  for (const item of items) {
    const trimmed = item.trim();
    if (trimmed.startsWith(prefix)) found.push(trimmed.slice(prefix.length));
  }
  return found;
}

function readId(layout: SignatureLayout, request: InboundRequest): string | Refusal {
  if (layout.idHeader === undefined) return '';
  const id = singleHeader(request, layout.idHeader);
  if (id === CONFLICT) return refuse(400, 'header_conflict');
  return id === undefined || id === '' ? refuse(401, 'id_missing') : id;
}

function readTimestamp(
  place: SignatureLayout['timestamp'],
  request: InboundRequest,
  items: string[],
): string | Refusal {
  if (!place) return '';
  if (place.header !== undefined) {
    const value = singleHeader(request, place.header);
    if (value === CONFLICT) return refuse(400, 'header_conflict');
    return value ?? refuse(401, 'timestamp_missing');
  }
  const [timestamp, ...more] = afterPrefix(items, place.prefix ?? '');
  if (timestamp === undefined) return refuse(400, 'timestamp_missing');
  return more.length === 0 ? timestamp : refuse(400, 'timestamp_malformed');
}

function signedContent(pieces: string[], request: InboundRequest, id: string, timestamp: string): (string | Buffer)[] {
  // After a split with a capturing group every second piece is a placeholder's name. Texts that touch are joined.
  const content: (string | Buffer)[] = [];
  let text = '';
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index]!;
    if (index % 2 === 0) text += piece;
    else if (piece === 'id') text += id;
    else if (piece === 'timestamp') text += timestamp;
    else if (piece === 'method') text += request.method;
    else if (piece === 'url') text += request.url;
    else {
      if (text !== '') content.push(Buffer.from(text, 'latin1'));
      content.push(request.body);
      text = '';
    }
  }
  if (text !== '') content.push(Buffer.from(text, 'latin1'));
  return content;
}
