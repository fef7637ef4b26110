// Zoom: the challenge by which it checks a URL, signed like every event and answered with the secret that signed it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { HandshakeContext } from '../../src/providers/provider.ts';
import { zoom } from '../../src/providers/zoom.ts';
import type { Json } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

const NOW_S = 1_739_923_528;

/** The documented challenge: https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint */
const challenge: Json = {
  payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' },
  event_ts: 1654503849680,
  event: 'endpoint.url_validation',
};

function request(secret: string, body: string, signedAtS = NOW_S) {
  const signature = createHmac('sha256', secret).update(`v0:${signedAtS}:${body}`).digest('hex');
  return inbound({ 'x-zm-request-timestamp': String(signedAtS), 'x-zm-signature': `v0=${signature}` }, body);
}

function answer(secret: string, body: Json, secrets: string[]) {
  const context: HandshakeContext = { settings: {}, secrets, secretOf: () => undefined };
  return zoom.handshake!(request(secret, JSON.stringify(body)), body, context);
}

describe("Zoom's challenge", () => {
  it('is answered with the token and its HMAC, as the vector says', () => {
    const file = new URL('../vectors/signatures-constructed.json', import.meta.url);
    const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
      vectors: { scheme: string; secret: string; body: string; expectResponse: { status: number; json: Json } }[];
    };
    const vector = vectors.find(({ scheme }) => scheme === 'zoom-url-validation')!;
    const given = answer(vector.secret, JSON.parse(vector.body) as Json, [vector.secret])!;
    assert.equal(given.status, vector.expectResponse.status);
    assert.deepEqual(JSON.parse(given.body), vector.expectResponse.json);
    assert.match(given.contentType, /^application\/json/);
  });

  it('is answered with that of several secrets which signed it', () => {
    for (const secrets of [
      ['new', 'old'],
      ['old', 'new'],
    ]) {
      const given = JSON.parse(answer('old', challenge, secrets)!.body) as Record<string, string>;
      const expected = createHmac('sha256', 'old').update('qgg8vlvZRS6UYooatFL8Aw').digest('hex');
      assert.deepEqual(given, { plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken: expected });
    }
  });

  it('is refused like any event when nobody signed it, with another secret, or long ago', () => {
    const body = JSON.stringify(challenge);
    const verify = zoom.verifier({});
    const reason = (sent: ReturnType<typeof inbound>) => {
      const verdict = verify(sent, ['secret'], NOW_S * 1000);
      return verdict.ok ? 'ok' : verdict.reason;
    };
    assert.equal(reason(request('secret', body)), 'ok');
    assert.equal(reason(inbound({}, body)), 'signature_missing');
    assert.equal(reason(request('other', body)), 'signature_mismatch');
    assert.equal(reason(request('secret', body, NOW_S - 301)), 'timestamp_stale');
    assert.equal(reason(request('secret', body, NOW_S + 301)), 'timestamp_stale');
  });

  it('without a token is answered 400, and signs nothing', () => {
    for (const payload of [undefined, {}, { plainToken: '' }, { plainToken: { a: 1 } }, 'text'] as Json[]) {
      const given = answer('secret', { event: 'endpoint.url_validation', payload }, ['secret'])!;
      assert.equal(given.status, 400);
      assert.equal(given.body, '');
    }
  });

  it('is answered 400 when none of several secrets signed it, or there is none', () => {
    assert.equal(answer('stranger', challenge, ['secret', 'other'])!.status, 400);
    assert.equal(answer('stranger', challenge, [])!.status, 400);
  });

  it('is no other event', () => {
    assert.equal(answer('secret', { event: 'meeting.started', payload: {} }, ['secret']), undefined);
  });
});
