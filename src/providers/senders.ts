// What providers have in common: fields of senders that nobody knows better, and ids for those that send none.
import { createHash } from 'node:crypto';
import { fieldSettings, idempotencyKey, IDEMPOTENCY_KEY_PLACE } from './event-fields.ts';
import { CONTENT_KINDS, type InboundRequest, type Provider } from './provider.ts';

/**
 * How long the same bytes count as a repeat, where a sender signs neither an id nor a time. Long enough to make a captured
 * request of little use, short enough that two real events with equal bytes (rare: most bodies hold a time) are both taken.
 */
export const REPLAY_WINDOW_MS = 60 * 60_000;

/** Fields of a provider for any sender: the type is where `event_type` says, the id is the `idempotency-key` header. */
export const anySender = {
  settings: { ...fieldSettings },
  eventTypes: [],
  eventTypePlace: 'where `event_type` says, else `webhook`',
  deliveryIdPlace: IDEMPOTENCY_KEY_PLACE,
  contentKinds: CONTENT_KINDS,
  success: { status: 202, body: 'id' },
  eventType: () => undefined,
  deliveryId: idempotencyKey,
  announce: (_type, id) => ({ 'idempotency-key': id }),
} satisfies Partial<Provider>;

/** An id for deliveries of senders that send none and sign the body: the same bytes are the same delivery. */
export function bodyHash(request: Pick<InboundRequest, 'body'>): string {
  return `sha256:${createHash('sha256').update(request.body).digest('hex')}`;
}

/** What a repeat has in common where the same body may come under several types, each an event of its own. */
export function contentWithType({ body }: Pick<InboundRequest, 'body'>, type: string | undefined): Buffer {
  return Buffer.concat([Buffer.from(`${type ?? ''}\n`), body]);
}
