// What the receiver answers: a value, made without throwing. Refusals say nothing about why beyond what their status says.
import type { ParameterizedContext } from 'koa';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { HandshakeAnswer } from '../providers/provider.ts';

/** One answer. `reason` is for the counters and the log, never for the sender. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  contentType?: string;
  /** Empty without it. */
  body?: string;
  reason: string;
  /** What went wrong on our side, for the log only. */
  cause?: string | Error;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** An answer with a JSON body. */
export function jsonReply(status: number, body: Json, reason: string, headers?: Record<string, string>): Reply {
  return { status, headers, contentType: JSON_TYPE, body: JSON.stringify(body), reason };
}

/** `{"error": {"code", "message"}}`, the one shape of every error. `details` are for the sender too. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  extra: { reason?: string; headers?: Record<string, string>; details?: Json } = {},
): Reply {
  const error: JsonObject = extra.details === undefined ? { code, message } : { code, message, details: extra.details };
  return jsonReply(status, { error }, extra.reason ?? code, extra.headers);
}

/** The answer to a handshake: not a delivery, so nothing is stored. What we echo is never to be taken for a page. */
export function handshakeReply({ status, contentType, headers, body }: HandshakeAnswer): Reply {
  const reason = status < 400 ? 'handshake' : 'handshake_refused';
  return { status, contentType, headers: { ...headers, 'x-content-type-options': 'nosniff' }, body, reason };
}

/** Puts an answer on the wire through koa. */
export function send(context: ParameterizedContext, reply: Reply): void {
  if (reply.status === 204 && reply.contentType !== undefined) return sendEmpty(context, reply);
  context.status = reply.status;
  if (reply.headers) context.set(reply.headers);
  if (reply.contentType !== undefined) context.set('content-type', reply.contentType);
  context.body = reply.body ?? null;
  // koa turns a null body into 204 unless the status is set after it.
  context.status = reply.status;
}

/** koa takes the content type off an answer without a body, and some senders insist on one (Discord's ping). */
function sendEmpty(context: ParameterizedContext, reply: Reply): void {
  context.respond = false;
  context.res.writeHead(reply.status, { ...reply.headers, 'content-type': reply.contentType });
  context.res.end();
}
