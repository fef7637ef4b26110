// The fixed answers of the receiver. They never echo anything of the request.
import type { Provider, Refusal } from '../providers/provider.ts';
import type { BodyFailure } from './body.ts';
import { errorReply, type Reply } from './reply.ts';

/** After this the sender may try again; deliveries are retried by senders, so soon. */
const RETRY_AFTER = { 'retry-after': '5' };
const RETRY_SOON = { 'retry-after': '1' };

export const notFound = errorReply(404, 'not_found', 'There is nothing here.');
export const retired = errorReply(410, 'retired', 'This source is not used any more.');
export const forbidden = errorReply(403, 'forbidden', 'This source does not take requests from here.', {
  reason: 'address_not_allowed',
});
export const sourceBroken = errorReply(503, 'source_broken', 'This source cannot take deliveries now.', {
  headers: RETRY_AFTER,
});
export const storeUnavailable = errorReply(503, 'unavailable', 'The delivery could not be stored. Send it again.', {
  reason: 'store_unavailable',
  headers: RETRY_AFTER,
});
export const stopping = errorReply(503, 'unavailable', 'This receiver is shutting down. Send it again.', {
  reason: 'stopping',
  headers: { ...RETRY_AFTER, connection: 'close' },
});
export const busy = errorReply(503, 'unavailable', 'Too much is being received now. Send it again.', {
  reason: 'in_flight_bytes',
  headers: RETRY_SOON,
});
export const tooLarge = errorReply(413, 'too_large', 'The body is larger than this source takes.');
export const contentTypeNotTaken = errorReply(
  415,
  'unsupported_content_type',
  'This source does not take that content type.',
);
export const cutOff = errorReply(400, 'cut_off', 'The body ended early.');
export const invalidEncoding = errorReply(400, 'invalid_encoding', 'The body is not what its content-encoding says.');
export const internal = errorReply(500, 'internal', 'Something went wrong here.');

/** The answer where there is no body, or none that can be used. */
export const bodyFailures: Record<BodyFailure | 'malformed', Reply> = {
  too_large: tooLarge,
  busy,
  cut_off: cutOff,
  malformed: invalidEncoding,
};

/** 415 with what is taken. */
export function encodingNotTaken(acceptEncoding: string): Reply {
  return errorReply(415, 'unsupported_encoding', 'This source does not take that content encoding.', {
    headers: { 'accept-encoding': acceptEncoding },
  });
}

/** 405 with what is allowed. */
export function methodNotAllowed(allow: string): Reply {
  return errorReply(405, 'method_not_allowed', 'Use another method.', { headers: { allow } });
}

/** 429: `seconds` until a request will be taken. */
export function rateLimited(seconds: number): Reply {
  return errorReply(429, 'rate_limited', 'More requests than this source takes. Send it again later.', {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) },
  });
}

/** 413: one request carries more events than one commit should. */
export function tooManyEvents(most: number): Reply {
  return errorReply(413, 'too_many_events', `A request may carry at most ${most} events.`);
}

const unauthorized = { code: 'unauthorized', message: 'The request could not be verified.' };
const malformed = { code: 'malformed_signature', message: 'The signature headers could not be read.' };

/** One generic body for every refused request of a status, or none; the reason stays with us. */
export function refused(refusal: Refusal, provider: Pick<Provider, 'challenge' | 'emptyRefusal'>): Reply {
  const { challenge, emptyRefusal } = provider;
  if (emptyRefusal) return { status: refusal.status, reason: refusal.reason };
  const { code, message } = refusal.status === 401 ? unauthorized : malformed;
  const headers = refusal.status === 401 && challenge !== undefined ? { 'www-authenticate': challenge } : undefined;
  return errorReply(refusal.status, code, message, { reason: refusal.reason, headers });
}
