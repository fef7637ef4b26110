// An HTTP server with limits on everything a client can hold open or make us read. It does not listen by itself.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { respondWithinMaxMs } from '../flow/limits.ts';
import { expectsContinue } from './body.ts';
import { errorReply } from './reply.ts';

/** A client that has not sent its headers by then is cut off (slowloris). */
const HEADERS_TIMEOUT_MS = 10_000;
/** A client that has not sent its whole request by then is cut off; senders themselves give up after 3 to 30 s. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Headers of one request together; the largest known senders stay below 8 KiB. */
const HEADER_BYTES_MAX = 16 * 1024;
/** Idle connections stay open longer than common proxies keep theirs (60 s), so that we never close under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/**
 * A connection on which nothing was sent or read for so long is closed: its client does not read its answer. Longer than
 * any client may wait for a run's answer, which is silence too.
 */
const SILENCE_MS_MAX = respondWithinMaxMs + 60_000;
/** A refused sender that goes on sending is listened to for so long, so that it reads the answer and not a reset. */
const LINGER_MS = 3_000;
/** Then the connection ends, so that load spreads again. Exported for tests. */
export const REQUESTS_PER_CONNECTION_MAX = 10_000;
const CONNECTIONS_CHECK_MS = 2_000;
/** Open connections. Each costs a file descriptor and some 10 KiB; beyond them the store could not open its files. */
const CONNECTIONS_MAX = 8_192;
/** When connections are refused, idle ones make room, at most so often: it looks at all of them. */
const MAKING_ROOM_PAUSE_MS = 1_000;

const expectationNotMet = errorReply(417, 'expectation_failed', 'Of expectations only 100-continue can be met.');

/** The server; `100 Continue` is sent by whoever decides to read the body. */
export function createHttpServer(listener: RequestListener, connectionsMax = CONNECTIONS_MAX): Server {
  const isTaken = requestCounter();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (!isTaken(request, response)) return;
    response.once('finish', () => endLater(request));
    listener(request, response);
  };
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
    answer,
  );
  // Node would drop headers beyond a count silently, a signature among them; their bytes are limited already.
  server.maxHeadersCount = 0;
  server.maxConnections = connectionsMax;
  server.timeout = SILENCE_MS_MAX;
  // A client that says it has no more to send still waits for its answer; Node would store its delivery and hang up.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  server.on('checkContinue', (request, response) => {
    // Node takes `100-continue-or-else` for one too.
    if (!expectsContinue(request)) return refuseExpectation(request, response);
    closeUnlessContinued(response);
    answer(request, response);
  });
  server.on('checkExpectation', refuseExpectation);
  makeRoomWhenFull(server);
  return server;
}

/**
 * Says with the last answer of a connection that it is the last. What was pipelined after it is not looked at (RFC 9112,
 * 9.6), and ends with the connection; Node's own limit would answer it 503.
 */
function requestCounter(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const counts = new WeakMap<Socket, number>();
  return ({ socket }, response) => {
    const count = (counts.get(socket) ?? 0) + 1;
    counts.set(socket, count);
    if (count === REQUESTS_PER_CONNECTION_MAX) response.shouldKeepAlive = false;
    return count <= REQUESTS_PER_CONNECTION_MAX;
  };
}

/** Node reads on and throws away what an answered request still sends, for as long as it comes. */
function endLater(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer));
}

/**
 * After a refusal the client may leave out the body that it announced, and what follows would be read as that body
 * (RFC 9110, 10.1.1). So the connection stays open only when the body was asked for.
 */
function closeUnlessContinued(response: ServerResponse): void {
  const keepsAlive = response.shouldKeepAlive;
  const writeContinue = response.writeContinue.bind(response);
  response.shouldKeepAlive = false;
  response.writeContinue = (callback) => {
    response.shouldKeepAlive = keepsAlive;
    writeContinue(callback);
  };
}

/** `Expect:` with anything but 100-continue (RFC 9110, 10.1.1): whether a body follows is then anybody's guess. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { status, contentType, body } = expectationNotMet;
  response.writeHead(status, { 'content-type': contentType, connection: 'close' }).end(body);
}

/** Whoever hoards idle connections loses them as soon as there is no place for others. */
function makeRoomWhenFull(server: Server): void {
  let madeRoomAt = -Infinity;
  server.on('drop', () => {
    const now = performance.now();
    if (now - madeRoomAt < MAKING_ROOM_PAUSE_MS) return;
    madeRoomAt = now;
    server.closeIdleConnections();
  });
}
