// http.request: what is sent, and what a flow gets back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, runAttempt } from './attempt.ts';
import { serve, textOf } from './web-server.ts';

const activities = activitiesOf();

/** Answers with what it was asked, as JSON. */
const echo = await serve(async (request, response) => {
  const body = await textOf(request);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
});

async function echoed(
  input: JsonObject,
): Promise<{ method: string; url: string; headers: Record<string, string>; body: string }> {
  const output = (await runAttempt(activities, 'http.request', input)) as unknown as { body: never };
  return output.body;
}

test('a GET is sent without a body and its JSON answer is parsed', async () => {
  const output = (await runAttempt(activities, 'http.request', { url: `${echo}/a` })) as JsonObject;
  assert.equal(output.status, 200);
  assert.equal((output.headers as JsonObject)['content-type'], 'application/json');
  assert.equal((output.body as JsonObject).method, 'GET');
  assert.equal((output.body as JsonObject).body, '');
  assert.equal(output.body_base64, null);
});

test('a body is sent as JSON, whatever its type', async () => {
  for (const body of [{ a: [1, null, 'ü'] }, [], 'text', 0, false, null]) {
    const seen = await echoed({ method: 'POST', url: echo, body });
    assert.deepEqual(JSON.parse(seen.body), body);
    assert.equal(seen.headers['content-type'], 'application/json');
  }
});

test('a form repeats the names of lists and leaves nulls out', async () => {
  const seen = await echoed({ method: 'POST', url: echo, form: { a: ['1', 2], b: true, c: null, d: 'x y&z' } });
  assert.equal(seen.body, 'a=1&a=2&b=true&d=x+y%26z');
  assert.equal(seen.headers['content-type'], 'application/x-www-form-urlencoded');
});

test('text is sent as it is, with the content type that the author gives', async () => {
  const seen = await echoed({ method: 'PUT', url: echo, text: '<a/>', headers: { 'Content-Type': 'application/xml' } });
  assert.equal(seen.body, '<a/>');
  assert.equal(seen.headers['content-type'], 'application/xml');
});

test('body_base64 is sent as bytes', async () => {
  const bytes = Buffer.from([0, 1, 0xfe, 0xff]);
  let received = Buffer.alloc(0);
  const url = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received = Buffer.concat(chunks);
    response.end();
  });
  await runAttempt(activities, 'http.request', { method: 'POST', url, body_base64: bytes.toString('base64') });
  assert.deepEqual(received, bytes);
});

test('two bodies at once are refused', async () => {
  const failed = await failAttempt(activities, 'http.request', { url: echo, body: {}, text: 'x' });
  assert.equal(failed.code, 'invalid_input');
  assert.match(failed.message, /with\/text cannot stand beside another/);
});

test('query is added to the query that the URL has', async () => {
  const seen = await echoed({ url: `${echo}/find?page=1`, query: { tag: ['a', 'b'], q: 'ä&=', none: null } });
  assert.equal(seen.url, '/find?page=1&tag=a&tag=b&q=%C3%A4%26%3D');
});

test('the idempotency key is sent with every call and is the same for every attempt', async () => {
  const keys = [];
  for (const attempt of [1, 2, 3]) {
    const output = (await runAttempt(
      activities,
      'http.request',
      { url: echo },
      { attempt, idempotencyKey: 'k-42' },
    )) as JsonObject;
    keys.push(((output.body as JsonObject).headers as JsonObject)['idempotency-key']);
  }
  assert.deepEqual(keys, ['k-42', 'k-42', 'k-42']);
});

test("an author's own idempotency key wins", async () => {
  const seen = await echoed({ method: 'POST', url: echo, headers: { 'Idempotency-Key': 'mine' } });
  assert.equal(seen.headers['idempotency-key'], 'mine');
});

test('a header with a line break, a strange name, or one that frames the message is refused', async () => {
  const bad: JsonObject[] = [
    { 'x-a': 'b\r\nx-evil: 1' },
    { 'x a': 'b' },
    { Host: 'evil.example' },
    { 'Transfer-Encoding': 'chunked' },
    { 'x-a': '\u0000' },
  ];
  for (const headers of bad) {
    const failed = await failAttempt(activities, 'http.request', { url: echo, headers });
    assert.equal(failed.code, 'invalid_input', JSON.stringify(headers));
    assert.equal(failed.retryable, false);
  }
});

const answers: { name: string; headers: Record<string, string>; body: Buffer | string; gives: JsonObject }[] = [
  { name: 'text', headers: { 'content-type': 'text/plain' }, body: 'hi', gives: { body: 'hi', body_base64: null } },
  {
    name: 'text in another charset',
    headers: { 'content-type': 'text/plain; charset=ISO-8859-1' },
    body: Buffer.from([0xe4]),
    gives: { body: 'ä', body_base64: null },
  },
  {
    name: 'a +json type',
    headers: { 'content-type': 'application/problem+json' },
    body: '{"a":1}',
    gives: { body: { a: 1 }, body_base64: null },
  },
  {
    name: 'JSON that is none',
    headers: { 'content-type': 'application/json' },
    body: '{"a":',
    gives: { body: '{"a":', body_base64: null },
  },
  {
    name: 'JSON null',
    headers: { 'content-type': 'application/json' },
    body: 'null',
    gives: { body: null, body_base64: null },
  },
  {
    name: 'nothing',
    headers: { 'content-type': 'application/json' },
    body: '',
    gives: { body: null, body_base64: null },
  },
  {
    name: 'bytes',
    headers: { 'content-type': 'image/png' },
    body: Buffer.from([0x89, 0x50]),
    gives: { body: null, body_base64: 'iVA=' },
  },
  { name: 'text without a type', headers: {}, body: 'plain', gives: { body: 'plain', body_base64: null } },
  {
    name: 'bytes without a type',
    headers: {},
    body: Buffer.from([0xff, 0xfe]),
    gives: { body: null, body_base64: '//4=' },
  },
  {
    name: 'JSON nested too deeply to be walked',
    headers: { 'content-type': 'application/json' },
    body: '['.repeat(5000) + ']'.repeat(5000),
    gives: { body: '['.repeat(5000) + ']'.repeat(5000), body_base64: null },
  },
  {
    name: 'gzip',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync('{"a":1}'),
    gives: { body: { a: 1 }, body_base64: null },
  },
  {
    name: 'brotli',
    headers: { 'content-type': 'text/plain', 'content-encoding': 'br' },
    body: brotliCompressSync('squeezed'),
    gives: { body: 'squeezed', body_base64: null },
  },
  {
    name: 'deflate',
    headers: { 'content-type': 'text/plain', 'content-encoding': 'deflate' },
    body: deflateSync('squeezed'),
    gives: { body: 'squeezed', body_base64: null },
  },
];

for (const { name, headers, body, gives } of answers) {
  test(`an answer of ${name} becomes a value`, async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, headers);
      response.end(body);
    });
    const output = (await runAttempt(activities, 'http.request', { url })) as JsonObject;
    assert.deepEqual({ body: output.body, body_base64: output.body_base64 }, gives);
  });
}

test('a key called __proto__ in an answer is data', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"__proto__":{"admin":true}}');
  });
  const output = (await runAttempt(activities, 'http.request', { url })) as { body: JsonObject };
  assert.equal(JSON.stringify(output.body), '{"__proto__":{"admin":true}}');
  assert.equal(output.body['admin'], undefined);
});

test('a HEAD gives headers and no body', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '999999999', 'content-encoding': 'gzip' });
    response.end();
  });
  const output = (await runAttempt(activities, 'http.request', { method: 'HEAD', url })) as JsonObject;
  assert.equal(output.status, 200);
  assert.equal(output.body, null);
});

test('expect makes a status an answer, and every other one a failure', async () => {
  const url = await serve((request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { 'content-type': 'application/json' });
    response.end('{"no":1}');
  });
  const output = (await runAttempt(activities, 'http.request', {
    url: `${url}/404`,
    expect: [200, 404],
  })) as JsonObject;
  assert.equal(output.status, 404);
  assert.equal(
    ((await runAttempt(activities, 'http.request', { url: `${url}/409`, expect: ['2xx', '4xx'] })) as JsonObject)
      .status,
    409,
  );
  const failed = await failAttempt(activities, 'http.request', { url: `${url}/204`, expect: [200] });
  assert.equal(failed.code, 'http_status');
  assert.equal(failed.retryable, false);
});

test('an input that does not follow the schema is refused and named by its place, not its value', async () => {
  const failed = await failAttempt(activities, 'http.request', { url: echo, methd: 'sesame', expect: ['sesame'] });
  assert.equal(failed.code, 'invalid_input');
  assert.match(failed.message, /with has no field methd/);
  assert.match(failed.message, /with\/expect\/0/);
  assert.doesNotMatch(failed.message, /sesame/);
});
