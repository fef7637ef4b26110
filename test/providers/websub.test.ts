// WebSub: a subscription is confirmed for our topic only, and content is believed with any of the four hashes.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { websub } from '../../src/providers/websub.ts';
import { flow, LAB_NOW_MS, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'hub secret';
const TOPIC = 'https://example.com/feed.xml?a=b';
const FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><title>caf\u00e9</title></feed>';
const sign = (hash: string, text = FEED): string => `${hash}=${createHmac(hash, SECRET).update(text).digest('hex')}`;

describe('a hub', () => {
  let lab: Lab;
  before(async () => {
    const auth = { provider: 'websub', secrets: ['WEBSUB_SECRET'], settings: { topic: TOPIC } };
    const leaving = { ...auth, settings: { topic: TOPIC, unsubscribe: true } };
    lab = await startLab({
      sources: [source('feed', 'websub', { auth }), source('leaving', 'websub', { auth: leaving })],
      flows: [flow('on-feed', [{ source: 'feed' }])],
      secrets: { WEBSUB_SECRET: SECRET },
    });
  });
  after(() => lab.close());

  const ask = async (name: string, parameters: Record<string, string>): Promise<[number, string]> => {
    const response = await fetch(`${lab.url}/hooks/${name}?${new URLSearchParams(parameters).toString()}`);
    if (response.status < 400) assert.match(response.headers.get('content-type')!, /^text\/plain/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    return [response.status, await response.text()];
  };
  const intent = (mode: string, topic = TOPIC) => ({
    'hub.mode': mode,
    'hub.topic': topic,
    'hub.challenge': 'c2FsdA',
    'hub.lease_seconds': '864000',
  });

  it('that asks whether we subscribed gets its challenge for our topic, and 404 for any other', async () => {
    assert.deepEqual(await ask('feed', intent('subscribe')), [200, 'c2FsdA']);
    for (const topic of ['', 'https://example.com/feed.xml', `${TOPIC}&c=d`, TOPIC.toUpperCase()]) {
      assert.deepEqual(await ask('feed', intent('subscribe', topic)), [404, ''], topic);
    }
    const { 'hub.challenge': _challenge, ...incomplete } = intent('subscribe');
    assert.deepEqual(await ask('feed', incomplete), [404, '']);
    assert.deepEqual(await ask('feed', { ...intent('subscribe'), 'hub.challenge': 'a'.repeat(2000) }), [404, '']);
  });

  it('that asks whether the subscription shall end is told so only where the source says it', async () => {
    assert.deepEqual(await ask('feed', intent('unsubscribe')), [404, '']);
    assert.deepEqual(await ask('leaving', intent('unsubscribe')), [200, 'c2FsdA']);
    assert.deepEqual(await ask('leaving', intent('publish')), [404, '']);
  });

  it('that denies the subscription is heard, without an echo', async () => {
    const denial = { 'hub.mode': 'denied', 'hub.topic': TOPIC, 'hub.reason': 'unauthorized', 'hub.challenge': 'x' };
    assert.deepEqual(await ask('feed', denial), [200, '']);
  });

  it('that asks nothing gets 405', async () => {
    assert.equal((await fetch(`${lab.url}/hooks/feed`)).status, 405);
    assert.equal(await lab.deliveries(), 0);
  });

  it('pushes content: the same within an hour is a repeat, and later it counts again', async () => {
    const push = async () => {
      const headers = { 'content-type': 'application/atom+xml', 'x-hub-signature': sign('sha256') };
      const response = await lab.post('/hooks/feed', FEED, headers);
      assert.equal(response.status, 202);
      assert.equal(await response.text(), '');
    };
    await push();
    await push();
    assert.equal(await lab.deliveries(), 1);
    lab.nowMs = LAB_NOW_MS + 61 * 60_000;
    await push();
    assert.equal(await lab.deliveries(), 2);
    const [start] = await lab.starts();
    assert.equal(start!.body, FEED);
  });
});

describe('the signature of a hub', () => {
  const judge = (header: string | undefined, secrets = [SECRET]): string => {
    const request = inbound(header === undefined ? {} : { 'X-Hub-Signature': header }, FEED);
    const verdict = websub.verifier({ topic: TOPIC })(request, secrets, 0);
    return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
  };

  it('may be of each of the four methods', () => {
    for (const hash of ['sha1', 'sha256', 'sha384', 'sha512']) {
      assert.equal(judge(sign(hash), ['old', SECRET]), 'ok', hash);
      assert.equal(judge(sign(hash, 'other')), '401 signature_mismatch', hash);
    }
  });

  it('must be of the method that it names, and of no other', () => {
    assert.equal(judge(sign('sha1').replace('sha1', 'sha256')), '400 signature_malformed');
    for (const header of [sign('md5'), 'sha256', '=', '', sign('sha256').slice('sha256='.length), 'constructor=00']) {
      assert.equal(judge(header), '400 signature_malformed', header);
    }
    assert.equal(judge(undefined), '401 signature_missing');
    assert.equal(judge(sign('md5'), []), '401 secret_not_set');
    assert.equal(judge(sign('sha1'), ['']), '401 secret_not_set');
  });

  it('sent twice in conflict is refused', () => {
    const pairs: [string, string][] = [
      ['X-Hub-Signature', sign('sha1')],
      ['X-Hub-Signature', sign('sha256')],
    ];
    const verdict = websub.verifier({ topic: TOPIC })(inbound(pairs, FEED), [SECRET], 0);
    assert.deepEqual(verdict, { ok: false, status: 400, reason: 'header_conflict' });
  });

  it('needs a topic to be worth anything, and the author is told', () => {
    assert.match(websub.settingsProblem!({})!, /`topic` is missing/);
    assert.equal(websub.settingsProblem!({ topic: TOPIC }), undefined);
  });
});
