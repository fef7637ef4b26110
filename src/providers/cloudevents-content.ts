// The three ways in which CloudEvents travel over HTTP, and where each puts an event's attributes.
// https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { bodyText } from './event-fields.ts';
import { CONFLICT, singleHeader } from './headers.ts';
import { isObject, readJson } from './json-body.ts';
import type { InboundRequest, OutboundRequest, RefusalReason } from './provider.ts';

/** `unknown`: an event format that is not JSON. */
export type ContentMode = 'binary' | 'structured' | 'batch' | 'unknown';

/** Attributes that every event has (CloudEvents 1.0, "REQUIRED Attributes"). */
const REQUIRED = ['id', 'source', 'specversion', 'type'] as const;
type RequiredAttribute = (typeof REQUIRED)[number];
type CloudEvent = JsonObject & Record<RequiredAttribute, string>;

const VERSION = /^1\.\d{1,3}$/;
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

/** How the request carries its event; section 1.3 of the binding. */
export function contentMode({ headers }: Pick<InboundRequest, 'headers'>): ContentMode {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (mediaType === STRUCTURED) return 'structured';
  if (mediaType === BATCH) return 'batch';
  return mediaType.startsWith('application/cloudevents') ? 'unknown' : 'binary';
}

/** Whether a value is an event of version 1.x in the JSON format, with all that it must have. */
export function isCloudEvent(value: Json | undefined): value is CloudEvent {
  if (!isObject(value)) return false;
  const isComplete = REQUIRED.every((name) => {
    const attribute = Object.hasOwn(value, name) ? value[name] : undefined;
    return typeof attribute === 'string' && attribute !== '';
  });
  return isComplete && VERSION.test(value['specversion'] as string);
}

/** Why the request is no event; undefined when it is one, or a batch of them. */
export function missesAttributes(request: InboundRequest): RefusalReason | undefined {
  switch (contentMode(request)) {
    case 'unknown':
      return 'envelope_malformed';
    case 'structured':
      return isCloudEvent(readJson(request.body)) ? undefined : 'envelope_malformed';
    case 'batch': {
      const batch = readJson(request.body);
      return Array.isArray(batch) && batch.every(isCloudEvent) ? undefined : 'envelope_malformed';
    }
    case 'binary': {
      const values = REQUIRED.map((name) => headerAttribute(request, name));
      if (values.includes(CONFLICT)) return 'header_conflict';
      const version = headerAttribute(request, 'specversion');
      const isComplete = values.every((value) => value !== undefined && value !== '');
      return isComplete && typeof version === 'string' && VERSION.test(version) ? undefined : 'envelope_malformed';
    }
  }
}

/** An attribute of the event, wherever the mode puts it. `body` is the item's in a batch. */
export function attributeOf(request: InboundRequest, body: Json, name: RequiredAttribute): string | undefined {
  if (contentMode(request) !== 'binary') return bodyText(body, name);
  const value = headerAttribute(request, name);
  return typeof value === 'string' ? value : undefined;
}

/** What identifies an event: `source` and `id` together. A source is a URI, so the space between them is the first. */
export function eventKey(source: string, id: string): string {
  return `${source.replaceAll(' ', '%20')} ${id}`;
}

/** Section 3.1.3.2: unquoted, then percent-decoded once; what is no UTF-8 then is no value. */
function headerAttribute(request: InboundRequest, name: RequiredAttribute): string | undefined | typeof CONFLICT {
  const header = singleHeader(request, `ce-${name}`);
  if (typeof header !== 'string') return header;
  const isQuoted = header.length >= 2 && header.startsWith('"') && header.endsWith('"');
  const text = isQuoted ? header.slice(1, -1).replace(/\\(.)/g, '$1') : header;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A request to be sent, as the mode that its body is in: a file may hold an event, a list of them, or only data. */
export function withContentMode(request: OutboundRequest): OutboundRequest {
  const body = readJson(request.body);
  const isBatch = Array.isArray(body) && body.length > 0 && body.every(isCloudEvent);
  if (!isBatch && !isCloudEvent(body)) return request;
  const others = Object.entries(request.headers).filter(([name]) => !name.startsWith('ce-'));
  return { ...request, headers: { ...Object.fromEntries(others), 'content-type': isBatch ? BATCH : STRUCTURED } };
}
