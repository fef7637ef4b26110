// No third party can make a call take more time, memory or connections than it may.
import assert from 'node:assert/strict';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CancelledFailure } from '@temporalio/common';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, environmentWith, failAttempt, runAttempt } from './attempt.ts';
import { serve } from './web-server.ts';

const activities = activitiesOf();

test('a server that takes the connection and never answers is left when the attempt is over', async () => {
  const server = createTcpServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const failed = await failAttempt(activities, 'http.request', { url }, { attemptTimeoutMs: 100 });
  assert.equal(failed.code, 'attempt_timeout');
  assert.equal(failed.retryable, true);
  assert.match(failed.message, /100 ms/);
});

test('a body that trickles for ever is left when the attempt is over, and its connection is closed', async () => {
  let closed!: (value: unknown) => void;
  const wasClosed = new Promise((resolve) => (closed = resolve));
  const url = await serve((request, response) => {
    const drip = setInterval(() => response.write('.'), 10);
    request.socket.on('close', () => {
      clearInterval(drip);
      closed(true);
    });
  });
  const failed = await failAttempt(activities, 'http.request', { url }, { attemptTimeoutMs: 150 });
  assert.equal(failed.code, 'attempt_timeout');
  assert.equal(await wasClosed, true);
});

test('a response larger than the limit fails the step, whether its length is declared or not', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/declared') response.setHeader('content-length', '2000');
    response.write('x'.repeat(1500));
    response.end('x'.repeat(500));
  });
  for (const path of ['/declared', '/chunked']) {
    const failed = await failAttempt(activities, 'http.request', { url: `${url}${path}`, response_bytes_max: 1999 });
    assert.equal(failed.code, 'response_too_large', path);
    assert.equal(failed.retryable, false);
    const output = (await runAttempt(activities, 'http.request', {
      url: `${url}${path}`,
      response_bytes_max: 2000,
    })) as JsonObject;
    assert.equal((output.body as string).length, 2000);
  }
});

test('a megabyte is the limit unless the step says otherwise', async () => {
  const url = await serve((request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(Buffer.alloc(1024 * 1024 + (request.url === '/over' ? 1 : 0), 0x61));
  });
  assert.equal((await failAttempt(activities, 'http.request', { url: `${url}/over` })).code, 'response_too_large');
  assert.equal(((await runAttempt(activities, 'http.request', { url })) as { body: string }).body.length, 1024 * 1024);
});

test('a compressed bomb is stopped at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  assert.ok(bomb.length < 1024 * 1024);
  const url = await serve((_request, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(bomb);
  });
  assert.equal((await failAttempt(activities, 'http.request', { url })).code, 'response_too_large');
});

test('a long chain of encodings is refused', async () => {
  const url = await serve((_request, response) => {
    response.setHeader('content-encoding', 'gzip, gzip, gzip');
    response.end(gzipSync(gzipSync(gzipSync('x'))));
  });
  const failed = await failAttempt(activities, 'http.request', { url });
  assert.equal(failed.code, 'network');
  assert.equal(failed.retryable, false);
});

test('no more calls than allowed are under way to one host, and those that wait get their turn', async () => {
  let open = 0;
  let most = 0;
  const url = await serve((_request, response) => {
    open += 1;
    most = Math.max(most, open);
    setTimeout(() => {
      open -= 1;
      response.end('ok');
    }, 30);
  });
  const narrow = activitiesOf({ perHostMax: 3 });
  const outputs = await Promise.all(Array.from({ length: 6 }, () => runAttempt(narrow, 'http.request', { url })));
  assert.equal(outputs.length, 6);
  assert.equal(most, 3);
});

test('when one host hangs, calls beyond those that may wait fail at once, and other hosts are reached', async () => {
  const hanging = await serve(() => {});
  const healthy = await serve((_request, response) => void response.end('ok'));
  const narrow = activitiesOf({ perHostMax: 2 });
  const held = Array.from({ length: 4 }, () =>
    failAttempt(narrow, 'http.request', { url: hanging }, { attemptTimeoutMs: 400 }),
  );
  const busy = await failAttempt(narrow, 'http.request', { url: hanging }, { attemptTimeoutMs: 60_000 });
  assert.equal(busy.code, 'host_busy');
  assert.equal(busy.retryable, true);
  assert.equal(((await runAttempt(narrow, 'http.request', { url: healthy })) as JsonObject).body, 'ok');
  // Those that waited in the queue ran out of time there: waiting counts.
  assert.deepEqual(
    (await Promise.all(held)).map(({ code }) => code),
    Array(4).fill('attempt_timeout'),
  );
  // And they gave their places back.
  assert.equal(
    (await failAttempt(narrow, 'http.request', { url: hanging }, { attemptTimeoutMs: 50 })).code,
    'attempt_timeout',
  );
});

test('a cancelled call is torn down and ends as cancelled', async () => {
  const environment = environmentWith();
  let closed!: (value: unknown) => void;
  const wasClosed = new Promise((resolve) => (closed = resolve));
  const url = await serve((request) => {
    request.socket.on('close', () => closed(true));
    environment.cancel('CANCELLED');
  });
  await assert.rejects(runAttempt(activities, 'http.request', { url }, { environment }), CancelledFailure);
  assert.equal(await wasClosed, true);
});

test('a call heartbeats while it waits and stops when it is over', async (t) => {
  const environment = environmentWith();
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  let answer!: () => void;
  let arrived!: (value: unknown) => void;
  const hasArrived = new Promise((resolve) => (arrived = resolve));
  const url = await serve((_request, response) => {
    answer = () => void response.end('ok');
    arrived(true);
  });
  t.mock.timers.enable({ apis: ['setInterval'] });
  const running = runAttempt(activities, 'http.request', { url }, { environment });
  await hasArrived;
  t.mock.timers.tick(1_500);
  t.mock.timers.tick(1_500);
  assert.equal(beats, 2);
  answer();
  await running;
  t.mock.timers.tick(15_000);
  assert.equal(beats, 2);
});

test('connections are kept and used again', async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    response.end('ok');
  });
  for (let call = 0; call < 10; call += 1) await runAttempt(activities, 'http.request', { url });
  // One may still be handing back its last answer when the next call begins, so two take turns.
  assert.ok(sockets.size <= 2, `${sockets.size} connections for 10 calls`);
});

test('proxy settings of the environment are not followed', async (t) => {
  const url = await serve((_request, response) => void response.end('direct'));
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'ALL_PROXY']) {
    process.env[name] = 'http://127.0.0.1:1';
    t.after(() => delete process.env[name]);
  }
  assert.equal(((await runAttempt(activitiesOf(), 'http.request', { url })) as JsonObject).body, 'direct');
});
