// The one HTTP client: every call of every connector goes through it. Pools connections by origin, caps calls by host, guards
// addresses, limits bytes and follows redirects itself. Never reads proxy settings, never retries: Temporal does.
import { Agent, buildConnector, request as undiciRequest } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { ConnectorError, invalidInput } from './connector-error.ts';
import type { HostSlots } from './host-slots.ts';
import { describeUrl } from './http-failure.ts';
import { nextHop, type Hop } from './redirect.ts';
import { ACCEPTED_ENCODINGS, declaredTooLarge, readBody, tooLarge } from './response-body.ts';

/** One call. */
interface OutgoingRequest {
  method: string;
  url: URL;
  /** Names in lower case. */
  headers: Record<string, string>;
  body?: Buffer | string;
  /** Sent as `idempotency-key` unless `headers` has one. */
  idempotencyKey: string;
  followRedirects: boolean;
  responseBytesMax: number;
  /** Ends the call: time over, or cancelled. The rejection is the signal's reason. */
  signal: AbortSignal;
}

/** The final answer, whatever its status. Header names in lower case, repeated ones joined by `, `. */
export interface OutgoingResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Outgoing {
  /** Rejects with a ConnectorError (`network`, `address_refused`, `response_too_large`, …) or the signal's reason. */
  send(request: OutgoingRequest): Promise<OutgoingResponse>;
}

/** Bytes read of a response unless the caller says otherwise. */
export const RESPONSE_BYTES_MAX_DEFAULT = 1024 * 1024;
/** Redirects followed in one call. */
const REDIRECTS_MAX = 5;
/** A connection that takes longer will not come; the attempt's own time may end it sooner. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Bytes of a redirect's body that are read to keep its connection; more, and the connection is dropped. */
const REDIRECT_BODY_BYTES_MAX = 16 * 1024;
const USER_AGENT = 'hookline';

/** Makes the client. `perHostMax` bounds connections per origin; `slots` bounds calls under way per host. */
export function createOutgoing(deps: { guard: AddressGuard; slots: HostSlots; perHostMax: number }): Outgoing {
  const agent = new Agent({
    connections: deps.perHostMax,
    connect: guardedConnector(deps.guard),
    // The attempt's signal is the only clock: a step may well wait longer than undici's five minutes.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function exchange(hop: Hop, request: OutgoingRequest): Promise<OutgoingResponse | Hop> {
    const { signal } = request;
    deps.guard.checkHost(hop.url.hostname);
    const release = await deps.slots(hop.url.host, signal);
    try {
      const answer = await undiciRequest(hop.url, {
        dispatcher: agent,
        method: hop.method as 'GET',
        headers: hop.headers,
        body: hop.body,
        signal,
      });
      const headers = plainHeaders(answer.headers);
      const next = request.followRedirects ? nextHop(hop, answer.statusCode, headers.location) : undefined;
      if (next) {
        await answer.body.dump({ limit: REDIRECT_BODY_BYTES_MAX, signal });
        return next;
      }
      if (hop.method !== 'HEAD' && declaredTooLarge(headers['content-length'], request.responseBytesMax)) {
        answer.body.on('error', () => {}).destroy();
        throw tooLarge(request.responseBytesMax);
      }
      const encoding = hop.method === 'HEAD' ? undefined : headers['content-encoding'];
      const body = await readBody(answer.body, encoding, request.responseBytesMax, signal);
      return { status: answer.statusCode, headers, body };
    } finally {
      release();
    }
  }

  return {
    async send(request) {
      let hop: Hop = { method: request.method, url: request.url, headers: withDefaults(request), body: request.body };
      for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
        const outcome = await exchange(hop, request).catch((error: unknown) => {
          throw request.signal.aborted ? request.signal.reason : asConnectorError(error, hop);
        });
        if ('status' in outcome) return outcome;
        hop = outcome;
      }
      throw new ConnectorError('too_many_redirects', `${describe(hop)} is redirect number ${REDIRECTS_MAX + 1}`, {
        retryable: false,
      });
    },
  };
}

/** undici's own connector with the guard's lookup, and a last look at the peer before anything is written to it. */
function guardedConnector(guard: AddressGuard): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: guard.lookup });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error || !socket) return callback(error ?? new Error('no socket'), null);
      try {
        guard.checkPeer(socket.remoteAddress);
      } catch (refusal) {
        socket.destroy();
        return callback(refusal as Error, null);
      }
      callback(null, socket);
    });
  };
}

function withDefaults(request: OutgoingRequest): Record<string, string> {
  return {
    accept: '*/*',
    'accept-encoding': ACCEPTED_ENCODINGS,
    'user-agent': USER_AGENT,
    'idempotency-key': request.idempotencyKey,
    ...request.headers,
  };
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function describe(hop: Hop): string {
  return `${hop.method} ${describeUrl(hop.url)}`;
}

/** What Node and undici throw, as a failure: an argument they refuse is the author's mistake, everything else is the network's. */
function asConnectorError(error: unknown, hop: Hop): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const code = errorCode(error);
  if (code === 'UND_ERR_INVALID_ARG') {
    return invalidInput(`${describe(hop)} cannot be sent: ${error instanceof Error ? error.message : String(error)}`);
  }
  return new ConnectorError('network', `${describe(hop)} failed: ${NETWORK_WORDS[code] ?? code}`, { retryable: true });
}

/** The code of an error or of its first cause that has one (a failed connect to several addresses is an AggregateError). */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return error.cause === undefined ? error.name : errorCode(error.cause);
}

/** Codes of Node and undici in people's words. */
const NETWORK_WORDS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  ENOTFOUND: 'the host name does not resolve (ENOTFOUND)',
  EAI_AGAIN: 'the host name does not resolve at the moment (EAI_AGAIN)',
  UND_ERR_CONNECT_TIMEOUT: `no connection within ${CONNECT_TIMEOUT_MS} ms`,
  UND_ERR_SOCKET: 'the connection was cut before the answer was complete',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut before the answer was complete',
};
