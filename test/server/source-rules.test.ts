// What a source says about its requests (methods, addresses, content, rate, status, filter) holds, over real HTTP.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { signGithub } from '../support/sign.ts';
import type { Source } from '../../src/flow/catalog.ts';
import { flow, GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

async function answer(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

describe('a source', () => {
  let lab: Lab;
  before(async () => {
    const open = (name: string, more: Parameters<typeof source>[2]): Source => source(name, 'none', more);
    lab = await startLab({
      sources: [
        githubSource,
        open('retired', { retired: true }),
        open('any-method', { methods: ['PUT', 'GET', 'DELETE'] }),
        open('json-only', { contentTypes: ['json'] }),
        open('one-type', { contentTypes: ['application/vnd.shop+json', 'text'] }),
        source('github-text', 'github', { contentTypes: ['text'] }),
        open('created', { status: 201 }),
        open('silent', { status: 204 }),
        source('slack-202', 'slack', { status: 202 }),
        open('from-afar', { ipAllow: ['203.0.113.0/24', '2001:db8::/32'] }),
        open('from-here', { ipAllow: ['127.0.0.1', '::1'] }),
        open('paid', { if: 'event.body.status === "paid"', settings: { delivery_id: 'body:id' } }),
      ],
      flows: [flow('on-paid', [{ source: 'paid' }, { source: 'any-method' }])],
      secrets: { SLACK_SECRET: 'slack-secret' },
    });
  });
  after(() => lab.close());

  it('that is retired answers 410 to everything', async () => {
    for (const method of ['POST', 'HEAD', 'GET', 'OPTIONS']) {
      const response = await fetch(`${lab.url}/hooks/retired`, { method });
      assert.equal(response.status, 410, method);
    }
    assert.deepEqual(await answer(await lab.post('/hooks/retired', '{}')), [410, 'retired']);
  });

  it('takes deliveries by its methods and by no others', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const response = await fetch(`${lab.url}/hooks/any-method`, { method, body: '{}', headers: JSON_TYPE });
      assert.equal(response.status, 202, method);
    }
    const got = await fetch(`${lab.url}/hooks/any-method?order=7`);
    assert.equal(got.status, 202);
    const { id } = (await got.json()) as { id: string };
    const start = (await lab.starts()).find((candidate) => candidate.eventId === id);
    assert.deepEqual([start?.body, start?.query], [null, { order: '7' }]);
    for (const method of ['POST', 'PATCH', 'OPTIONS']) {
      const refused = await fetch(`${lab.url}/hooks/any-method`, { method });
      assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'PUT, GET, DELETE, HEAD']);
    }
    assert.equal((await fetch(`${lab.url}/hooks/any-method`, { method: 'HEAD' })).status, 200);
  });

  it('takes the kinds of content and the media types that it names, and no others', async () => {
    const sent: [name: string, type: string, status: number][] = [
      ['json-only', 'application/json', 202],
      ['json-only', 'application/problem+json', 202],
      ['json-only', 'application/x-www-form-urlencoded', 415],
      ['json-only', 'text/plain', 415],
      ['one-type', 'Application/Vnd.Shop+JSON; charset=utf-8', 202],
      ['one-type', 'text/csv', 202],
      ['one-type', 'application/json', 415],
      ['one-type', 'multipart/form-data; boundary=x', 415],
    ];
    for (const [name, type, status] of sent) {
      const response = await lab.post(`/hooks/${name}`, '{}', { 'content-type': type });
      assert.equal(response.status, status, `${name} ${type}`);
    }
    const signed = { ...signGithub('hello', GITHUB_SECRET, 'ping', 'text-1'), 'content-type': 'text/plain' };
    // It replaces what the provider takes: GitHub itself sends JSON and forms.
    assert.equal((await lab.post('/hooks/github-text', 'hello', signed)).status, 202);
    assert.equal((await lab.post('/hooks/github-text', '{}')).status, 415);
  });

  it('answers a stored delivery with its own status, and nothing with 204', async () => {
    const created = await lab.post('/hooks/created', '{}');
    assert.equal(created.status, 201);
    assert.match(((await created.json()) as { id: string }).id, /^created~/);
    const silent = await lab.post('/hooks/silent', '{}');
    assert.deepEqual([silent.status, await silent.text(), silent.headers.get('content-type')], [204, '', null]);
  });

  it("keeps its provider's silence when it only says another status", async () => {
    const body = '{"type":"event_callback","event_id":"Ev9","event":{"type":"message"}}';
    const timestamp = String(lab.nowMs / 1000);
    const signature = createHmac('sha256', 'slack-secret').update(`v0:${timestamp}:${body}`).digest('hex');
    const response = await lab.post('/hooks/slack-202', body, {
      ...JSON_TYPE,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    });
    assert.deepEqual([response.status, await response.text()], [202, '']);
  });

  it('with `ip_allow` answers 403 to others, before they sent their body, with one body for all', async () => {
    const refused = await lab.post('/hooks/from-afar', '{}');
    assert.equal(refused.status, 403);
    const text = await refused.text();
    assert.doesNotMatch(text, /203|127|2001/);
    const other = await fetch(`${lab.url}/hooks/from-afar`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '203.0.113.7' },
    });
    assert.deepEqual([other.status, await other.text()], [403, text]);
    assert.equal((await lab.post('/hooks/from-here', '{}')).status, 202);
  });

  it('with `if` keeps and acknowledges what it is not true for, and starts nothing with it', async () => {
    const outcomes: [body: string, outcome: string][] = [
      ['{"id":"p-1","status":"paid"}', 'matched'],
      ['{"id":"p-2","status":"open"}', 'filtered'],
      ['{"id":"p-3"}', 'filter_failed'],
      ['{"id":"p-4","status":{"a":1}}', 'filtered'],
    ];
    for (const [body] of outcomes) assert.equal((await lab.post('/hooks/paid', body)).status, 202);
    const stored = await lab.store.listDeliveries({ source: 'paid', limit: 10 });
    assert.deepEqual(
      stored.map(({ deliveryId, events }) => [deliveryId, events[0]?.outcome]).reverse(),
      outcomes.map(([body, outcome]) => [(JSON.parse(body) as { id: string }).id, outcome]),
    );
    const started = (await lab.starts()).filter((start) => start.source === 'paid');
    assert.deepEqual(
      started.map((start) => start.eventId),
      ['paid~p-1'],
    );
  });

  it('with an `if` that fails keeps the delivery, and says why without its values', async () => {
    lab.catalog.sources.set('failing', source('failing', 'none', { if: 'event.body.a.b.c > 1' }));
    lab.catalog.flows.set('on-failing', flow('on-failing', [{ source: 'failing' }]));
    assert.equal((await lab.post('/hooks/failing', '{"secret":"sesame"}')).status, 202);
    const [stored] = await lab.store.listDeliveries({ source: 'failing', limit: 1 });
    assert.equal(stored?.events[0]?.outcome, 'filter_failed');
    assert.doesNotMatch(stored.events[0].reason ?? '', /sesame/);
    assert.notEqual(stored.events[0].reason, null);
  });
});

describe('a rate', () => {
  it('is a burst and so many a second, counted for verified requests only, and says when to come again', async () => {
    const limited = source('github', 'github', { rate: { perSecond: 2, burst: 3 } });
    const other = source('other', 'none');
    const slow = source('slow', 'none', { rate: { perSecond: 0.1, burst: 1 } });
    const lab = await startLab({ sources: [limited, other, slow] });
    try {
      let count = 0;
      const send = (): Promise<Response> =>
        lab.post('/hooks/github', '{}', signGithub('{}', GITHUB_SECRET, 'ping', `rate-${(count += 1)}`));
      for (let forged = 0; forged < 5; forged += 1) assert.equal((await lab.post('/hooks/github', '{}')).status, 401);
      for (let good = 0; good < 3; good += 1) assert.equal((await send()).status, 202);
      const refused = await send();
      assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1']);
      assert.equal((await lab.post('/hooks/other', '{}')).status, 202);

      assert.equal((await lab.post('/hooks/slow', '{}')).status, 202);
      lab.nowMs += 500;
      assert.deepEqual([(await send()).status, (await send()).status], [202, 429]);
      const slowly = await lab.post('/hooks/slow', '{}');
      assert.deepEqual([slowly.status, slowly.headers.get('retry-after')], [429, '10']);

      // A reload makes a new source of the same words: its bucket is not filled by that.
      lab.catalog.sources.set('github', { ...limited });
      assert.equal((await send()).status, 429);
      lab.nowMs += 60_000;
      for (let good = 0; good < 3; good += 1) assert.equal((await send()).status, 202);
      assert.equal((await send()).status, 429);
    } finally {
      await lab.close();
    }
  });
});
