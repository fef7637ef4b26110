// The outside world of a test: a real HTTP server whose answers are programmed and whose requests are remembered.
// A request to a path that nothing was programmed for answers 404, so that a wrong URL never passes unnoticed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that reached the outside. */
export interface OutsideCall {
  method: string;
  /** Path without the query. */
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** The body as it came. */
  text: string;
  /** Parsed when it is JSON, else the text. */
  body: ReturnType<typeof JSON.parse>;
  /** The `idempotency-key` header, '' when absent. */
  key: string;
}

/** One answer. Without a status it is 200. An object body is sent as JSON. */
export interface OutsideAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** The answer is not sent before this resolves. */
  after?: Promise<unknown>;
  /** The connection is cut instead of answering. */
  hangUp?: boolean;
}

/** Answers in order; the last one repeats. A function is asked anew each time. */
type Answers = (OutsideAnswer | ((call: OutsideCall) => OutsideAnswer))[];

export interface Outside {
  /** Without a trailing slash. */
  url: string;
  /** Everything received since the last reset, in order of arrival. */
  calls: OutsideCall[];
  /** Programs `METHOD /path`; a trailing `*` in the path matches any rest. */
  on(route: string, ...answers: Answers): void;
  /** Calls to one route, programmed or not. */
  callsTo(route: string): OutsideCall[];
  /** Resolves with the calls to a route once there are `count`; rejects after `withinMs` naming what did arrive. */
  waitFor(route: string, count?: number, withinMs?: number): Promise<OutsideCall[]>;
  /** Forgets calls and programmed answers. */
  reset(): void;
  stop(): Promise<void>;
}

/** Long after the slowest machine has called. */
const WAIT_MS_DEFAULT = 60_000;

/** Starts the server on a free loopback port. */
export async function startOutside(): Promise<Outside> {
  const calls: OutsideCall[] = [];
  const routes: { route: string; answers: Answers; given: number }[] = [];
  const arrivals = new Set<() => void>();

  const answerFor = (call: OutsideCall): OutsideAnswer => {
    const found = routes.findLast(({ route }) => matches(route, call));
    if (!found) return { status: 404, body: { error: `no answer is programmed for ${call.method} ${call.path}` } };
    const answer = found.answers[Math.min(found.given, found.answers.length - 1)] ?? {};
    found.given += 1;
    return typeof answer === 'function' ? answer(call) : answer;
  };

  const server = createServer((request, response) => {
    readCall(request).then(
      async (call) => {
        calls.push(call);
        const answer = answerFor(call);
        for (const arrived of arrivals) arrived();
        await answer.after;
        if (answer.hangUp) request.socket.destroy();
        else send(response, answer);
      },
      () => undefined, // The caller died in the middle of its request: nothing arrived.
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const callsTo = (route: string): OutsideCall[] => calls.filter((call) => matches(route, call));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    on: (route, ...answers) => void routes.push({ route, answers, given: 0 }),
    callsTo,
    waitFor: (route, count = 1, withinMs = WAIT_MS_DEFAULT) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          arrivals.delete(check);
          settle();
        };
        const check = (): void => {
          const found = callsTo(route);
          if (found.length >= count) finish(() => resolve(found));
        };
        const timer = setTimeout(() => {
          const seen = calls.map((call) => `${call.method} ${call.path}`).join(', ') || 'nothing';
          finish(() => reject(new Error(`${count} calls to ${route} did not arrive in ${withinMs} ms; ${seen} did`)));
        }, withinMs);
        arrivals.add(check);
        check();
      }),
    reset: () => {
      calls.length = 0;
      routes.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function matches(route: string, call: OutsideCall): boolean {
  const [method, path = ''] = route.split(' ');
  if (method !== call.method) return false;
  return path.endsWith('*') ? call.path.startsWith(path.slice(0, -1)) : call.path === path;
}

async function readCall(request: IncomingMessage): Promise<OutsideCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://outside');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers,
    text,
    body: parsed(text, headers['content-type'] ?? ''),
    key: headers['idempotency-key'] ?? '',
  };
}

function parsed(text: string, contentType: string): unknown {
  return contentType.includes('json') ? JSON.parse(text) : text;
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: OutsideAnswer): void {
  if (response.destroyed) return;
  const isText = typeof body === 'string' || body === undefined;
  response.writeHead(status, { ...(isText ? {} : { 'content-type': 'application/json' }), ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
