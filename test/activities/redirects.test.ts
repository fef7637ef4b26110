// Redirects: which are followed, how, and what is left behind.
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { beforeEach, test } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, runAttempt } from './attempt.ts';
import { serve, textOf } from './web-server.ts';

interface Arrival {
  at: 'home' | 'away';
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const arrivals: Arrival[] = [];
beforeEach(() => void (arrivals.length = 0));

const away = await serve(async (request, response) => {
  arrivals.push({
    at: 'away',
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    body: await textOf(request),
  });
  response.end('away');
});
/** `/STATUS/away` redirects to the other origin, `/STATUS/home` to itself, anything else answers. */
const home = await serve(async (request, response) => {
  arrivals.push({
    at: 'home',
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    body: await textOf(request),
  });
  const [, status, target] = /^\/(3\d\d)\/(.*)$/.exec(request.url ?? '') ?? [];
  if (status === undefined) return void response.end('home');
  const location = target === 'away' ? `${away}/there` : target === 'home' ? '/there' : (target ?? '');
  response.writeHead(Number(status), { location });
  response.end('moved');
});

const activities = activitiesOf({
  secrets: { TOKEN: 's3cr3t-token' },
  connections: {
    home: {
      connector: 'http',
      with: { base_url: home, headers: { 'x-team': 'blue' }, auth: { bearer: '${{ secrets.TOKEN }}' } },
    },
  },
});

async function call(input: JsonObject): Promise<JsonObject> {
  return (await runAttempt(activities, 'http.request', input, { connection: 'home' })) as JsonObject;
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a GET follows ${status}`, async () => {
    assert.equal((await call({ url: `/${status}/home` })).body, 'home');
    assert.equal(arrivals[1]?.url, '/there');
    assert.equal(arrivals[1]?.headers.authorization, 'Bearer s3cr3t-token');
  });
}

test('credentials, cookies and headers of the connection or the author never reach another origin', async () => {
  const output = await call({
    url: '/302/away',
    headers: { cookie: 'session=1', 'x-mine': 'y', accept: 'text/plain' },
  });
  assert.equal(output.body, 'away');
  const [first, second] = arrivals;
  assert.equal(first?.headers['x-mine'], 'y');
  assert.equal(second?.at, 'away');
  for (const name of ['authorization', 'cookie', 'x-mine', 'x-team', 'idempotency-key']) {
    assert.equal(second?.headers[name], undefined, name);
  }
  assert.equal(second?.headers.accept, 'text/plain');
});

test('a POST is sent again, body and key and all, to where 307 and 308 point on the same origin', async () => {
  for (const status of [307, 308]) {
    arrivals.length = 0;
    await call({ method: 'POST', url: `/${status}/home`, body: { a: 1 } });
    const again = arrivals[1];
    assert.equal(again?.method, 'POST');
    assert.equal(again?.body, '{"a":1}');
    assert.equal(again?.headers['idempotency-key'], 'key-1');
  }
});

test('a POST is never sent again to another origin', async () => {
  for (const status of [307, 308]) {
    arrivals.length = 0;
    const failed = await failAttempt(
      activities,
      'http.request',
      { method: 'POST', url: `/${status}/away`, body: 1 },
      { connection: 'home' },
    );
    assert.equal(failed.code, 'http_status');
    assert.equal(failed.details.status, status);
    assert.equal(failed.retryable, false);
    assert.deepEqual(
      arrivals.map(({ at }) => at),
      ['home'],
    );
  }
});

test('a POST that is answered 303 fetches the result with a GET, without the body', async () => {
  await call({ method: 'POST', url: '/303/home', body: { a: 1 } });
  const result = arrivals[1];
  assert.equal(result?.method, 'GET');
  assert.equal(result?.body, '');
  assert.equal(result?.headers['content-type'], undefined);
});

test('a POST does not follow 301 and 302: the redirect is the answer', async () => {
  for (const status of [301, 302]) {
    const failed = await failAttempt(
      activities,
      'http.request',
      { method: 'POST', url: `/${status}/home`, body: 1 },
      { connection: 'home' },
    );
    assert.equal(failed.details.status, status);
  }
});

test('with follow_redirects: false a redirect is the answer, and expect can take it', async () => {
  const output = await call({ url: '/302/home', follow_redirects: false, expect: [302] });
  assert.equal(output.status, 302);
  assert.equal((output.headers as JsonObject).location, '/there');
});

test('a loop ends after five redirects', async () => {
  const loop = await serve((request, response) => {
    response.writeHead(302, { location: `${request.url}x` });
    response.end();
  });
  const failed = await failAttempt(activities, 'http.request', { url: `${loop}/` });
  assert.equal(failed.code, 'too_many_redirects');
  assert.equal(failed.retryable, false);
});

test('a redirect to another scheme or to a URL with user info is not followed', async () => {
  for (const location of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://ada:pw@127.0.0.1/']) {
    const failed = await failAttempt(activities, 'http.request', { url: `/302/${location}` }, { connection: 'home' });
    assert.equal(failed.code, 'too_many_redirects', location);
    assert.doesNotMatch(failed.message, /pw|passwd/);
  }
});
