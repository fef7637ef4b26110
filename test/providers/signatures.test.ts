// What every signature scheme must do beyond its vectors: rotation, strict times, conflicting headers, one byte of difference.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findProvider } from '../../src/providers/index.ts';
import type { InboundRequest, Verdict } from '../../src/providers/provider.ts';
import { hooklineEnvelope, signStandardWebhooks } from '../support/sign.ts';
import { inbound } from './requests.ts';

const NOW_S = 1_700_000_000;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function hex(content: string | Buffer, secret = SECRET): string {
  return createHmac('sha256', secret).update(content).digest('hex');
}

function verify(provider: string, request: InboundRequest, secrets = [SECRET], settings = {}): Verdict {
  return findProvider(provider)!.verifier(settings)(request, secrets, NOW_S * 1000);
}

function reason(verdict: Verdict): string {
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

function github(body: string | Buffer, signature = `sha256=${hex(body)}`): InboundRequest {
  return inbound({ 'X-Hub-Signature-256': signature }, body);
}

function stripe(header: string, body = '{}'): InboundRequest {
  return inbound({ 'Stripe-Signature': header }, body);
}

describe('a secret', () => {
  it('may be any of several, so that it can be rotated', () => {
    assert.equal(reason(verify('github', github('{}'), ['old', SECRET])), 'ok');
    assert.equal(reason(verify('github', github('{}'), ['old', 'older'])), '401 signature_mismatch');
  });

  it('that is missing or empty refuses everything, an unsigned request too', () => {
    for (const name of ['github', 'stripe', 'slack', 'shopify', 'standard-webhooks', 'hookline', 'hmac', 'bearer']) {
      assert.equal(verify(name, github('{}'), []).ok, false, name);
      assert.equal(verify(name, inbound({}, '{}'), ['']).ok, false, name);
    }
    assert.equal(reason(verify('github', inbound({}, '{}'), [])), '401 secret_not_set');
    assert.equal(reason(verify('github', github('{}', `sha256=${hex('{}', 'x')}`), [''])), '401 secret_not_set');
  });

  it('of base64 or hex is decoded, and one that does not decode is no secret', () => {
    const bytes = Buffer.from('00ff10', 'hex');
    const request = inbound({ 'x-signature': createHmac('sha256', bytes).update('{}').digest('hex') }, '{}');
    assert.equal(reason(verify('hmac', request, ['00ff10'], { key: 'hex' })), 'ok');
    assert.equal(reason(verify('hmac', request, [bytes.toString('base64')], { key: 'base64' })), 'ok');
    assert.equal(reason(verify('hmac', request, ['not hex'], { key: 'hex' })), '401 secret_not_set');
  });
});

describe('a signature', () => {
  it('that is missing is told from a malformed and from a wrong one', () => {
    assert.equal(reason(verify('github', inbound({}, '{}'))), '401 signature_missing');
    assert.equal(reason(verify('github', github('{}', 'sha256='))), '400 signature_malformed');
    assert.equal(reason(verify('github', github('{}', hex('{}')))), '400 signature_malformed');
    assert.equal(reason(verify('github', github('{}', `sha256=${'0'.repeat(64)}`))), '401 signature_mismatch');
  });

  it('may be any of a list, wherever it stands, but not one of another scheme', () => {
    const good = hex(`${NOW_S}.{}`);
    const bad = '0'.repeat(64);
    assert.equal(reason(verify('stripe', stripe(`t=${NOW_S},v1=${bad},v1=${good}`))), 'ok');
    assert.equal(reason(verify('stripe', stripe(`v1=${good}, v1=${bad}, t=${NOW_S}`))), 'ok');
    assert.equal(reason(verify('stripe', stripe(`t=${NOW_S},v0=${good},v1=${bad}`))), '401 signature_mismatch');
  });

  it('over bytes that are no UTF-8 is accepted', () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x80, 0x7d]);
    assert.equal(reason(verify('github', github(body, `sha256=${hex(body)}`))), 'ok');
  });

  it('sent twice with different values is refused, and the same one twice is not', () => {
    const good = `sha256=${hex('{}')}`;
    const twice = (other: string): InboundRequest =>
      inbound(
        [
          ['X-Hub-Signature-256', other],
          ['x-hub-signature-256', good],
        ],
        '{}',
      );
    assert.equal(reason(verify('github', twice('sha256=00'))), '400 header_conflict');
    assert.equal(reason(verify('github', twice(good))), 'ok');
  });

  it('covers id and time too, whose headers may not be in conflict either', () => {
    const headers = Object.entries(signStandardWebhooks('{}', SECRET, 'msg_1', NOW_S));
    assert.equal(reason(verify('standard-webhooks', inbound(headers, '{}'))), 'ok');
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const request = inbound([...headers, [name, '1']], '{}');
      assert.equal(reason(verify('standard-webhooks', request)), '400 header_conflict', name);
    }
  });

  it('of one kind of Standard Webhooks key is never vouched for by the other kind', () => {
    const request = inbound(signStandardWebhooks('{}', SECRET, 'msg_1', NOW_S), '{}');
    const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
    assert.equal(verify('standard-webhooks', request, [publicKey]).ok, false);
    assert.equal(reason(verify('standard-webhooks', request, [publicKey, SECRET])), 'ok');
  });
});

describe('a signed time', () => {
  const at = (time: string): InboundRequest => stripe(`t=${time},v1=${hex(`${time}.{}`)}`);

  it('may be five minutes off in both directions, and no more', () => {
    assert.equal(reason(verify('stripe', at(String(NOW_S - 300)))), 'ok');
    assert.equal(reason(verify('stripe', at(String(NOW_S + 300)))), 'ok');
    assert.equal(reason(verify('stripe', at(String(NOW_S - 301)))), '401 timestamp_stale');
    assert.equal(reason(verify('stripe', at(String(NOW_S + 301)))), '401 timestamp_stale');
  });

  it("follows the source's tolerance", () => {
    assert.equal(reason(verify('stripe', at(String(NOW_S - 301)), [SECRET], { tolerance: '1h' })), 'ok');
    assert.equal(
      reason(verify('stripe', at(String(NOW_S - 11)), [SECRET], { tolerance: '10s' })),
      '401 timestamp_stale',
    );
  });

  it('must be a whole number of digits only', () => {
    for (const time of [`${NOW_S}abc`, `+${NOW_S}`, `${NOW_S}.0`, '0x6553f100', '1.7e9', `-${NOW_S}`, '']) {
      assert.equal(reason(verify('stripe', at(time))), '400 timestamp_malformed', time);
    }
    assert.equal(reason(verify('stripe', stripe(`v1=${hex('.{}')}`))), '400 timestamp_missing');
    const twice = stripe(`t=1,t=${NOW_S},v1=${hex(`${NOW_S}.{}`)}`);
    assert.equal(reason(verify('stripe', twice)), '400 timestamp_malformed');
  });
});

/** Signed requests of every scheme, over any body. */
const schemes: Record<string, (body: Buffer) => [string, string][]> = {
  github: (body) => [['x-hub-signature-256', `sha256=${hex(body)}`]],
  stripe: (body) => {
    const signature = hex(Buffer.concat([Buffer.from(`${NOW_S}.`), body]));
    return [['stripe-signature', `t=${NOW_S},v1=${signature}`]];
  },
  slack: (body) => [
    ['x-slack-signature', `v0=${hex(Buffer.concat([Buffer.from(`v0:${NOW_S}:`), body]))}`],
    ['x-slack-request-timestamp', String(NOW_S)],
  ],
  shopify: (body) => [['x-shopify-hmac-sha256', createHmac('sha256', SECRET).update(body).digest('base64')]],
  'standard-webhooks': (body) => {
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const content = Buffer.concat([Buffer.from(`msg_1.${NOW_S}.`), body]);
    return [
      ['webhook-id', 'msg_1'],
      ['webhook-timestamp', String(NOW_S)],
      ['webhook-signature', `v1,${createHmac('sha256', key).update(content).digest('base64')}`],
    ];
  },
};

describe('no request is accepted that differs in one byte from the signed one', () => {
  for (const [name, sign] of Object.entries(schemes)) {
    it(name, () => {
      const property = fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, position, difference) => {
          const body = Buffer.from(bytes);
          const headers = sign(body);
          assert.equal(reason(verify(name, inbound(headers, body))), 'ok');
          const changed = Buffer.from(bytes);
          changed[position % changed.length]! ^= difference;
          assert.equal(verify(name, inbound(headers, changed)).ok, false, 'a byte of the body');
          assert.equal(verify(name, inbound(headers, body.subarray(1))).ok, false, 'a byte less');
          assert.equal(
            verify(name, inbound(headers, Buffer.concat([body, Buffer.of(difference)]))).ok,
            false,
            'a byte more',
          );
          const [header, value] = headers[position % headers.length]!;
          const at = position % value.length;
          const other = value.slice(0, at) + (value[at] === '7' ? '8' : '7') + value.slice(at + 1);
          const swapped = headers.map(([key, old]): [string, string] => [key, key === header ? other : old]);
          assert.equal(verify(name, inbound(swapped, body)).ok, false, `${header}: ${other}`);
        },
      );
      fc.assert(property, { numRuns: 300 });
    });
  }

  it('hookline envelope, for every change that is one of meaning', () => {
    const payload = fc.jsonValue({ maxDepth: 3 });
    const property = fc.property(
      payload,
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.nat(),
      (value, type, position) => {
        const text = hooklineEnvelope({ id: 'wh_1', event_type: type, payload: value }, SECRET, NOW_S);
        assert.equal(reason(verify('hookline', inbound({}, text))), 'ok');
        const bytes = Buffer.from(text);
        bytes[position % bytes.length]! ^= 1;
        if (sameMeaning(text, bytes.toString())) return;
        assert.equal(verify('hookline', inbound({}, bytes)).ok, false, bytes.toString());
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

function sameMeaning(before: string, after: string): boolean {
  try {
    assert.deepEqual(JSON.parse(after), JSON.parse(before));
    return true;
  } catch {
    return false;
  }
}
