// What all signature schemes share: where the signatures, the id and the time stand, and which bytes were signed.
// It never sees a parsed body, and never copies or decodes the raw one.
import type { JsonObject } from '../../../workflows/definition.ts';
import { CONFLICT, singleHeader } from '../headers.ts';
import { refuse, type InboundRequest, type OutboundRequest, type Refusal, type Trace } from '../provider.ts';
import { judgeTime, toleranceMs, writeTime, type TimestampUnit } from './signed-time.ts';

/** What the signed content is made of. */
export interface ContentParts {
  method: string;
  url: string;
  body: Buffer;
  id: string;
  timestamp: string;
}

/** Where a third party puts its signature, and over what. */
export interface SignatureLayout {
  /** The header with the signature, in lower case. */
  header: string;
  /** What stands before a signature (`sha256=`, `v1,`). Items of a list that lack it are other schemes and ignored. */
  prefix?: string;
  /** Between several signatures in the header, any of which may match. */
  separator?: string;
  /** What is signed: text with `{id}`, `{timestamp}`, `{body}`, `{method}` and `{url}`, or a function where a template cannot say it. */
  content: string | ((parts: ContentParts) => (string | Buffer)[]);
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
  settings: JsonObject,
  isWellFormed: (signature: string) => boolean,
): (request: InboundRequest, nowMs: number, trace?: Trace) => SignedRequest | Refusal {
  const contentOf = contentReader(layout.content);
  const tolerance = toleranceMs(settings['tolerance'], layout.timestamp?.toleranceMs ?? 0);
  return (request, nowMs, trace) => {
    const header = singleHeader(request, layout.header);
    if (header === CONFLICT) return refuse(400, 'header_conflict');
    if (header === undefined) return refuse(401, 'signature_missing');
    if (trace) trace.given = [header];
    const items = layout.separator === undefined ? [header] : header.split(layout.separator, SIGNATURES_MAX);

    const signatures = afterPrefix(items, layout.prefix ?? '').filter(isWellFormed);
    if (signatures.length === 0) return refuse(400, 'signature_malformed');

    const id = readId(layout, request);
    if (typeof id !== 'string') return id;
    const timestamp = readTimestamp(layout.timestamp, request, items);
    if (typeof timestamp !== 'string') return timestamp;
    const refusal = layout.timestamp && judgeTime(timestamp, layout.timestamp.unit, tolerance, nowMs, trace);
    if (refusal) return refusal;
    const { method, url, body } = request;
    const content = contentOf({ method, url, body, id, timestamp });
    if (trace) trace.content = Buffer.concat(content.map((piece) => Buffer.from(piece)));
    return { signatures, content };
  };
}

/**
 * The other side: the request with its id, time and signature in their places. `signatureOf` signs content and gives the
 * signature without its prefix.
 */
export function addSignature(
  layout: SignatureLayout,
  request: OutboundRequest,
  id: string,
  nowMs: number,
  signatureOf: (content: (string | Buffer)[]) => string,
): OutboundRequest {
  const { method, url, body } = request;
  const time = layout.timestamp;
  const timestamp = time ? writeTime(nowMs, time.unit) : '';
  const content = contentReader(layout.content)({ method, url, body, id, timestamp });
  const signature = `${layout.prefix ?? ''}${signatureOf(content)}`;
  const timeItem = time?.prefix === undefined ? [] : [`${time.prefix}${timestamp}`];
  const headers = { ...request.headers, [layout.header]: [...timeItem, signature].join(layout.separator ?? '') };
  if (layout.idHeader !== undefined) headers[layout.idHeader] = id;
  if (time?.header !== undefined) headers[time.header] = timestamp;
  return { ...request, headers };
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

/** Splits a template once; its text pieces that touch are joined for each request. */
function contentReader(template: SignatureLayout['content']): (parts: ContentParts) => (string | Buffer)[] {
  if (typeof template === 'function') return template;
  const pieces = template.split(PLACEHOLDER);
  return (parts) => {
    // After a split with a capturing group every second piece is a placeholder's name.
    const content: (string | Buffer)[] = [];
    let text = '';
    for (let index = 0; index < pieces.length; index += 1) {
      const piece = pieces[index]!;
      if (index % 2 === 0) text += piece;
      else if (piece === 'body') {
        // Header values are bytes that Node reads as latin1.
        if (text !== '') content.push(Buffer.from(text, 'latin1'));
        content.push(parts.body);
        text = '';
      } else text += parts[piece as 'id' | 'timestamp' | 'method' | 'url'];
    }
    if (text !== '') content.push(Buffer.from(text, 'latin1'));
    return content;
  };
}
