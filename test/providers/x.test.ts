// X: the challenge-response check as documented, which must not sign for strangers what we would believe ourselves.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { x } from '../../src/providers/x.ts';
import { flow, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'consumer secret';
const json = { 'content-type': 'application/json' };
const sign = (text: string): string => `sha256=${createHmac('sha256', SECRET).update(text).digest('base64')}`;

describe('X', () => {
  let lab: Lab;
  before(async () => {
    const flows = [flow('on-post', [{ source: 'x', events: ['tweet_create_events'] }])];
    lab = await startLab({ sources: [source('x', 'x')], flows, secrets: { X_SECRET: SECRET } });
  });
  after(() => lab.close());

  const crc = (token: string) => fetch(`${lab.url}/hooks/x?crc_token=${encodeURIComponent(token)}`);

  it('gets the HMAC of its token, also beside a nonce', async () => {
    const response = await fetch(`${lab.url}/hooks/x?crc_token=challenge_string&nonce=b`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type')!, /^application\/json/);
    assert.deepEqual(await response.json(), { response_token: sign('challenge_string') });
    assert.equal((await crc('NTNjZTM5ODgtMzMwYy00ODk1LTk2OTEtZTkzZDAwN2JlZmZi+/==')).status, 200);
    assert.equal((await fetch(`${lab.url}/hooks/x`)).status, 405);
  });

  it('has nothing signed for strangers that could be a delivery', async () => {
    const forged = '{"tweet_create_events":[{"text":"not by X"}]}';
    for (const token of [forged, '{}', ' {}', '[]', '"a"', 'a b', 'a'.repeat(257), '\uFEFF{}']) {
      const response = await crc(token);
      assert.equal(response.status, 405, token);
      assert.equal((await response.text()).includes('sha256='), false);
    }
    // What can be signed is refused as a body: numbers and words that are JSON too.
    for (const token of ['1', 'true', 'null', '-1.5e+3']) {
      const { response_token: signature } = (await (await crc(token)).json()) as { response_token: string };
      const headers = { ...json, 'x-twitter-webhooks-signature': signature };
      assert.equal((await lab.post('/hooks/x', token, headers)).status, 400, token);
    }
    assert.equal(await lab.deliveries(), 0);
  });

  it('delivers what is signed, once', async () => {
    const body = '{"for_user_id":"2244994945","tweet_create_events":[{"id_str":"897526434034745344"}]}';
    const headers = { ...json, 'x-twitter-webhooks-signature': sign(body) };
    for (let count = 0; count < 2; count += 1) {
      const response = await lab.post('/hooks/x', body, headers);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), '');
    }
    assert.equal(await lab.deliveries(), 1);
    const changed = await lab.post('/hooks/x', `${body} `, headers);
    assert.equal(changed.status, 401);
  });

  it('answers no check while no secret is set', () => {
    const context = { settings: {}, secretOf: () => undefined };
    const request = inbound({}, '', { method: 'GET', query: { crc_token: 'a' } });
    assert.equal(x.greeting!(request, { ...context, secrets: [] }), undefined);
    assert.equal(x.greeting!(request, { ...context, secrets: [''] }), undefined);
    assert.equal(x.greeting!(request, { ...context, secrets: ['k'] })!.status, 200);
  });

  it('never believes a text that it would have signed, whatever the text', () => {
    const verify = x.verifier({});
    const context = { settings: {}, secrets: [SECRET], secretOf: () => undefined };
    const texts = fc.oneof(fc.string(), fc.json(), fc.base64String());
    fc.assert(
      fc.property(texts, (text) => {
        const asked = inbound({}, '', { method: 'GET', query: { crc_token: text } });
        const isSigned = x.greeting!(asked, context) !== undefined;
        const posted = inbound({ 'x-twitter-webhooks-signature': sign(text) }, text);
        assert.ok(!(isSigned && verify(posted, [SECRET], 0).ok), text);
      }),
      { numRuns: 500 },
    );
  });
});
