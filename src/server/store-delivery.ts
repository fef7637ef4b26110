// Commits a verified request as a delivery with its event and starts, and makes the answer to its sender.
// It never answers 2xx unless the store has the delivery.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { EventData, Json } from '../../workflows/definition.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { matchEvent, type Match } from '../flow/match.ts';
import {
  StoreUnavailableError,
  type Accepted,
  type ClaimedStart,
  type NewEvent,
  type NewStart,
  type Store,
} from '../inbox/store.ts';
import { deliveryIdOf, eventTypeOf } from '../providers/event-fields.ts';
import type { InboundRequest } from '../providers/provider.ts';
import type { Answer } from './answer.ts';
import { claimedStarts } from './claimed-starts.ts';
import type { CompiledSource } from './compiled-source.ts';
import { eventIdOf } from './event-id.ts';
import { redactHeaders, redactQuery } from './redaction.ts';
import * as refusals from './refusals.ts';
import { jsonReply, type Reply } from './reply.ts';
import { runReply, type ResultUrls } from './run-reply.ts';
import type { Stopping } from './stopping.ts';

/** A verified request, its body read. */
interface VerifiedRequest {
  request: InboundRequest;
  /** Unix time in milliseconds. */
  receivedAt: number;
  /** What the bytes hold. */
  parsedBody: Json;
  /** What flows see. */
  body: Json;
  /** `body` is exactly JSON.parse of the bytes. */
  bodyIsRaw: boolean;
  /** Why it is kept without starting anything. */
  parkedFor?: string;
}

/** Stores a delivery and answers for it. Rejects only on a bug. */
export type StoreDelivery = (catalog: Catalog, source: CompiledSource, verified: VerifiedRequest) => Promise<Reply>;

export interface StoreDeliveryDeps extends ResultUrls {
  store: Pick<Store, 'accept' | 'putDefinition'>;
  answer: Answer;
  clock(): number;
  logger: Logger;
  stopping: Stopping;
  /** Called after each commit with the starts that are to be dispatched. */
  accepted?(starts: ClaimedStart[]): void;
}

/** Makes the storing function of one process. */
export function createStoreDelivery(deps: StoreDeliveryDeps): StoreDelivery {
  const keepDefinitions = definitionKeeper(deps.store);
  return async (catalog, source, verified) => {
    const { request, receivedAt } = verified;
    const { provider, settings } = source;
    const sourceName = source.source.name;
    // Without an id of the sender's nothing can be recognised as a repeat: every request is a delivery of its own.
    const deliveryId = deliveryIdOf(provider, settings, request, verified.parsedBody) ?? randomUUID();
    const event: EventData = {
      id: eventIdOf(sourceName, deliveryId),
      type: eventTypeOf(provider, settings, request, verified.parsedBody),
      source: sourceName,
      time: new Date(receivedAt).toISOString(),
      body: verified.body,
      headers: redactHeaders(request.headers, source.credentialHeaders),
      query: redactQuery(request.query, source.credentialParameters),
    };
    const matches = verified.parkedFor === undefined ? matchEvent(catalog, event) : [];
    const starting = matches.filter((match) => match.outcome === 'matched');
    const answering = starting.filter((match) => match.trigger.respond === 'result');
    const answers = answering.length === 1 ? answering[0] : undefined;

    const starts = starting.map((match): NewStart => ({
      flow: match.flow.definition.flow,
      definitionHash: match.flow.hash,
      respondWithinMs: match === answers ? match.trigger.respondWithinMs : undefined,
    }));
    let accepted: Accepted;
    try {
      await keepDefinitions(starting);
      accepted = await deps.store.accept({
        source: sourceName,
        deliveryId,
        receivedAt,
        method: request.method,
        headers: event.headers,
        query: event.query,
        contentType: request.headers['content-type'] ?? '',
        body: request.body,
        events: [newEvent(event, verified, matches, starts)],
      });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      deps.logger.error({ source: sourceName, reason: error.message }, 'a delivery could not be stored');
      return refusals.storeUnavailable;
    }
    const claimed = claimedStarts(event, receivedAt, starts, accepted.startIds);
    const dispatched = claimed.filter((start) => start.respondWithinMs === undefined);
    if (dispatched.length > 0) deps.accepted?.(dispatched);
    const eventId = accepted.eventIds[0] ?? event.id;
    return answers
      ? resultReply(deps, eventId, answers, claimed, deps.clock() - receivedAt)
      : storedReply(source, eventId, accepted.duplicate);
  };
}

function newEvent(event: EventData, verified: VerifiedRequest, matches: Match[], starts: NewStart[]): NewEvent {
  const failed = matches.find((match) => match.outcome === 'filter_failed');
  return {
    id: event.id,
    type: event.type,
    body: verified.bodyIsRaw ? undefined : event.body,
    starts,
    outcome: outcomeOf(verified, matches),
    reason: verified.parkedFor ?? failed?.reason,
  };
}

function outcomeOf(verified: VerifiedRequest, matches: Match[]): NewEvent['outcome'] {
  if (verified.parkedFor !== undefined) return 'parked';
  const outcomes = matches.map((match) => match.outcome);
  if (outcomes.includes('matched')) return 'matched';
  if (outcomes.includes('filter_failed')) return 'filter_failed';
  return outcomes.includes('filtered') ? 'filtered' : 'unmatched';
}

/** `respond: result`: waits for what the flow answers, for the rest of its time. A repeat waits for the same run. */
async function resultReply(
  deps: StoreDeliveryDeps,
  eventId: string,
  match: Match,
  claimed: ClaimedStart[],
  elapsedMs: number,
): Promise<Reply> {
  const { flow, respondsEarly } = match.flow.definition;
  const start = { eventId, flow, respondsEarly, claimed: claimed.find((candidate) => candidate.flow === flow) };
  const withinMs = Math.max(match.trigger.respondWithinMs - elapsedMs, 0);
  const answered = await deps.stopping.unlessStopped(deps.answer(start, withinMs), { state: 'pending' });
  // It was stored just now, so a run that nobody knows yet is one that will start.
  return runReply(start, answered.state === 'unknown' ? { state: 'pending' } : answered, deps);
}

function storedReply(source: CompiledSource, eventId: string, duplicate: boolean): Reply {
  const { status, body } = source.provider.success;
  const reason = duplicate ? 'duplicate' : 'stored';
  return body === 'empty' ? { status, reason } : jsonReply(status, { id: eventId }, reason);
}

/** Stores the definitions that starts refer to, once each; the store keeps one for as long as starts need it. */
function definitionKeeper(store: Pick<Store, 'putDefinition'>): (matches: Match[]) => Promise<void> {
  const kept = new WeakSet<LoadedFlow>();
  return async (matches) => {
    for (const { flow } of matches) {
      if (kept.has(flow)) continue;
      await store.putDefinition(flow.hash, JSON.stringify(flow.definition));
      kept.add(flow);
    }
  };
}
