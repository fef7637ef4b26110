// webhook.send: signed by the Standard Webhooks specification.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { signWebhook } from '../../activities/connectors/webhook.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, environmentWith, failAttempt, runAttempt } from './attempt.ts';
import { serve, textOf } from './web-server.ts';

interface Vector {
  source: string;
  secret: string;
  id: string;
  timestamp: number;
  body: string;
  signature: string;
}
const vectors = JSON.parse(
  readFileSync(new URL('standard-webhooks-vectors.json', import.meta.url), 'utf8'),
) as Vector[];

for (const { source, secret, id, timestamp, body, signature } of vectors) {
  test(`a published vector is signed as published (${source})`, () => {
    assert.equal(signWebhook(secret, id, timestamp, body), signature);
  });
}

let received: { headers: IncomingHttpHeaders; body: string } = { headers: {}, body: '' };
let status = 204;
const server = await serve(async (request, response) => {
  received = { headers: request.headers, body: await textOf(request) };
  response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
  response.end();
});
const key = Buffer.alloc(24, 7);
const activities = activitiesOf({
  secrets: { PARTNER: `whsec_${key.toString('base64')}` },
  connections: {
    partner: {
      connector: 'webhook',
      with: { url: server, secret: '${{ secrets.PARTNER }}', headers: { 'x-tenant': 't1' } },
    },
  },
});

function assertSigned(): void {
  const { headers, body } = received;
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(content).digest('base64')}`);
}

test('a webhook carries id, timestamp and a signature over both and the exact body', async () => {
  const output = (await runAttempt(
    activities,
    'webhook.send',
    { body: { order: 7, note: 'ü' }, headers: { 'X-Mine': 'm' } },
    { connection: 'partner' },
  )) as JsonObject;
  assert.equal(received.body, '{"order":7,"note":"ü"}');
  assert.equal(received.headers['x-tenant'], 't1');
  assert.equal(received.headers['x-mine'], 'm');
  assert.deepEqual(output, { id: received.headers['webhook-id'], status: 204 });
  assertSigned();
});

test('a retry has the same id and the same body, and a fresh timestamp', async (t) => {
  const scheduledTimestampMs = Date.UTC(2024, 0, 2, 3, 4, 5);
  const seen: (typeof received)[] = [];
  for (const attempt of [1, 2]) {
    t.mock.method(Date, 'now', () => scheduledTimestampMs + attempt * 60_000);
    const environment = environmentWith({ attempt, scheduledTimestampMs });
    await runAttempt(
      activities,
      'webhook.send',
      { type: 'order.paid', body: { id: 7 } },
      { connection: 'partner', environment },
    );
    assertSigned();
    seen.push(received);
  }
  const [first, second] = seen;
  assert.equal(second?.headers['webhook-id'], first?.headers['webhook-id']);
  assert.equal(second?.headers['idempotency-key'], first?.headers['idempotency-key']);
  assert.equal(Number(second?.headers['webhook-timestamp']) - Number(first?.headers['webhook-timestamp']), 60);
  assert.equal(first?.body, '{"type":"order.paid","timestamp":"2024-01-02T03:04:05.000Z","data":{"id":7}}');
  assert.equal(second?.body, first?.body);
});

test('another call has another id', async () => {
  const ids = new Set();
  for (const idempotencyKey of ['a', 'b']) {
    await runAttempt(activities, 'webhook.send', { body: 1 }, { connection: 'partner', idempotencyKey });
    ids.add(received.headers['webhook-id']);
  }
  assert.equal(ids.size, 2);
});

test('the headers of the signature cannot be replaced by the author', async () => {
  await runAttempt(
    activities,
    'webhook.send',
    { body: 1, headers: { 'Webhook-Signature': 'v1,forged', 'webhook-id': 'mine' } },
    { connection: 'partner' },
  );
  assert.notEqual(received.headers['webhook-id'], 'mine');
  assertSigned();
});

test('without a usable secret nothing is sent', async () => {
  const secrets = [undefined, 'whsec_', 'whsec_c2hvcnQ=', 'not base64 at all !!', 'whsec_!!!!'];
  for (const secret of secrets) {
    received = { headers: {}, body: 'nothing' };
    const failed = await failAttempt(activities, 'webhook.send', {
      url: server,
      body: 1,
      ...(secret === undefined ? {} : { secret }),
    });
    assert.equal(failed.code, 'invalid_input', String(secret));
    assert.equal(received.body, 'nothing');
  }
});

test('any answer but 2xx fails, redirects too', async (t) => {
  t.after(() => (status = 204));
  for (const [answered, retryable] of [
    [302, false],
    [400, false],
    [410, false],
    [429, true],
    [500, true],
  ] as const) {
    status = answered;
    const failed = await failAttempt(activities, 'webhook.send', { body: 1 }, { connection: 'partner' });
    assert.equal(failed.details.status, answered);
    assert.equal(failed.retryable, retryable);
  }
});

test("a connection's secret and headers are for its own receiver", async () => {
  received = { headers: {}, body: 'nothing' };
  const elsewhere = server.replace('127.0.0.1', 'localhost');
  const failed = await failAttempt(activities, 'webhook.send', { url: elsewhere, body: 1 }, { connection: 'partner' });
  assert.equal(failed.code, 'invalid_input');
  assert.equal(received.body, 'nothing');
  await runAttempt(activities, 'webhook.send', { url: `${server}/other/path`, body: 1 }, { connection: 'partner' });
  assertSigned();
});
