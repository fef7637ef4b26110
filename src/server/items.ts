// The events that one verified request carries, each with its own body, checked against the source's schema.
import type { Json } from '../../workflows/definition.ts';
import type { CompiledSource } from './compiled-source.ts';
import * as refusals from './refusals.ts';
import { errorReply, type Reply } from './reply.ts';

/** One event of a request. */
export interface Item {
  /** Its part of the request's body, where its type and id are read. */
  parsed: Json;
  /** What flows see. */
  body: Json;
  /** Why it is kept without starting anything. */
  parkedFor?: string;
}

/** What a request carries. */
export interface Items {
  items: Item[];
  /** The provider says that a request may carry several; then each event has an id of its own, even where there is one. */
  several: boolean;
}

/** One request is one commit, and the store's thread must stay free for others. */
const EVENTS_PER_DELIVERY_MAX = 2_000;

/** Splits a body into its events; a refusal when the schema refuses one of them or there are too many. */
export function readItems(source: CompiledSource, body: Json): Items | Reply {
  const parts = source.provider.items?.(body);
  if (parts === undefined) {
    const item = readItem(source, body, undefined);
    return 'status' in item ? item : { items: [item], several: false };
  }
  if (parts.length > EVENTS_PER_DELIVERY_MAX) return refusals.tooManyEvents(EVENTS_PER_DELIVERY_MAX);
  const items: Item[] = [];
  for (const [index, part] of parts.entries()) {
    const item = readItem(source, part, index);
    if ('status' in item) return item;
    items.push(item);
  }
  return { items, several: true };
}

/** `index`: which one of several, from 0. */
function readItem({ provider, checkBody, source }: CompiledSource, parsed: Json, index?: number): Item | Reply {
  const body = provider.eventBody ? provider.eventBody(parsed) : parsed;
  const mismatches = checkBody?.(body);
  if (mismatches === undefined) return { parsed, body };
  if (source.onInvalid === 'park') {
    return { parsed, body, parkedFor: mismatches.map(({ path, message }) => `${path || '/'} ${message}`).join('; ') };
  }
  const subject = index === undefined ? 'The body' : `Event ${index} of the request (counted from 0)`;
  return errorReply(422, 'schema_mismatch', `${subject} does not follow the schema of this source.`, {
    details: mismatches.map(({ path, message }) => ({ ...(index !== undefined && { item: index }), path, message })),
  });
}
