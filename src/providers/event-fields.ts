// Where an event's type and a delivery's id stand: in a header or in the body. Values read here are untrusted and bounded.
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { readHeader } from './headers.ts';
import type { InboundRequest, Provider } from './provider.ts';

/** The type of an event whose request does not say one. */
const EVENT_TYPE_DEFAULT = 'webhook';
/** Longer types are not types; the event then is a plain `webhook`. */
const EVENT_TYPE_CHARACTERS_MAX = 200;
/** Longer delivery ids are replaced by their hash. */
const DELIVERY_ID_CHARACTERS_MAX = 200;

// oxlint-disable-next-line no-control-regex
const PRINTABLE = /^[^\u0000-\u001f\u007f]+$/;
/** A string of RFC 8941, section 3.3.3. */
const SF_STRING = /^"((?:[^"\\]|\\["\\])*)"$/;
const FIELD_PATTERN = '^(header:[!-~]+|body:[^.\\s]+(\\.[^.\\s]+)*)$';

/** Settings that every provider takes: they override what the provider would read. */
export const fieldSettings: JsonObject = {
  event_type: {
    description: 'Where the event type is: `header:x-event` or `body:data.type`.',
    type: 'string',
    pattern: FIELD_PATTERN,
  },
  delivery_id: {
    description:
      'Where the delivery id is: `header:x-request-id` or `body:id`. Repeats of one id start nothing new; without an id every request counts.',
    type: 'string',
    pattern: FIELD_PATTERN,
  },
};

/** The event's type: what the source's `event_type:` points at, else what the provider knows, else `webhook`. */
export function eventTypeOf(provider: Provider, settings: JsonObject, request: InboundRequest, body: Json): string {
  const field = settings['event_type'];
  const type = typeof field === 'string' ? readField(field, request, body) : provider.eventType(request, body);
  if (type === undefined || type.length > EVENT_TYPE_CHARACTERS_MAX || !PRINTABLE.test(type)) return EVENT_TYPE_DEFAULT;
  return type;
}

/** The sender's id for the delivery, or undefined when it sends none (then nothing can be recognised as a repeat). */
export function deliveryIdOf(
  provider: Provider,
  settings: JsonObject,
  request: InboundRequest,
  body: Json,
): string | undefined {
  const field = settings['delivery_id'];
  const id = typeof field === 'string' ? readField(field, request, body) : provider.deliveryId(request, body);
  if (id === undefined || id === '') return undefined;
  if (id.length <= DELIVERY_ID_CHARACTERS_MAX && PRINTABLE.test(id)) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

/** Where `idempotencyKey` reads, for the docs. */
export const IDEMPOTENCY_KEY_PLACE = 'header `idempotency-key`, if sent';

/**
 * What senders that nobody knows better call a delivery: the `idempotency-key` header, an sf-string by the IETF's draft
 * (draft-ietf-httpapi-idempotency-key-header: `"8e03978e"`), which most send without the quotes.
 */
export function idempotencyKey(request: InboundRequest): string | undefined {
  const header = readHeader(request, 'idempotency-key');
  const quoted = header === undefined ? null : SF_STRING.exec(header);
  return quoted === null ? header : quoted[1]!.replace(/\\(.)/g, '$1');
}

/** Reads `header:NAME` or `body:PATH`; undefined unless a text or a number stands there. */
function readField(field: string, request: InboundRequest, body: Json): string | undefined {
  if (field.startsWith('header:')) return readHeader(request, field.slice('header:'.length).toLowerCase());
  return bodyText(body, ...field.slice('body:'.length).split('.'));
}

/** The text or number at a path of own keys, as text. */
export function bodyText(body: Json, ...path: string[]): string | undefined {
  let value: Json | undefined = body;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  if (typeof value === 'string') return value === '' ? undefined : value;
  // Beyond 2^53 two numbers may read as one, and an event must not be taken for a repeat of another.
  const isExact = typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? String(value) : undefined;
}
