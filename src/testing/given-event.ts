// The event that a case begins with, and whether it starts the flow: through the same matching, schemas and providers as a
// request to a running Hookline, all but the proof of who sent it.
import type { EventData, Json, JsonObject } from '../../workflows/definition.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import type { Catalog, LoadedFlow, Schedule, Source } from '../flow/catalog.ts';
import { filterEvent, matchEvent } from '../flow/match.ts';
import { isObject } from '../flow/step-tree.ts';
import { deliveryIdOf, eventTypeOf } from '../providers/event-fields.ts';
import { findProvider } from '../providers/index.ts';
import type { InboundRequest, Provider } from '../providers/provider.ts';
import { eventIdOf } from '../server/event-id.ts';
import { redactHeaders, redactQuery } from '../server/redaction.ts';
import { compileSchema, type CheckBody } from '../server/schema.ts';
import type { TestCase } from './test-case.ts';

/** A start that is to be run, or why there is none. */
export type Started =
  | { event: EventData; respondWithinMs?: number }
  /** The event does not start the flow. */
  | { refused: string };

/** Id of a delivery whose sender names none. */
const DELIVERY_ID = 'test';
/** Source and type of runs started by hand. */
const MANUAL = 'manual';
/** Source and type of runs that a schedule starts. */
const SCHEDULE = 'schedule';

/** In place of a source, for events that flows emit. */
const EMITTED: Source = {
  name: EMIT_SOURCE,
  auth: { provider: 'none', secrets: [], settings: {} },
  onInvalid: 'reject',
  decompress: false,
  retired: false,
  file: '',
  line: 0,
};

/** What the case's event, delivery or input starts. */
export function startOf(catalog: Catalog, flow: LoadedFlow, test: TestCase): Started {
  const { given } = test;
  if (given.kind === 'input') return manualStart(flow, given.body, test.startMs);
  if (given.kind === 'schedule') return scheduledStart(flow, given.number, test.startMs);
  if (given.kind === 'nothing') {
    if (isManual(flow)) return manualStart(flow, {}, test.startMs);
    if (schedulesOf(flow).length > 0) return scheduledStart(flow, 1, test.startMs);
    return { refused: 'the case says neither `event`, `delivery` nor `input`' };
  }
  const name = sourceName(flow, given.fields);
  const emitted = given.kind === 'event' && name === EMIT_SOURCE ? EMITTED : undefined;
  const source = name === undefined ? undefined : (catalog.sources.get(name) ?? emitted);
  if (source === undefined) {
    const other = isManual(flow) ? '; give it an `input`' : '';
    return {
      refused: name === undefined ? `no trigger of the flow has a source${other}` : `there is no source \`${name}\``,
    };
  }
  const read = given.kind === 'event' ? plainEvent(flow, source, test) : deliveredEvent(flow, source, test);
  return 'refused' in read ? read : matched(catalog, flow, source, read.event);
}

function isManual({ definition, triggers }: LoadedFlow): boolean {
  return definition.input !== undefined || triggers.some(({ kind }) => kind === 'manual');
}

function manualStart({ definition }: LoadedFlow, input: Json, startMs: number): Started {
  const body = structuredClone(input);
  const [mismatch] = definition.input === undefined ? [] : (checkOf(definition.input, true)(body) ?? []);
  if (mismatch !== undefined) return { refused: `the input does not follow \`input\`: ${mismatchText(mismatch)}` };
  const id = eventIdOf(MANUAL, definition.flow, DELIVERY_ID);
  const time = new Date(startMs).toISOString();
  return { event: { id, type: MANUAL, source: MANUAL, time, body, headers: {}, query: {} } };
}

function schedulesOf({ triggers }: LoadedFlow): Schedule[] {
  return triggers.flatMap(({ schedule }) => schedule ?? []);
}

/** As src/temporal/schedule-activities.ts makes it. `number`: which `schedule` trigger of the flow, from 1. */
function scheduledStart(flow: LoadedFlow, number: number, startMs: number): Started {
  const { definition } = flow;
  const schedule = schedulesOf(flow)[number - 1];
  if (schedule === undefined) return { refused: `the flow has no ${number}. \`schedule\` trigger` };
  const time = new Date(startMs).toISOString();
  const body = structuredClone(schedule.input);
  if (definition.input !== undefined) checkOf(definition.input, true)(body);
  const headers = { 'hookline-scheduled-at': time, 'hookline-schedule': String(number) };
  const id = eventIdOf(SCHEDULE, definition.flow, `${number}-${time.replace(/[-:]|\.\d+/g, '')}`);
  return { event: { id, type: SCHEDULE, source: SCHEDULE, time, body, headers, query: {} } };
}

const checks = new WeakMap<JsonObject, CheckBody>();

/** Compiling costs more than a run: done once for each schema, which is either of a source or of an input. */
function checkOf(schema: JsonObject, fillDefaults: boolean): CheckBody {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const check = compileSchema(schema, { fillDefaults });
  checks.set(schema, check);
  return check;
}

function sourceName({ triggers }: LoadedFlow, fields: JsonObject): string | undefined {
  const named = fields['source'];
  return typeof named === 'string' ? named : triggers.find(({ source }) => source !== undefined)?.source;
}

/** An event as flows see it; only its type and id may be left to the source. */
function plainEvent(flow: LoadedFlow, source: Source, { given, startMs }: TestCase): { event: EventData } {
  const { fields, body = null } = given as { fields: JsonObject; body?: Json };
  const request = requestOf(fields, body);
  const provider = findProvider(source.auth.provider);
  const listened = typesOf(flow, source.name);
  const type =
    textIn(fields, 'type') ??
    (listened.length === 1 ? listened[0]! : undefined) ??
    (provider === undefined ? MANUAL : eventTypeOf(provider, source.auth.settings, request, body));
  return {
    event: {
      id: textIn(fields, 'id') ?? eventIdOf(source.name, DELIVERY_ID),
      type,
      source: source.name,
      time: new Date(textIn(fields, 'time') ?? startMs).toISOString(),
      body,
      headers: request.headers as Record<string, string>,
      query: request.query,
    },
  };
}

/** A request as its sender makes it, read as the source's provider reads it. */
function deliveredEvent(
  flow: LoadedFlow,
  source: Source,
  { given, startMs }: TestCase,
): { event: EventData } | { refused: string } {
  const { fields, body: parsed = null } = given as { fields: JsonObject; body?: Json };
  const { settings, provider: name } = source.auth;
  const provider = findProvider(name);
  if (provider === undefined) return { refused: `there is no provider \`${name}\`` };
  const id = textIn(fields, 'id') ?? DELIVERY_ID;
  const request = announced(flow, source, provider, fields, parsed, id);
  const items = provider.items?.(parsed);
  const item = items === undefined ? parsed : items[0];
  if (item === undefined) return { refused: 'the delivery carries no event' };
  if (items !== undefined && items.length > 1) {
    return { refused: `the delivery carries ${items.length} events and a case is about one: leave one in it` };
  }
  const own = provider.eventId?.(item) ?? deliveryIdOf(provider, settings, request, parsed) ?? id;
  const credentials = provider.credentials?.(settings) ?? { headers: [], query: [] };
  return {
    event: {
      id: items === undefined ? eventIdOf(source.name, own) : eventIdOf(source.name, own, '0'),
      type: eventTypeOf(provider, settings, request, item),
      source: source.name,
      time: new Date(startMs).toISOString(),
      body: provider.eventBody?.(item) ?? item,
      headers: redactHeaders(request.headers, credentials.headers),
      query: redactQuery(request.query, credentials.query),
    },
  };
}

/** The request with the headers by which its sender tells the type: the one that was asked for, else one that is listened for. */
function announced(
  flow: LoadedFlow,
  source: Source,
  provider: Provider,
  fields: JsonObject,
  parsed: Json,
  id: string,
): InboundRequest {
  const type = textIn(fields, 'type');
  for (const wanted of type === undefined ? typesOf(flow, source.name) : [type]) {
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

/** Event types that the flow's triggers on this source name in full. */
function typesOf({ triggers }: LoadedFlow, source: string): string[] {
  const types = triggers.filter((trigger) => trigger.source === source).flatMap(({ events }) => events ?? []);
  return [...new Set(types)].filter((type) => !type.includes('*'));
}

/** As the receiver decides it: the source's schema and filter, then the triggers. */
function matched(catalog: Catalog, flow: LoadedFlow, source: Source, event: EventData): Started {
  const [mismatch] = source.schema === undefined ? [] : (checkOf(source.schema, false)(event.body) ?? []);
  if (mismatch !== undefined) {
    return {
      refused: `the body does not follow the schema of source \`${source.name}\`: ${mismatchText(mismatch)}`,
    };
  }
  const filtered = filterEvent(source.if, event);
  if (filtered.outcome !== 'matched')
    return { refused: `the filter (\`if\`) of source \`${source.name}\` ${verdictText(filtered)}` };
  const match = matchEvent(catalog, event).find((each) => each.flow === flow);
  if (match === undefined)
    return { refused: `no trigger takes events of type \`${event.type}\` from source \`${source.name}\`` };
  if (match.outcome !== 'matched') return { refused: `the filter (\`if\`) of the trigger ${verdictText(match)}` };
  const { respond, respondWithinMs } = match.trigger;
  return respond === 'result' ? { event, respondWithinMs } : { event };
}

function mismatchText({ path, message }: { path: string; message: string }): string {
  return path === '' ? message : `${path} ${message}`;
}

function verdictText({ outcome, reason }: { outcome: string; reason?: string }): string {
  return outcome === 'filtered' ? 'does not let it through' : `fails: ${reason ?? outcome}`;
}

function textIn(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}
