// An HTTP server with limits on everything a client can hold open or make us read. It does not listen by itself.
import { createServer, type RequestListener, type Server } from 'node:http';

/** A client that has not sent its headers by then is cut off (slowloris). */
const HEADERS_TIMEOUT_MS = 10_000;
/** A client that has not sent its whole request by then is cut off; senders themselves give up after 3 to 30 s. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Headers of one request together; the largest known senders stay below 8 KiB. */
const HEADER_BYTES_MAX = 16 * 1024;
/** Idle connections stay open longer than common proxies keep theirs (60 s), so that we never close under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const REQUESTS_PER_SOCKET_MAX = 10_000;
const CONNECTIONS_CHECK_MS = 2_000;

/** The server; `100 Continue` is sent by whoever decides to read the body. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
    listener,
  );
  // Node would drop headers beyond a count silently, a signature among them; their bytes are limited already.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET_MAX;
  server.on('checkContinue', listener);
  return server;
}
