// What a verified request means: its events, what they start, and the rows that the store keeps of them. Pure but for ids.
import type { EventData } from '../../workflows/definition.ts';
import type { Catalog } from '../flow/catalog.ts';
import { filterEvent, matchEvent, outcomeOf, type Match } from '../flow/match.ts';
import type { NewEvent } from '../inbox/store.ts';
import { eventTypeOf } from '../providers/event-fields.ts';
import type { InboundRequest } from '../providers/provider.ts';
import type { CompiledSource } from './compiled-source.ts';
import { eventIdOf } from './event-id.ts';
import type { Item, Items } from './items.ts';
import { redactHeaders, redactQuery } from './redaction.ts';

/** A verified request, its body read. */
export interface VerifiedRequest extends Items {
  request: InboundRequest;
  /** Unix time in milliseconds. */
  receivedAt: number;
  deliveryId: string;
  /** The body of its one event is exactly JSON.parse of the bytes. */
  bodyIsRaw: boolean;
}

/** One event on its way into the store. */
export interface DeliveryEvent {
  event: EventData;
  /** The flows it starts. */
  starting: Match[];
  /** The one whose answer is the sender's answer. */
  answering?: Match;
  row: NewEvent;
}

/** The events of a request, in its order. They share their headers and query. */
export function deliveryEvents(catalog: Catalog, source: CompiledSource, verified: VerifiedRequest): DeliveryEvent[] {
  const { request, items } = verified;
  const shared = {
    source: source.source.name,
    time: new Date(verified.receivedAt).toISOString(),
    headers: redactHeaders(request.headers, source.credentialHeaders),
    query: redactQuery(request.query, source.credentialParameters),
  };
  return items.map((item, index) => {
    const event: EventData = {
      id: idOf(source, verified, item, index),
      type: eventTypeOf(source.provider, source.settings, request, item.parsed),
      source: shared.source,
      time: shared.time,
      body: item.body,
      headers: shared.headers,
      query: shared.query,
    };
    return deliveryEvent(catalog, source, verified, item, event);
  });
}

/**
 * An event that has the sender's own id is the same in every request; others are told apart by their place in theirs.
 * A `delivery_id` of the source's is the author's word on what a repeat is.
 */
function idOf(
  { source, provider, settings }: CompiledSource,
  verified: VerifiedRequest,
  item: Item,
  index: number,
): string {
  const { several, deliveryId } = verified;
  const own = several || settings['delivery_id'] === undefined ? provider.eventId?.(item.parsed) : undefined;
  if (own !== undefined && own !== '') return eventIdOf(source.name, own);
  return several ? eventIdOf(source.name, deliveryId, String(index)) : eventIdOf(source.name, deliveryId);
}

function deliveryEvent(
  catalog: Catalog,
  source: CompiledSource,
  verified: VerifiedRequest,
  { parkedFor }: Item,
  event: EventData,
): DeliveryEvent {
  const verdict = parkedFor === undefined ? filterEvent(source.source.if, event) : PARKED;
  const matches = verdict.outcome === 'matched' ? matchEvent(catalog, event) : [];
  const starting = matches.filter((match) => match.outcome === 'matched');
  const answering = verified.items.length === 1 ? onlyAnswer(starting) : undefined;
  const failed = matches.find((match) => match.outcome === 'filter_failed');
  const row: NewEvent = {
    id: event.id,
    type: event.type,
    body: verified.bodyIsRaw ? undefined : event.body,
    starts: starting.map((match) => ({
      flow: match.flow.definition.flow,
      definitionHash: match.flow.hash,
      respondWithinMs: match === answering ? match.trigger.respondWithinMs : undefined,
      ...(match.admission === undefined ? {} : { admission: match.admission }),
    })),
    outcome: verdict.outcome === 'matched' ? outcomeOf(matches) : verdict.outcome,
    reason: parkedFor ?? verdict.reason ?? failed?.reason,
    held: verdict.outcome !== 'matched',
  };
  return { event, starting, answering, row };
}

const PARKED: { outcome: NewEvent['outcome']; reason?: string } = { outcome: 'parked' };

/** A sender can be given one answer only: where several flows would give one, it gets none of them. */
function onlyAnswer(starting: Match[]): Match | undefined {
  const answering = starting.filter((match) => match.trigger.respond === 'result');
  return answering.length === 1 ? answering[0] : undefined;
}
