// Raw bytes to a receiver and back, read as strictly as HTTP is written. It never repairs what does not parse.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from './lab.ts';

/** One answer on the wire. Names of headers are in lower case. */
export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [ -~]*$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\u0080-\u00ff]*)$/;
const WITHOUT_BODY = new Set([204, 304]);
/** A connection that neither answered nor closed by then hangs. Longer than any timeout of the receiver. */
const SETTLED_WITHIN_MS = 60_000;

/** The head of a POST, its blank line included. */
export function head(path: string, headers: string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: hooks.example', 'Content-Type: application/json', ...headers];
  return [...lines, '', ''].join('\r\n');
}

/** A whole POST with a right length. */
export function post(path: string, body: string, headers: string[] = []): string {
  return head(path, [...headers, `Content-Length: ${Buffer.byteLength(body)}`]) + body;
}

/** One chunk of a chunked body. */
export function chunk(data: string, extension = ''): string {
  return `${data.length.toString(16)}${extension}\r\n${data}\r\n`;
}

/** The statuses of the answers in what came back, in order. */
export function statuses(received: string): number[] {
  return readAnswers(received).map((answer) => answer.status);
}

/**
 * Every answer in what came back on one connection (latin1). Throws when anything in it is not HTTP. The last body may be
 * missing: an answer to HEAD announces a length without one.
 */
export function readAnswers(received: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let rest = received;
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n');
    assert.ok(headEnd !== -1, `not the head of an answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const [first = '', ...lines] = rest.slice(0, headEnd).split('\r\n');
    const status = Number(STATUS_LINE.exec(first)?.[1]);
    assert.ok(!Number.isNaN(status), `not a status line: ${JSON.stringify(first)}`);
    const headers = Object.fromEntries(lines.map(readHeader));
    rest = rest.slice(headEnd + 4);
    if (headers['transfer-encoding'] === 'chunked') {
      const { body, length } = readChunks(rest);
      answers.push({ status, headers, body });
      rest = rest.slice(length);
      continue;
    }
    const length = status < 200 || WITHOUT_BODY.has(status) ? 0 : Number(headers['content-length'] ?? 0);
    const isHead = rest === '' || rest.startsWith('HTTP/1.1 ');
    assert.ok(isHead || rest.length >= length, 'a body is shorter than announced');
    answers.push({ status, headers, body: isHead ? '' : rest.slice(0, length) });
    if (!isHead) rest = rest.slice(length);
  }
  return answers;
}

function readChunks(text: string): { body: string; length: number } {
  let body = '';
  for (let at = 0; ;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20));
    assert.ok(size, `not a chunk: ${JSON.stringify(text.slice(at, at + 20))}`);
    const bytes = Number.parseInt(size[1]!, 16);
    at += size[0].length;
    assert.equal(text.slice(at + bytes, at + bytes + 2), '\r\n', 'a chunk ends in a line end');
    if (bytes === 0) return { body, length: at + 2 };
    body += text.slice(at, at + bytes);
    at += bytes + 2;
  }
}

function readHeader(line: string): [string, string] {
  const match = HEADER_LINE.exec(line);
  assert.ok(match, `not a header: ${JSON.stringify(line)}`);
  return [match[1]!.toLowerCase(), match[2]!];
}

/** Sends bytes, says that no more come, and gives what came back until the receiver closed. */
export function sendAndClose(port: number, bytes: Buffer | string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end(bytes));
    const hanging = setTimeout(() => {
      socket.destroy();
      reject(new Error(`neither answered nor closed, after ${JSON.stringify(received)}`));
    }, SETTLED_WITHIN_MS);
    const end = (): void => {
      clearTimeout(hanging);
      socket.destroy();
      resolve(received);
    };
    socket.on('data', (data) => (received += data.toString('latin1')));
    socket.on('error', end).on('end', end).on('close', end);
  });
}

/** An open connection: what it received so far, and when it ended. */
export interface Client {
  socket: Socket;
  received(): string;
  /** Resolves when what was received matches; rejects when the connection ended before. */
  until(pattern: RegExp): Promise<string>;
  closed: Promise<void>;
}

/** Opens a connection that the test drives. */
export async function openClient(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((check) => check());
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => undefined).on('close', wake);
  socket.on('data', (data) => {
    received += data.toString('latin1');
    wake();
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    received: () => received,
    closed,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!pattern.test(received) && !socket.destroyed) return;
          waiting.delete(check);
          if (pattern.test(received)) resolve(received);
          else reject(new Error(`the connection ended after ${JSON.stringify(received)}`));
        };
        waiting.add(check);
        check();
      }),
  };
}

/** Closes connections from our side and waits until they are. */
export async function closeClients(clients: Client[]): Promise<void> {
  for (const client of clients) client.socket.destroy();
  await Promise.all(clients.map((client) => client.closed));
}

const GOOD_SENDER_PAUSE_MS = 5;
/** Looks so often whether bodies of connections that just ended were given back. */
const RELEASE_CHECKS_MAX = 100;
const RELEASE_CHECK_PAUSE_MS = 20;
/** Resident memory may grow by this much during an attack: garbage that was not collected yet, and the attacker's own. */
export const RESIDENT_GROWTH_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Runs an attack while a good sender goes on posting to `/hooks/good`, and says that it was served all the time, that
 * memory stayed bounded, that no body is held any more, and that exactly the good sender's deliveries and
 * `stored` of the attack's were stored.
 */
export async function whileServing<T>(lab: Lab, attack: () => Promise<T>, stored = 0): Promise<T> {
  const residentBytes = process.memoryUsage.rss();
  const deliveriesBefore = await lab.deliveries();
  let attacking = true;
  let served = 0;
  const sender = async (): Promise<void> => {
    do {
      const response = await lab.post('/hooks/good', '{"from":"a good sender"}');
      assert.equal(response.status, 202, await response.text());
      served += 1;
      await pause(GOOD_SENDER_PAUSE_MS);
    } while (attacking);
  };
  const sending = sender();
  let outcome: T;
  try {
    outcome = await attack();
  } finally {
    attacking = false;
    await sending;
  }
  const grownBytes = process.memoryUsage.rss() - residentBytes;
  assert.ok(grownBytes < RESIDENT_GROWTH_BYTES_MAX, `memory grew by ${grownBytes} bytes`);
  const metrics = await metricsOnceNothingIsHeld(lab);
  assert.match(metrics, /hookline_in_flight_bytes 0\n/);
  assert.match(metrics, /hookline_receiver_errors_total 0\n/);
  assert.equal(await lab.deliveries(), deliveriesBefore + served + stored);
  return outcome;
}

async function metricsOnceNothingIsHeld(lab: Lab): Promise<string> {
  for (let check = 1; ; check += 1) {
    const metrics = await (await fetch(`${lab.url}/metrics`)).text();
    if (metrics.includes('hookline_in_flight_bytes 0\n') || check === RELEASE_CHECKS_MAX) return metrics;
    await pause(RELEASE_CHECK_PAUSE_MS);
  }
}
