// `POST /api/flows/NAME/runs`, who may use it, and the endpoints for machines that watch.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { flow, startLab, type Lab, type LabOptions } from './lab.ts';

const input = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, team: { type: 'string', default: 'sales' } },
};
const options: LabOptions = {
  flows: [
    flow('by-hand', [{ kind: 'manual', source: undefined }]),
    flow('with-input', [{ kind: 'webhook', source: 'github' }], { input }),
    flow('webhook-only', [{ kind: 'webhook', source: 'github' }]),
  ],
};

describe('a manual run', () => {
  let lab: Lab;
  let woken = 0;
  before(async () => {
    lab = await startLab({ ...options, deps: { accepted: () => (woken += 1), runLink: (run) => `http://ui/${run}` } });
  });
  after(() => lab.close());

  it('goes through the inbox and tells where its result will be', async () => {
    const response = await lab.post('/api/flows/by-hand/runs', '{"a":1}');
    const body = (await response.json()) as { id: string; run: string; result: string; ui: string };
    assert.equal(response.status, 202);
    assert.equal(body.run, `by-hand/${body.id}`);
    assert.equal(body.ui, `http://ui/${body.run}`);
    assert.equal((await fetch(body.result)).status, 202);
    const start = (await lab.starts()).find((candidate) => candidate.eventId === body.id);
    assert.deepEqual(
      [start?.flow, start?.source, start?.eventType, start?.body],
      ['by-hand', 'manual', 'manual', { a: 1 }],
    );
    assert.equal(woken, 1);
  });

  it('takes an empty body as an empty input', async () => {
    const response = await lab.post('/api/flows/by-hand/runs', '');
    const { id } = (await response.json()) as { id: string };
    const start = (await lab.starts()).find((candidate) => candidate.eventId === id);
    assert.deepEqual(start?.body, {});
  });

  it('fills in defaults of the input and refuses what does not follow it', async () => {
    const { id } = (await (await lab.post('/api/flows/with-input/runs', '{"name":"Ada"}')).json()) as { id: string };
    const start = (await lab.starts()).find((candidate) => candidate.eventId === id);
    assert.deepEqual(start?.body, { name: 'Ada', team: 'sales' });
    const refused = await lab.post('/api/flows/with-input/runs', '{}');
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /must have required property 'name'/);
  });

  it('of a repeated Idempotency-Key is the same run', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };
    const first = await (await lab.post('/api/flows/by-hand/runs', '{}', headers)).text();
    const count = await lab.deliveries();
    assert.equal(await (await lab.post('/api/flows/by-hand/runs', '{}', headers)).text(), first);
    assert.equal(await lab.deliveries(), count);
    await lab.post('/api/flows/with-input/runs', '{"name":"Ada"}', headers);
    assert.equal(await lab.deliveries(), count + 1);
  });

  it('is refused for a flow that is unknown or takes none, for other content and for broken JSON', async () => {
    assert.equal((await lab.post('/api/flows/nobody/runs', '{}')).status, 404);
    assert.equal((await lab.post('/api/flows/webhook-only/runs', '{}')).status, 409);
    assert.equal((await lab.post('/api/flows/by-hand/runs', 'a=1', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await lab.post('/api/flows/by-hand/runs', '{')).status, 400);
    assert.equal((await lab.post('/api/flows/by-hand/runs', ' '.repeat(1024 * 1024 + 1))).status, 413);
    assert.equal((await fetch(`${lab.url}/api/flows/by-hand/runs`)).status, 405);
  });

  it('without a token is only for programs on this machine: no page in a browser, no other name, no proxy', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'x-forwarded-for': '203.0.113.7' },
      { host: 'rebound.evil.example' },
      { host: '127.0.0.1.evil.example' },
    ];
    for (const header of foreign) {
      assert.equal(await statusOf(lab, header), 403, JSON.stringify(header));
    }
    assert.equal(await statusOf(lab, { host: `localhost:${lab.port}` }), 202);
  });
});

describe('a manual run, where there is an API token,', () => {
  it('needs exactly that token', async () => {
    const lab = await startLab({ ...options, deps: { apiToken: 'token-of-the-api' } });
    try {
      for (const authorization of ['', 'Bearer', 'Bearer token', 'Basic token-of-the-api', 'token-of-the-api']) {
        assert.equal(await statusOf(lab, authorization === '' ? {} : { authorization }), 401, authorization);
      }
      assert.equal(await statusOf(lab, { authorization: 'Bearer token-of-the-api' }), 202);
      assert.doesNotMatch(lab.log() + JSON.stringify(await lab.starts()), /token-of-the-api/);
    } finally {
      await lab.close();
    }
  });
});

describe('machines that watch', () => {
  it('see life, readiness and figures', async () => {
    const health = { ready: false, body: { temporal: 'away' } };
    const lab = await startLab({ ...options, deps: { health: async () => health } });
    try {
      assert.equal((await fetch(`${lab.url}/healthz`)).status, 200);
      const ready = await fetch(`${lab.url}/readyz`);
      assert.deepEqual([ready.status, await ready.json()], [503, { temporal: 'away' }]);
      await lab.post('/hooks/github', '{}');
      await lab.post('/hooks/some-random-name', '{}');
      const metrics = await (await fetch(`${lab.url}/metrics`)).text();
      assert.match(metrics, /hookline_requests_total\{source="github",status="401",reason="signature_missing"\} 1/);
      assert.match(metrics, /hookline_requests_total\{source="unknown",status="404",reason="not_found"\} 1/);
      assert.doesNotMatch(metrics, /some-random-name/);
    } finally {
      await lab.close();
    }
  });
});

/** fetch does not let a test choose Host or Origin. */
function statusOf(lab: Lab, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: lab.port, host: '127.0.0.1', path: '/api/flows/by-hand/runs', method: 'POST', headers },
      (response) => {
        response.resume();
        resolve(response.statusCode!);
      },
    );
    sent.on('error', reject).end('{}');
  });
}
