// WooCommerce: its unsigned ping, and its delivery ids, which repeat within a second.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HandshakeContext } from '../../src/providers/provider.ts';
import { woocommerce } from '../../src/providers/woocommerce.ts';
import { inbound } from './requests.ts';

const context: HandshakeContext = { settings: {}, secrets: ['secret'], secretOf: () => undefined };

/** A ping as captured in https://github.com/frappe/erpnext/pull/36705. */
const ping = {
  Connection: 'close',
  'Content-Length': '12',
  'User-Agent': 'WooCommerce/8.0.2 Hookshot (WordPress/6.3)',
  Accept: '*/*',
  'Accept-Encoding': 'deflate, gzip, br, zstd',
  'Content-Type': 'application/x-www-form-urlencoded',
};

describe("WooCommerce's ping", () => {
  it('is answered with exactly 200, before its body is read', () => {
    const answer = woocommerce.greeting!(inbound(ping), context);
    assert.equal(answer?.status, 200);
    assert.equal(answer.body, '');
    const withCharset = { ...ping, 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    assert.equal(woocommerce.greeting!(inbound(withCharset), context)?.status, 200);
  });

  it('is no request that could be a delivery: signed, JSON, larger, of unknown length, by another method', () => {
    const others = [
      inbound({ ...ping, 'X-WC-Webhook-Signature': 'x' }),
      inbound({ ...ping, 'X-WC-Webhook-Signature': '' }),
      inbound({ ...ping, 'Content-Type': 'application/json' }),
      inbound({ ...ping, 'Content-Type': 'application/x-www-form-urlencoded-not' }),
      inbound({ ...ping, 'Content-Length': '65' }),
      inbound({ ...ping, 'Content-Length': 'many' }),
      inbound({ 'Content-Type': ping['Content-Type'], 'Transfer-Encoding': 'chunked' }),
      inbound(ping, '', { method: 'PUT' }),
      inbound({}),
    ];
    for (const other of others) assert.equal(woocommerce.greeting!(other, context), undefined);
  });

  it('is not accepted as a delivery: it is not signed', () => {
    const verdict = woocommerce.verifier({})(inbound(ping, 'webhook_id=2'), ['secret'], 0);
    assert.deepEqual(verdict, { ok: false, status: 401, reason: 'signature_missing' });
  });
});

describe('a delivery id of WooCommerce', () => {
  const headers = { 'X-WC-Webhook-Delivery-ID': '9b9ab2c3a9a1d4c0a2f4f4a39b6f8c11' };
  const idOf = (body: string, sent: Record<string, string> = headers) =>
    woocommerce.deliveryId(inbound(sent, body), null);

  it('tells apart two orders of the same second, which share the header', () => {
    assert.notEqual(idOf('{"id":727}'), idOf('{"id":728}'));
  });

  it('is the same for the same delivery, and another for the same order a second later', () => {
    assert.equal(idOf('{"id":727}'), idOf('{"id":727}'));
    const later = { 'X-WC-Webhook-Delivery-ID': '0b9ab2c3a9a1d4c0a2f4f4a39b6f8c11' };
    assert.notEqual(idOf('{"id":727}'), idOf('{"id":727}', later));
  });

  it('is plain enough to stand in the id of an event, and the hash alone where the header is missing', () => {
    assert.match(idOf('{"id":727}')!, /^[A-Za-z0-9._-]{1,100}$/);
    assert.match(idOf('{"id":727}', {})!, /^sha256:[0-9a-f]{64}$/);
  });
});
