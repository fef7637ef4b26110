// CloudEvents: the OPTIONS handshake, both places of the token, the three modes, and what is no event.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cloudevents } from '../../src/providers/cloudevents.ts';
import { flow, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const TOKEN = 'mF_9.B5f-4.1JqM';
const bearer = { authorization: `Bearer ${TOKEN}` };
const structured = { ...bearer, 'content-type': 'application/cloudevents+json; charset=utf-8' };
const batch = { ...bearer, 'content-type': 'application/cloudevents-batch+json' };
const binary = {
  ...bearer,
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-type': 'com.example.someevent',
  'ce-source': '/mycontext',
  'ce-id': 'A',
};
const event = (id: string, more: object = {}) => ({
  specversion: '1.0',
  type: 'com.example.someevent',
  source: '/mycontext',
  id,
  ...more,
});

describe('a sender of CloudEvents', () => {
  let lab: Lab;
  before(async () => {
    const settings = { allowed_origins: ['EventEmitter.example.com'], allowed_rate: 120 };
    const picky = { provider: 'cloudevents', secrets: ['CLOUDEVENTS_SECRET'], settings };
    lab = await startLab({
      sources: [source('events', 'cloudevents'), source('picky', 'cloudevents', { auth: picky })],
      flows: [flow('on-event', [{ source: 'events' }])],
      secrets: { CLOUDEVENTS_SECRET: TOKEN },
    });
  });
  after(() => lab.close());

  const ask = (name: string, headers: Record<string, string>) =>
    fetch(`${lab.url}/hooks/${name}`, { method: 'OPTIONS', headers });
  const stored = async () => (await lab.store.listDeliveries({ limit: 50 })).map(({ events }) => events);

  it('that asks whether it may send is told so, with its own name and any rate', async () => {
    const response = await ask('events', {
      'WebHook-Request-Origin': 'eventemitter.example.com',
      'WebHook-Request-Rate': '120',
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('webhook-allowed-origin'), 'eventemitter.example.com');
    assert.equal(response.headers.get('webhook-allowed-rate'), '*');
    assert.equal(response.headers.get('allow'), 'POST');
    assert.equal(await response.text(), '');
  });

  it('that the source does not name, or whose name is none, gets 405 and no permission', async () => {
    const allowed = await ask('picky', { 'WebHook-Request-Origin': 'eventemitter.example.com' });
    assert.equal(allowed.headers.get('webhook-allowed-rate'), '120');
    for (const [name, headers] of [
      ['picky', { 'WebHook-Request-Origin': 'other.example.com' }],
      ['events', { 'WebHook-Request-Origin': '<script>' }],
      ['events', { 'WebHook-Request-Origin': 'a'.repeat(254) }],
      ['events', {}],
    ] as [string, Record<string, string>][]) {
      const response = await ask(name, headers);
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('webhook-allowed-origin'), null);
    }
  });

  it('that repeats an event in any mode repeats it: source and id say which it is', async () => {
    const same = event('A', { data: { n: 1 } });
    assert.equal((await lab.post('/hooks/events', '{"n":1}', binary)).status, 202);
    assert.equal((await lab.post('/hooks/events', JSON.stringify(same), structured)).status, 202);
    const both = JSON.stringify([same, event('B')]);
    assert.equal((await lab.post('/hooks/events', both, batch)).status, 202);
    const ids = (await lab.starts()).map((start) => start.eventId);
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 2);
    const elsewhere = JSON.stringify(event('A', { source: '/elsewhere' }));
    assert.equal((await lab.post('/hooks/events', elsewhere, structured)).status, 202);
    // Those that were claimed above do not wait any more.
    assert.equal((await lab.starts()).length, 1);
  });

  it('that sends an empty batch is acknowledged, and nothing is kept', async () => {
    const before = (await stored()).length;
    assert.equal((await lab.post('/hooks/events', '[]', batch)).status, 202);
    assert.equal((await stored()).length, before);
  });

  it('may send data in binary mode that is a list, and it is one event', async () => {
    await lab.starts();
    for (const [id, data] of [
      ['list', '[1,2]'],
      ['empty list', '[]'],
    ] as const) {
      const response = await lab.post('/hooks/events', data, { ...binary, 'ce-id': id.replace(' ', '%20') });
      assert.equal(response.status, 202);
    }
    const starts = await lab.starts();
    assert.deepEqual(
      starts.map(({ body, eventType }) => [body, eventType]),
      [
        [[1, 2], 'com.example.someevent'],
        [[], 'com.example.someevent'],
      ],
    );
  });

  it('may put the token into the query, which is not kept', async () => {
    const { authorization: _none, ...unauthorised } = structured;
    const body = JSON.stringify(event('Q'));
    const response = await lab.post(`/hooks/events?access_token=${TOKEN}&p=q`, body, unauthorised);
    assert.equal(response.status, 202);
    assert.equal(JSON.stringify(await lab.starts()).includes(TOKEN), false);
    assert.equal((await lab.post('/hooks/events?access_token=other', body, unauthorised)).status, 401);
    assert.equal((await lab.post(`/hooks/events?access_token=${TOKEN}`, body, structured)).status, 400);
    const missing = await lab.post('/hooks/events', body, unauthorised);
    assert.equal(missing.status, 401);
    assert.equal(missing.headers.get('www-authenticate'), 'Bearer');
  });
});

describe('a request that is no CloudEvent', () => {
  const judge = (headers: Record<string, string> | [string, string][], body: unknown): string => {
    const request = inbound(headers, typeof body === 'string' ? body : JSON.stringify(body));
    const verdict = cloudevents.verifier({})(request, [TOKEN], 0);
    return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
  };
  const MALFORMED = '400 envelope_malformed';

  it('lacks an attribute, or has one that is no text', () => {
    for (const name of ['specversion', 'type', 'source', 'id']) {
      assert.equal(judge(structured, event('A', { [name]: undefined })), MALFORMED, name);
      assert.equal(judge(structured, event('A', { [name]: '' })), MALFORMED, name);
      assert.equal(judge(structured, event('A', { [name]: 1 })), MALFORMED, name);
      const { [`ce-${name}`]: _missing, ...rest } = binary as Record<string, string>;
      assert.equal(judge(rest, '{}'), MALFORMED, name);
    }
    assert.equal(judge(structured, event('A', { specversion: '0.3' })), MALFORMED);
    assert.equal(judge(structured, event('A', { specversion: '1.0' })), 'ok');
  });

  it('is a batch with anything else in it, or in a format that is not JSON', () => {
    assert.equal(judge(batch, [event('A'), event('B')]), 'ok');
    for (const body of [[event('A'), {}], event('A'), 'null', '[', '['.repeat(5000)]) {
      assert.equal(judge(batch, body), MALFORMED);
    }
    assert.equal(judge({ ...binary, 'content-type': 'application/cloudevents+avro' }, 'x'), MALFORMED);
  });

  it('has attributes in binary mode that are in conflict, or no UTF-8 when they are decoded', () => {
    assert.equal(judge([...Object.entries(binary), ['ce-id', 'B']], '{}'), '400 header_conflict');
    assert.equal(judge({ ...binary, 'ce-source': '%C0%A0' }, '{}'), MALFORMED);
    assert.equal(judge({ ...binary, 'ce-source': '%zz' }, '{}'), MALFORMED);
  });

  it('is told apart only from who has the token', () => {
    const { authorization: _none, ...unauthorised } = structured;
    assert.equal(judge(unauthorised, '{'), '401 credential_missing');
    assert.equal(judge({ ...structured, authorization: 'Basic eDp5' }, '{'), '401 credential_malformed');
  });

  it('has headers that are unquoted and decoded once where it is one', () => {
    const request = inbound({ ...binary, 'ce-type': '"Euro %E2%82%AC \\"x\\""', 'ce-id': '%2525' }, '{}');
    assert.equal(cloudevents.eventType(request, {}), 'Euro € "x"');
    assert.equal(cloudevents.deliveryId(request, {}), '/mycontext %25');
  });
});

describe('sending a CloudEvent', () => {
  const send = (body: unknown) =>
    cloudevents.signer({})(
      {
        method: 'POST',
        url: 'https://hooks.example/hooks/events',
        headers: { 'content-type': 'application/json', ...cloudevents.announce!('com.example.sent', 'A') },
        body: Buffer.from(JSON.stringify(body)),
      },
      TOKEN,
      'A',
      0,
    );

  it('makes the mode of what the file holds: an event, a list of events, or only data', () => {
    for (const [body, contentType] of [
      [event('A'), 'application/cloudevents+json'],
      [[event('A'), event('B')], 'application/cloudevents-batch+json'],
      [{ order: 7 }, 'application/json'],
      [[], 'application/json'],
    ] as [unknown, string][]) {
      const { headers, body: bytes } = send(body);
      assert.equal(headers['content-type'], contentType);
      assert.deepEqual(cloudevents.verifier({})(inbound(headers, bytes), [TOKEN], 0), { ok: true });
    }
    assert.equal(send({ order: 7 }).headers['ce-type'], 'com.example.sent');
  });
});
