// GET /api/deliveries, /api/rejections and /api/sources: what people and programs learn of a Hookline that runs.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { createRejectionLog } from '../../src/inbox/rejections.ts';
import type { Rejection } from '../../src/inbox/store.ts';
import { introductionName } from '../../src/server/introductions.ts';
import { flow, GITHUB_SECRET, LAB_NOW_MS, source, startLab, type Lab } from './lab.ts';

type Answer = ReturnType<typeof JSON.parse>;

const SLACK_TOKEN = 'the token that a third party told';
const sources = [
  source('github', 'github'),
  source('open', 'none', { schema: { type: 'object' }, onInvalid: 'park' }),
  source('chat', 'slack', { auth: { provider: 'slack', secrets: ['CHAT_SECRET'], settings: {} } }),
  source('shop/orders', 'none', { retired: true }),
];
const flows = [
  flow('welcome', [{ source: 'github', events: ['issues.*'] }]),
  flow('small', [{ source: 'open', if: 'event.body.total < 10' }]),
];

async function json(lab: Lab, path: string, status = 200): Promise<Answer> {
  const response = await fetch(lab.url + path);
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text);
}

function fromGithub(lab: Lab, id: string, event: string, body: object): Promise<Response> {
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', GITHUB_SECRET).update(text).digest('hex');
  return lab.post('/hooks/github', text, {
    'content-type': 'application/json',
    'x-github-delivery': id,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${signature}`,
  });
}

const rejectedByHand = (changes: Partial<Rejection>): Rejection => ({
  at: LAB_NOW_MS,
  source: 'github',
  status: 401,
  reason: 'signature_mismatch',
  method: 'POST',
  address: '203.0.113.7',
  headers: { 'user-agent': 'forger' },
  bodyStart: Buffer.from([0xff, 0x00]),
  bodyBytes: 2,
  ...changes,
});

describe('the API', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({
      sources,
      flows,
      brokenSources: ['broken'],
      deps: {
        runLink: (run) => `http://ui/${run}`,
        droppedRejections: () => ({ count: 7, since: LAB_NOW_MS - 1000 }),
      },
    });
    lab.catalog.brokenIn = new Map([['broken', 'flows/broken.yaml']]);
    for (const file of ['flows/broken.yaml', 'flows/other.yaml']) {
      lab.catalog.problems.push({
        code: 'yaml-syntax',
        severity: 'error',
        file,
        line: 3,
        column: 5,
        length: 1,
        message: 'Something is wrong',
        sourceLine: '',
      });
    }
    await lab.store.set(introductionName('chat'), SLACK_TOKEN);
    await fromGithub(lab, 'g-1', 'issues', { action: 'opened' });
    await fromGithub(lab, 'g-1', 'issues', { action: 'opened' });
    await fromGithub(lab, 'g-2', 'push', { ref: 'main' });
    await lab.post('/hooks/open', '{"total": 50}');
    await lab.post('/hooks/open', '[1]');
    await lab.post('/hooks/open', '{"total": 5}');
  });
  after(() => lab.close());

  it('lists deliveries newest first, with what became of them', async () => {
    const { deliveries, next } = await json(lab, '/api/deliveries');
    const told = deliveries.map((each: Answer) => [each.source, each.status, each.events[0].type]);
    assert.deepEqual(told, [
      ['open', 'waiting', 'webhook'],
      ['open', 'parked', 'webhook'],
      ['open', 'filtered', 'webhook'],
      ['github', 'unmatched', 'push'],
      ['github', 'waiting', 'issues.opened'],
    ]);
    assert.equal(next, null);
    const first = deliveries.at(-1);
    assert.equal(first.receivedAt, new Date(LAB_NOW_MS).toISOString());
    assert.equal(first.repeats, 1);
    assert.equal(first.repeatedAt, new Date(LAB_NOW_MS).toISOString());
    assert.deepEqual(first.events[0].starts, [
      {
        flow: 'welcome',
        status: 'waiting',
        attempts: 0,
        error: null,
        waits: null,
        run: 'welcome/github~g-1',
        ui: 'http://ui/welcome/github~g-1',
      },
    ]);
  });

  it('narrows a list, and leads from page to page', async () => {
    const ids = async (query: string): Promise<string[]> =>
      (await json(lab, `/api/deliveries?${query}`)).deliveries.map((each: Answer) => each.deliveryId);
    assert.deepEqual(await ids('source=github'), ['g-2', 'g-1']);
    assert.deepEqual(await ids('source=github&status=waiting'), ['g-1']);
    assert.deepEqual(await ids('since=2099-01-01'), []);
    const pages: string[] = [];
    for (let path: string | null = '/api/deliveries?source=github&limit=1'; path !== null;) {
      const page: Answer = await json(lab, path);
      pages.push(...page.deliveries.map((each: Answer) => each.deliveryId));
      path = page.next;
    }
    assert.deepEqual(pages, ['g-2', 'g-1']);
  });

  it('shows a delivery by its id or an event of it, with the body', async () => {
    for (const id of ['g-1', 'github~g-1']) {
      const { deliveries } = await json(lab, `/api/deliveries/${id}`);
      assert.equal(deliveries.length, 1);
      assert.equal(deliveries[0].body.text, '{"action":"opened"}');
      assert.equal(deliveries[0].headers['x-hub-signature-256'], '[redacted]');
    }
    const [parked] = (await json(lab, '/api/deliveries?status=parked')).deliveries;
    assert.match(parked.events[0].reason, /must be object/);
    assert.match((await json(lab, '/api/deliveries/nobody', 404)).error.message, /No delivery/);
  });

  it('takes an id with any characters, URL-encoded', async () => {
    const id = 'a/b?c d%';
    await fromGithub(lab, id, 'ping', { zen: 'keep it simple' });
    const { deliveries } = await json(lab, `/api/deliveries/${encodeURIComponent(id)}`);
    assert.equal(deliveries[0].deliveryId, id);
  });

  it('lists rejections with the reason in words, and how many were not kept', async () => {
    await lab.store.recordRejections([rejectedByHand({ source: 'nowhere', status: 404, reason: 'not_found' })]);
    await lab.store.recordRejections([rejectedByHand({})]);
    const { rejections, notKept, next } = await json(lab, '/api/rejections?limit=1');
    assert.match(rejections[0].sentence, /signature is not the one/);
    assert.match(rejections[0].remedy, /secret/);
    assert.deepEqual(rejections[0].bodyStart, { base64: '/wA=' });
    assert.deepEqual(notKept, { count: 7, since: new Date(LAB_NOW_MS - 1000).toISOString() });
    const second = await json(lab, next);
    assert.deepEqual([second.rejections[0].source, second.next], ['nowhere', null]);
    assert.equal((await json(lab, '/api/deliveries?source=github')).rejected.count, 1);
    assert.deepEqual((await json(lab, '/api/deliveries')).rejected, { count: 2, since: null });
    const later = new Date(LAB_NOW_MS + 1).toISOString();
    assert.deepEqual((await json(lab, `/api/deliveries?since=${later}`)).rejected, { count: 0, since: later });
  });

  it('says in words what is wrong with a question', async () => {
    const wrong: [string, RegExp][] = [
      ['limit=0', /limit must be a whole number from 1 to 500/],
      ['limit=1e3', /limit/],
      ['limit=501', /limit/],
      ['status=lost', /status must be one of waiting, started/],
      ['since=yesterday', /since must be a time/],
      ['since=2026-13-45', /since must be a time/],
      ['before=-1', /before/],
      ['source=', /source must name/],
      ['source=a&source=b', /source may be given once/],
      ['sorce=a', /there are source, status, since, limit, before/],
    ];
    for (const [query, expected] of wrong) {
      const { error } = await json(lab, `/api/deliveries?${query}`, 400);
      assert.equal(error.code, 'invalid_query');
      assert.match(error.message, expected, query);
    }
    assert.match((await json(lab, '/api/rejections?status=waiting', 400)).error.message, /there are source, since/);
  });

  it('tells of every source where it is, who listens, which secrets are set, and why one is broken', async () => {
    const { sources: told, errors } = await json(lab, '/api/sources');
    assert.equal(errors, 2);
    const byName = Object.fromEntries(told.map((each: Answer) => [each.name, each]));
    assert.deepEqual(Object.keys(byName), ['broken', 'chat', 'github', 'open', 'shop/orders']);
    assert.equal(byName['github'].url, `${lab.url}/hooks/github`);
    assert.deepEqual(byName['github'].flows, [{ flow: 'welcome', events: ['issues.*'], if: null }]);
    assert.deepEqual(byName['github'].secrets, [{ name: 'GITHUB_SECRET', set: true }]);
    assert.deepEqual(byName['open'].flows, [{ flow: 'small', events: null, if: 'event.body.total < 10' }]);
    assert.deepEqual(byName['broken'].problems, ['flows/broken.yaml:3:5: Something is wrong']);
    assert.equal(byName['broken'].broken, true);
    assert.equal(byName['shop/orders'].retired, true);
    assert.match(byName['chat'].problems.join(), /set HOOKLINE_SECRET_CHAT_SECRET/);
  });

  it('gives the author the token that a third party told, and what to do with it', async () => {
    const { sources: told } = await json(lab, '/api/sources');
    const chat = told.find((each: Answer) => each.name === 'chat');
    assert.equal(chat.introduction.token, SLACK_TOKEN);
    assert.match(chat.introduction.todo, /set HOOKLINE_SECRET_CHAT_SECRET to it/);
    assert.equal(told.filter((each: Answer) => each.introduction !== null).length, 1);
    assert.doesNotMatch(JSON.stringify(told), new RegExp(GITHUB_SECRET));
  });
});

describe('the API of a Hookline with a token', () => {
  it('answers no question without it', async () => {
    const lab = await startLab({ deps: { apiToken: 'token-of-the-api' } });
    try {
      for (const path of ['/api/deliveries', '/api/deliveries/x', '/api/rejections', '/api/sources']) {
        assert.equal((await fetch(lab.url + path)).status, 401, path);
        const headers = { authorization: 'Bearer token-of-the-api' };
        assert.notEqual((await fetch(lab.url + path, { headers })).status, 401, path);
      }
    } finally {
      await lab.close();
    }
  });
});

describe('what the receiver refuses', () => {
  it('is in the list a moment later', async () => {
    const log: { add?: (rejection: Rejection) => void } = {};
    const lab = await startLab({ deps: { rejected: (rejection) => log.add?.(rejection) } });
    try {
      const rejections = createRejectionLog({ store: lab.store, logger: pino({ level: 'silent' }) });
      log.add = rejections.add;
      await lab.post('/hooks/github', '{}');
      await lab.post('/hooks/nowhere', '{}');
      await rejections.stop();
      const told = (await json(lab, '/api/rejections')).rejections;
      assert.deepEqual(
        told.map((each: Answer) => [each.source, each.reason, each.status]),
        [
          ['nowhere', 'not_found', 404],
          ['github', 'signature_missing', 401],
        ],
      );
    } finally {
      await lab.close();
    }
  });
});
