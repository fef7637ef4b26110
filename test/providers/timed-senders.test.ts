// Senders that sign a time with the body: Svix, Mux, Calendly and WorkOS, whose time is in milliseconds.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { calendly } from '../../src/providers/calendly.ts';
import { mux } from '../../src/providers/mux.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { svix } from '../../src/providers/svix.ts';
import { workos } from '../../src/providers/workos.ts';
import { inbound } from './requests.ts';

const NOW_MS = 1_700_000_000_123;
const BODY = '{"id":"1","type":"a","event":"a"}';
const senders: { provider: Provider; header: string; unitMs: number }[] = [
  { provider: mux, header: 'Mux-Signature', unitMs: 1000 },
  { provider: calendly, header: 'Calendly-Webhook-Signature', unitMs: 1000 },
  { provider: workos, header: 'WorkOS-Signature', unitMs: 1 },
];

for (const { provider, header, unitMs } of senders) {
  describe(`${provider.title}'s signature`, () => {
    const sign = (time: string) => createHmac('sha256', 'secret').update(`${time}.${BODY}`).digest('hex');
    const reason = (value: string, settings = {}) => {
      const verdict = provider.verifier(settings)(inbound({ [header]: value }, BODY), ['secret'], NOW_MS);
      return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
    };
    const timeOf = (ms: number) => String(Math.floor(ms / unitMs));
    const now = timeOf(NOW_MS);

    it('is accepted as documented, with and without a space in the header', () => {
      assert.equal(reason(`t=${now},v1=${sign(now)}`), 'ok');
      assert.equal(reason(`t=${now}, v1=${sign(now)}`), 'ok');
      assert.equal(reason(`t=${now},v1=${'0'.repeat(64)},v1=${sign(now)}`), 'ok');
    });

    it('is stale after the tolerance, in both directions', () => {
      for (const ms of [NOW_MS - 302_000, NOW_MS + 302_000]) {
        const time = timeOf(ms);
        assert.equal(reason(`t=${time},v1=${sign(time)}`), '401 timestamp_stale');
        assert.equal(reason(`t=${time},v1=${sign(time)}`, { tolerance: '10m' }), 'ok');
      }
    });

    it('in the other unit of time is stale, and with a time that is no number malformed', () => {
      const other = String(Math.floor(NOW_MS / (unitMs === 1 ? 1000 : 1)));
      assert.equal(reason(`t=${other},v1=${sign(other)}`), '401 timestamp_stale');
      for (const time of ['', `${now}abc`, `+${now}`, `${now}.0`, ` ${now}x`]) {
        assert.equal(reason(`t=${time},v1=${sign(time)}`), '400 timestamp_malformed');
      }
    });

    it('must have one time and a signature of version 1', () => {
      assert.equal(reason(`v1=${sign(now)}`), '400 timestamp_missing');
      assert.equal(reason(`t=${now},t=${now},v1=${sign(now)}`), '400 timestamp_malformed');
      assert.equal(reason(`t=${now},v0=${sign(now)}`), '400 signature_malformed');
      assert.equal(reason(`t=${now}`), '400 signature_malformed');
    });
  });
}

describe("Svix's signature", () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const send = (prefix: string) => {
    const bare = { method: 'POST', url: 'https://hooks.example/hooks/svix', headers: {}, body: Buffer.from(BODY) };
    const { headers } = svix.signer({})(bare, secret, 'msg_1', NOW_MS);
    return Object.entries(headers).map(([name, value]): [string, string] => [name.replace('svix-', prefix), value]);
  };

  it('is read from the headers that begin with svix-, and the id with it', () => {
    const request = inbound(send('svix-'), BODY);
    assert.deepEqual(svix.verifier({})(request, [secret], NOW_MS), { ok: true });
    assert.equal(svix.deliveryId(request, null), 'msg_1');
  });

  it('under other names is missing', () => {
    const verdict = svix.verifier({})(inbound(send('webhook-'), BODY), [secret], NOW_MS);
    assert.deepEqual(verdict, { ok: false, status: 401, reason: 'signature_missing' });
  });

  it('covers the id: another id needs another signature', () => {
    const headers = send('svix-').map(([name, value]): [string, string] => [
      name,
      name === 'svix-id' ? 'msg_2' : value,
    ]);
    const verdict = svix.verifier({})(inbound(headers, BODY), [secret], NOW_MS);
    assert.deepEqual(verdict, { ok: false, status: 401, reason: 'signature_mismatch' });
  });
});
