// Reads what a case says of an event or a delivery into the event that flows see, as its source's provider reads a request: all but
// the proof of who sent it. It decides nothing about what the event starts or wakes.
import type { EventData, Json, JsonObject } from '../../workflows/definition.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import { RUN_SOURCE } from '../../workflows/run-life.ts';
import type { Catalog, Source } from '../flow/catalog.ts';
import { filterEvent } from '../flow/match.ts';
import { isObject } from '../flow/step-tree.ts';
import { deliveryIdOf, eventTypeOf } from '../providers/event-fields.ts';
import { findProvider } from '../providers/index.ts';
import type { InboundRequest, Provider } from '../providers/provider.ts';
import { eventIdOf } from '../server/event-id.ts';
import { redactHeaders, redactQuery } from '../server/redaction.ts';
import { compileSchema, type CheckBody } from '../server/schema.ts';

/** An event or a delivery as a test file has it. */
export interface WrittenEvent {
  kind: 'event' | 'delivery';
  /** All but the body: `type`, `id`, `headers`, … */
  fields: JsonObject;
  body?: Json | undefined;
}

/** What is known of an event where its text says nothing. */
export interface Surroundings {
  source: Source;
  /** Types that somebody listens or waits for: of one, the event has it. */
  types: string[];
  /** Id of a delivery whose sender names none. */
  deliveryId: string;
  /** Unix milliseconds. */
  time: number;
}

/** Type of an event that nobody gives another. */
const TYPE_DEFAULT = 'manual';

/** Sources whose events are no deliveries: flows emit them, and runs end. */
const OWN_SOURCES: readonly string[] = [EMIT_SOURCE, RUN_SOURCE];

/** In place of such a source. */
const OWN_SOURCE: Omit<Source, 'name'> = {
  auth: { provider: 'none', secrets: [], settings: {} },
  onInvalid: 'reject',
  decompress: false,
  retired: false,
  file: '',
  line: 0,
};

/** The source of this name, which for an event may be one of Hookline's own. */
export function findSource(catalog: Catalog, name: string, kind: WrittenEvent['kind']): Source | undefined {
  const source = catalog.sources.get(name);
  if (source !== undefined || kind === 'delivery' || !OWN_SOURCES.includes(name)) return source;
  return { ...OWN_SOURCE, name };
}

/** The event, or why there is none. */
export function readEvent(written: WrittenEvent, around: Surroundings): EventData | { refused: string } {
  return written.kind === 'event' ? plainEvent(written, around) : deliveredEvent(written, around);
}

/** Why the source keeps the event back: its schema, its filter. Undefined when it lets it through. */
export function heldBackBy(source: Source, event: EventData): string | undefined {
  const [mismatch] = source.schema === undefined ? [] : (checkOf(source.schema, false)(event.body) ?? []);
  if (mismatch !== undefined) {
    return `the body does not follow the schema of source \`${source.name}\`: ${mismatchText(mismatch)}`;
  }
  const filtered = filterEvent(source.if, event);
  if (filtered.outcome === 'matched') return undefined;
  return `the filter of source \`${source.name}\` (\`if: ${source.if}\`) ${verdictText(filtered)}`;
}

/** What a filter said, as the end of a sentence about it. */
export function verdictText({ outcome, reason }: { outcome: string; reason?: string }): string {
  return outcome === 'filtered' ? 'does not let it through' : `fails: ${reason ?? outcome}`;
}

const checks = new WeakMap<JsonObject, CheckBody>();

/** Compiling costs more than a run: done once for each schema, which is either of a source or of an input. */
export function checkOf(schema: JsonObject, fillDefaults: boolean): CheckBody {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const check = compileSchema(schema, { fillDefaults });
  checks.set(schema, check);
  return check;
}

/** What does not follow a schema, and where. */
export function mismatchText({ path, message }: { path: string; message: string }): string {
  return path === '' ? message : `${path} ${message}`;
}

/** An event as flows see it; only its type and id may be left to the source. */
function plainEvent(
  { fields, body = null }: WrittenEvent,
  { source, types, deliveryId, time }: Surroundings,
): EventData {
  const request = requestOf(fields, body);
  const provider = findProvider(source.auth.provider);
  const type =
    textIn(fields, 'type') ??
    (types.length === 1 ? types[0]! : undefined) ??
    (provider === undefined ? TYPE_DEFAULT : eventTypeOf(provider, source.auth.settings, request, body));
  return {
    id: textIn(fields, 'id') ?? eventIdOf(source.name, deliveryId),
    type,
    source: source.name,
    time: new Date(textIn(fields, 'time') ?? time).toISOString(),
    body,
    headers: request.headers as Record<string, string>,
    query: request.query,
  };
}

/** A request as its sender makes it, read as the source's provider reads it. */
function deliveredEvent(
  { fields, body: parsed = null }: WrittenEvent,
  { source, types, deliveryId, time }: Surroundings,
): EventData | { refused: string } {
  const { settings, provider: name } = source.auth;
  const provider = findProvider(name);
  if (provider === undefined) return { refused: `there is no provider \`${name}\`` };
  const id = textIn(fields, 'id') ?? deliveryId;
  const request = announced(source, types, provider, fields, parsed, id);
  const items = provider.items?.(parsed);
  const item = items === undefined ? parsed : items[0];
  if (item === undefined) return { refused: 'the delivery carries no event' };
  if (items !== undefined && items.length > 1) {
    return { refused: `the delivery carries ${items.length} events and a case is about one: leave one in it` };
  }
  const own = provider.eventId?.(item) ?? deliveryIdOf(provider, settings, request, parsed) ?? id;
  const credentials = provider.credentials?.(settings) ?? { headers: [], query: [] };
  return {
    id: items === undefined ? eventIdOf(source.name, own) : eventIdOf(source.name, own, '0'),
    type: eventTypeOf(provider, settings, request, item),
    source: source.name,
    time: new Date(time).toISOString(),
    body: provider.eventBody?.(item) ?? item,
    headers: redactHeaders(request.headers, credentials.headers),
    query: redactQuery(request.query, credentials.query),
  };
}

/** The request with the headers by which its sender tells the type: the one that was asked for, else one that is listened for. */
function announced(
  source: Source,
  types: string[],
  provider: Provider,
  fields: JsonObject,
  parsed: Json,
  id: string,
): InboundRequest {
  const type = textIn(fields, 'type');
  for (const wanted of type === undefined ? types : [type]) {
    const request = requestOf(fields, parsed, provider.announce?.(wanted, id));
    if (eventTypeOf(provider, source.auth.settings, request, parsed) === wanted) return request;
  }
  return requestOf(fields, parsed, provider.announce?.(type, id));
}

function requestOf(fields: JsonObject, body: Json, announcedHeaders: Record<string, string> = {}): InboundRequest {
  const given = isObject(fields['headers']) ? fields['headers'] : {};
  const headers: Record<string, string> = { ...announcedHeaders };
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = String(value);
  return {
    method: 'POST',
    headers,
    rawHeaders: Object.entries(headers).flat(),
    query: (isObject(fields['query']) ? fields['query'] : {}) as Record<string, string | string[]>,
    url: '',
    body: Buffer.from(JSON.stringify(body)),
    fromTrustedProxy: true,
  };
}

function textIn(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}
