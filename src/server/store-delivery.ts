// Commits a verified request as a delivery with its events and starts, and makes the answer to its sender.
// It never answers 2xx unless the store has the delivery.
import { createHash } from 'node:crypto';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import type { Match } from '../flow/match.ts';
import {
  StoreUnavailableError,
  type Accepted,
  type ClaimedStart,
  type NewDelivery,
  type Store,
} from '../inbox/store.ts';
import type { InboundRequest, Provider } from '../providers/provider.ts';
import type { Answer } from './answer.ts';
import { claimedStarts } from './claimed-starts.ts';
import type { CompiledSource } from './compiled-source.ts';
import { deliveryEvents, type DeliveryEvent, type VerifiedRequest } from './delivery-events.ts';
import * as refusals from './refusals.ts';
import { jsonReply, type Reply } from './reply.ts';
import { runReply, type ResultUrls } from './run-reply.ts';
import type { Stopping } from './stopping.ts';

/** Stores a delivery and answers for it. Rejects only on a bug. */
export type StoreDelivery = (catalog: Catalog, source: CompiledSource, verified: VerifiedRequest) => Promise<Reply>;

export interface StoreDeliveryDeps extends ResultUrls {
  store: Pick<Store, 'accept' | 'putDefinition'>;
  answer: Answer;
  clock(): number;
  stopping: Stopping;
  /** False: only the replay windows that sources declare hold. Default true. */
  replayWindows?: boolean;
  /** Called after each commit with the starts that are to be dispatched. */
  accepted?(starts: ClaimedStart[]): void;
}

/** Makes the storing function of one process. */
export function createStoreDelivery(deps: StoreDeliveryDeps): StoreDelivery {
  const keepDefinitions = definitionKeeper(deps.store);
  return async (catalog, source, verified) => {
    const { receivedAt } = verified;
    const events = deliveryEvents(catalog, source, verified);
    const [first] = events;
    // A request may carry no event at all: there is nothing to store, and nothing to refuse either.
    if (first === undefined) return { status: source.success.status, reason: 'no_events' };
    let accepted: Accepted;
    try {
      await keepDefinitions(events);
      accepted = await deps.store.accept(newDelivery(windowOf(deps, source), source.provider, verified, events, first));
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return { ...refusals.storeUnavailable, cause: error.message };
    }
    const claimed = claimedOf(events, receivedAt, accepted.startIds);
    const dispatched = claimed.filter((start) => start.respondWithinMs === undefined);
    if (dispatched.length > 0) deps.accepted?.(dispatched);
    const eventId = accepted.eventIds[0] ?? first.event.id;
    return first.answering
      ? resultReply(deps, eventId, first.answering, claimed, deps.clock() - receivedAt)
      : storedReply(source, eventId, accepted.duplicate);
  };
}

/** For how long the same bytes are a repeat, in milliseconds; 0: never. */
function windowOf(deps: StoreDeliveryDeps, source: CompiledSource): number {
  return deps.replayWindows === false ? (source.source.replayWindowMs ?? 0) : source.replayWindowMs;
}

function newDelivery(
  windowMs: number,
  provider: Provider,
  { request, receivedAt, deliveryId }: VerifiedRequest,
  events: DeliveryEvent[],
  { event }: DeliveryEvent,
): NewDelivery {
  return {
    source: event.source,
    deliveryId,
    receivedAt,
    method: request.method,
    headers: event.headers,
    query: event.query,
    contentType: request.headers['content-type'] ?? '',
    body: request.body,
    events: events.map(({ row }) => row),
    replay: windowMs > 0 ? { hash: replayHash(request, provider), windowMs } : undefined,
  };
}

/** Of the body; what is sent without one says what it says in its query, and two of those are not the same bytes. */
function replayHash(request: InboundRequest, provider: Provider): string {
  const { body, url } = request;
  return createHash('sha256')
    .update(body.length > 0 ? (provider.replayContent?.(request) ?? body) : url)
    .digest('hex');
}

/** The starts that were written now. The store gives their row ids in the order of the events and their starts. */
function claimedOf(events: DeliveryEvent[], receivedAt: number, startIds: number[]): ClaimedStart[] {
  if (events.length === 1) return claimedStarts(events[0]!.event, receivedAt, events[0]!.row.starts, startIds);
  let offset = 0;
  return events.flatMap(({ event, row }) => {
    const ids = startIds.slice(offset, (offset += row.starts.length));
    return claimedStarts(event, receivedAt, row.starts, ids);
  });
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

function storedReply({ success }: CompiledSource, eventId: string, duplicate: boolean): Reply {
  const reason = duplicate ? 'duplicate' : 'stored';
  return success.withId ? jsonReply(success.status, { id: eventId }, reason) : { status: success.status, reason };
}

/** Stores the definitions that starts refer to, once each; the store keeps one for as long as starts need it. */
function definitionKeeper(store: Pick<Store, 'putDefinition'>): (events: DeliveryEvent[]) => Promise<void> {
  const kept = new WeakSet<LoadedFlow>();
  return async (events) => {
    for (const { starting } of events) {
      for (const { flow } of starting) {
        if (kept.has(flow)) continue;
        await store.putDefinition(flow.hash, JSON.stringify(flow.definition));
        kept.add(flow);
      }
    }
  };
}
