// The fixed answers of the receiver. They never echo anything of the request.
import type { Refusal } from '../providers/provider.ts';
import { errorReply, type Reply } from './reply.ts';

/** After this the sender may try again; deliveries are retried by senders, so soon. */
const RETRY_AFTER = { 'retry-after': '5' };
const RETRY_SOON = { 'retry-after': '1' };

export const notFound = errorReply(404, 'not_found', 'There is nothing here.');
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
export const encodingNotTaken = errorReply(
  415,
  'unsupported_encoding',
  'This source takes bodies without content-encoding only.',
  {
    headers: { 'accept-encoding': 'identity' },
  },
);
export const cutOff = errorReply(400, 'cut_off', 'The body ended early.');
export const internal = errorReply(500, 'internal', 'Something went wrong here.');

/** 405 with what is allowed. */
export function methodNotAllowed(allow: string): Reply {
  return errorReply(405, 'method_not_allowed', 'Use another method.', { headers: { allow } });
}

const unauthorized = { code: 'unauthorized', message: 'The request could not be verified.' };
const malformed = { code: 'malformed_signature', message: 'The signature headers could not be read.' };

/** One generic body for every refused request of a status; the reason stays with us. */
export function refused(refusal: Refusal, challenge: string | undefined): Reply {
  const { code, message } = refusal.status === 401 ? unauthorized : malformed;
  const headers = refusal.status === 401 && challenge !== undefined ? { 'www-authenticate': challenge } : undefined;
  return errorReply(refusal.status, code, message, { reason: refusal.reason, headers });
}
