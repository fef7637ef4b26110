// Which failures are worth another attempt, when it comes, and what people are told.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { ConnectorCall } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, type Failed } from './attempt.ts';
import { serve } from './web-server.ts';

const activities = activitiesOf();
let answer: { status: number; headers?: Record<string, string>; body?: string } = { status: 500 };
const service = await serve((_request, response) => {
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
});

async function failWith(
  status: number,
  headers: Record<string, string> = {},
  call: Partial<ConnectorCall> & { attempt?: number } = {},
): Promise<Failed> {
  answer = { status, headers };
  return failAttempt(activities, 'http.request', { method: 'POST', url: `${service}/orders/7?token=abc` }, call);
}

const retried = [408, 425, 429, 500, 501, 502, 503, 504, 599];
const final = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451];

for (const status of [...retried, ...final]) {
  const expected = retried.includes(status);
  test(`${status} is ${expected ? '' : 'not '}tried again`, async () => {
    const failed = await failWith(status);
    assert.equal(failed.code, 'http_status');
    assert.equal(failed.details.status, status);
    assert.equal(failed.retryable, expected);
    assert.equal(failed.delayMs !== undefined, expected);
  });
}

test('the message names method, URL, status and attempt, never the query', async () => {
  const failed = await failWith(503, {}, { attempt: 3 });
  assert.equal(failed.message, `POST ${service}/orders/7 answered 503 (attempt 3)`);
  assert.equal(failed.details.attempt, 3);
});

test('an attempt that the run makes has its number, and a delay even where nothing is retried otherwise', async () => {
  const attemptOfRun = { number: 3, firstAt: Date.now() };
  const failed = await failWith(404, {}, { attemptOfRun });
  assert.match(failed.message, /answered 404 \(attempt 3\)$/);
  assert.equal(failed.details.attempt, 3);
  assert.equal(failed.retryable, false);
  // Of 1 s doubled twice, half is certain.
  assert.ok(failed.delayMs! >= 2_000 && failed.delayMs! <= 4_000, String(failed.delayMs));
});

test("a failure carries the answer's headers and parsed body, but no cookies", async () => {
  answer = {
    status: 422,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r1', 'set-cookie': 'session=1' },
    body: '{"error":"no such item"}',
  };
  const { details } = await failAttempt(activities, 'http.request', { url: service });
  assert.deepEqual(details.body, { error: 'no such item' });
  const headers = details.headers as Record<string, string>;
  assert.equal(headers['x-request-id'], 'r1');
  assert.equal(headers['set-cookie'], undefined);
});

test('a long error page travels shortened', async () => {
  answer = { status: 500, headers: { 'content-type': 'text/html' }, body: 'x'.repeat(100_000) };
  const { details } = await failAttempt(activities, 'http.request', { url: service });
  assert.equal((details.body as string).length, 8 * 1024);
});

test('Retry-After in seconds sets the delay, a tenth of spread added', async () => {
  for (const status of [429, 503]) {
    const { delayMs = 0 } = await failWith(status, { 'retry-after': '120' });
    assert.ok(delayMs >= 120_000 && delayMs <= 132_000, String(delayMs));
  }
});

test('Retry-After as a date sets the delay', async () => {
  const { delayMs = 0 } = await failWith(503, { 'retry-after': new Date(Date.now() + 300_000).toUTCString() });
  assert.ok(delayMs > 200_000 && delayMs <= 331_000, String(delayMs));
});

test('Retry-After is honoured for at most an hour', async () => {
  const { delayMs = 0 } = await failWith(503, { 'retry-after': '999999' });
  assert.ok(delayMs >= 3_600_000 && delayMs <= 3_960_000, String(delayMs));
});

test('a Retry-After that is neither seconds nor a date, or in the past, changes nothing', async () => {
  for (const value of ['soon', '-5', '0', '', 'Wed, 21 Oct 2015 07:28:00 GMT', '2030-01-01']) {
    const { delayMs = 0 } = await failWith(503, { 'retry-after': value });
    assert.ok(delayMs >= 500 && delayMs <= 1_000, `${value}: ${delayMs}`);
  }
});

test('without Retry-After the delay doubles, half of it random, up to max_delay', async () => {
  const retry = { maxAttempts: 20, delayMs: 1_000, backoff: 2, maxDelayMs: 10_000 };
  for (const [attempt, full] of [
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [5, 10_000],
    [15, 10_000],
  ] as const) {
    const { delayMs = 0 } = await failWith(500, {}, { attempt, retry });
    assert.ok(delayMs >= full / 2 && delayMs <= full, `attempt ${attempt}: ${delayMs}`);
  }
});

test('a refused connection is tried again', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const failed = await failAttempt(activities, 'http.request', { url: `http://127.0.0.1:${port}/x?y=1` });
  assert.equal(failed.code, 'network');
  assert.equal(failed.retryable, true);
  assert.match(failed.message, /connection was refused/);
  assert.doesNotMatch(failed.message, /y=1/);
});

test('a name that does not resolve is tried again', async () => {
  const failed = await failAttempt(activities, 'http.request', { url: 'http://nowhere.invalid/' });
  assert.equal(failed.code, 'network');
  assert.equal(failed.retryable, true);
});

test('a connection that is cut before or in the middle of the answer is tried again', async () => {
  const cut = await serve((request, response) => {
    if (request.url === '/before') return void request.socket.destroy();
    response.writeHead(200, { 'content-length': '100' });
    response.write('part');
    setImmediate(() => request.socket.destroy());
  });
  for (const path of ['/before', '/middle']) {
    const failed = await failAttempt(activities, 'http.request', { url: `${cut}${path}` });
    assert.equal(failed.code, 'network', path);
    assert.equal(failed.retryable, true);
  }
});

test('what is not HTTP is a network failure', async () => {
  const server = createServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const failed = await failAttempt(activities, 'http.request', {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  });
  assert.equal(failed.code, 'network');
});

test('an answer that claims to be compressed and is not is a network failure', async () => {
  answer = { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'plain' };
  const failed = await failAttempt(activities, 'http.request', { url: service });
  assert.equal(failed.code, 'network');
});
