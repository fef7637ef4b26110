// Connections of http.request: where credentials go, and where they never go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, Template } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, runAttempt, type World } from './attempt.ts';
import { serve } from './web-server.ts';

interface Seen {
  url: string;
  method: string;
  headers: Record<string, string>;
}

const seen: Seen[] = [];
const service = await serve((request, response) => {
  seen.push({
    url: request.url ?? '',
    method: request.method ?? '',
    headers: request.headers as Record<string, string>,
  });
  response.end('ok');
});

function worldWith(settings: Template, more: World = {}): ReturnType<typeof activitiesOf> {
  return activitiesOf({
    secrets: { TOKEN: 's3cr3t-token' },
    config: { URL: `${service}/api` },
    connections: { stock: { connector: 'http', with: settings } },
    ...more,
  });
}

async function call(settings: Template, input: JsonObject): Promise<Seen> {
  seen.length = 0;
  await runAttempt(worldWith(settings), 'http.request', input, { connection: 'stock' });
  const [first] = seen;
  assert.ok(first);
  return first;
}

const bearer = { base_url: '${{ config.URL }}', auth: { bearer: '${{ secrets.TOKEN }}' } };

test('a relative URL is appended to base_url, with bearer credentials', async () => {
  for (const url of ['/items?q=1', 'items?q=1']) {
    const request = await call(bearer, { url });
    assert.equal(request.url, '/api/items?q=1');
    assert.equal(request.headers.authorization, 'Bearer s3cr3t-token');
  }
  assert.equal((await call(bearer, { url: '' })).url, '/api');
  assert.equal((await call(bearer, { url: '?page=2' })).url, '/api?page=2');
});

test('basic credentials and a header of its own are sent', async () => {
  const basic = await call(
    { base_url: service, auth: { basic: { username: 'ada', password: '${{ secrets.TOKEN }}' } } },
    { url: '/' },
  );
  assert.equal(basic.headers.authorization, `Basic ${Buffer.from('ada:s3cr3t-token').toString('base64')}`);
  const header = await call(
    { base_url: service, auth: { header: { name: 'X-Api-Key', value: 'k-${{ secrets.TOKEN }}' } } },
    { url: '/' },
  );
  assert.equal(header.headers['x-api-key'], 'k-s3cr3t-token');
});

test("a step's header wins over its connection's", async () => {
  const request = await call(
    { base_url: service, headers: { 'X-Team': 'a', 'x-other': 'b' } },
    { url: '/', headers: { 'x-team': 'c' } },
  );
  assert.equal(request.headers['x-team'], 'c');
  assert.equal(request.headers['x-other'], 'b');
});

test('a URL that leads out of base_url is refused before anything is sent', async () => {
  const other = 'http://127.0.0.1:1/api/x';
  const escapes = [
    '../admin',
    '/../admin',
    '/%2e%2e/admin',
    '..\\admin',
    `${service}/apiary`,
    `${service}/`,
    other,
    'https://evil.example/',
  ];
  for (const url of escapes) {
    seen.length = 0;
    const failed = await failAttempt(worldWith(bearer), 'http.request', { url }, { connection: 'stock' });
    assert.equal(failed.code, 'invalid_input', url);
    assert.match(failed.message, /leads out of the connection's base_url/);
    assert.equal(seen.length, 0);
  }
});

test('what looks like another host in a relative URL stays a path', async () => {
  assert.equal((await call(bearer, { url: '//evil.example/x' })).url, '/api/evil.example/x');
  assert.equal((await call({ base_url: service }, { url: '.evil.example/' })).url, '/.evil.example/');
  assert.equal((await call({ base_url: service }, { url: '@evil.example/' })).url, '/@evil.example/');
});

test('an absolute URL below base_url is taken', async () => {
  assert.equal((await call(bearer, { url: `${service}/api/items` })).url, '/api/items');
});

test('a connection that is not there, is for another service, or has wrong settings fails by name', async () => {
  const missing = await failAttempt(activitiesOf(), 'http.request', { url: '/' }, { connection: 'stock' });
  assert.equal(missing.code, 'connection_missing');
  const otherKind = activitiesOf({ connections: { stock: { connector: 'slack', with: { token: 'x' } } } });
  const other = await failAttempt(otherKind, 'http.request', { url: '/' }, { connection: 'stock' });
  assert.equal(other.code, 'invalid_input');
  assert.match(other.message, /connection stock is for slack/);
  const wrong = await failAttempt(
    worldWith({ base_url: service, timeout: 5 }),
    'http.request',
    { url: '/' },
    { connection: 'stock' },
  );
  assert.equal(wrong.code, 'invalid_input');
  assert.match(wrong.message, /connection stock: with has no field timeout/);
});

test('a setting that is not set is named; with ?? it has a fallback', async () => {
  const failed = await failAttempt(
    worldWith({ base_url: '${{ config.NOWHERE }}' }),
    'http.request',
    { url: '/' },
    { connection: 'stock' },
  );
  assert.equal(failed.code, 'connection_missing');
  assert.match(failed.message, /NOWHERE/);
  const request = await call({ base_url: `\${{ config.NOWHERE ?? "${service}/fallback" }}` }, { url: '/a' });
  assert.equal(request.url, '/fallback/a');
});

test('a secret that is not set is named, and a later attempt may find it', async () => {
  const failed = await failAttempt(
    worldWith(bearer, { secrets: {} }),
    'http.request',
    { url: '/' },
    { connection: 'stock' },
  );
  assert.equal(failed.code, 'secret_missing');
  assert.match(failed.message, /secret TOKEN is not set/);
  assert.equal(failed.retryable, true);
});

test('a secret that holds a line break cannot become a header', async () => {
  const world = worldWith(bearer, { secrets: { TOKEN: 'good\r\nx-evil: 1' } });
  seen.length = 0;
  const failed = await failAttempt(world, 'http.request', { url: '/' }, { connection: 'stock' });
  assert.equal(failed.code, 'invalid_input');
  assert.equal(seen.length, 0);
});

test('a URL with user info, another scheme, or no host at all is refused', async () => {
  for (const url of [
    'http://ada:pw@127.0.0.1/',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    '/orders',
    'http://',
    'javascript:alert(1)',
  ]) {
    const failed = await failAttempt(activitiesOf(), 'http.request', { url });
    assert.equal(failed.code, 'invalid_input', url);
    assert.doesNotMatch(failed.message, /pw/);
  }
});

test('credentials without a base_url are refused: they would go to any URL', async () => {
  const credentials: JsonObject[] = [{ auth: { bearer: '${{ secrets.TOKEN }}' } }, { headers: { 'x-key': 'k' } }];
  for (const settings of credentials) {
    seen.length = 0;
    const failed = await failAttempt(worldWith(settings), 'http.request', { url: service }, { connection: 'stock' });
    assert.equal(failed.code, 'invalid_input');
    assert.match(failed.message, /base_url/);
    assert.equal(seen.length, 0);
  }
});
