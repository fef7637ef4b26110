// Zendesk: a signed RFC 3339 time, a secret that looks like base64 and is not decoded, bodies that their author wrote.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { deliveryIdOf, eventTypeOf } from '../../src/providers/event-fields.ts';
import type { Verdict } from '../../src/providers/provider.ts';
import { zendesk } from '../../src/providers/zendesk.ts';
import { inbound } from './requests.ts';

/** The fixed secret of https://developer.zendesk.com/documentation/webhooks/verifying/ */
const SECRET = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';
const BODY = '{"ticket":"42"}';
const TIME = '2021-03-25T05:09:27Z';
const TIME_MS = Date.UTC(2021, 2, 25, 5, 9, 27);

function judge(time: string, nowMs = TIME_MS, key: string | Buffer = SECRET): Verdict {
  const signature = createHmac('sha256', key)
    .update(time + BODY)
    .digest('base64');
  const headers = { 'X-Zendesk-Webhook-Signature': signature, 'X-Zendesk-Webhook-Signature-Timestamp': time };
  return zendesk.verifier({})(inbound(headers, BODY), [SECRET], nowMs);
}

describe('a Zendesk webhook', () => {
  it('is signed with the secret as it stands there', () => {
    assert.deepEqual(judge(TIME), { ok: true });
    const decoded = judge(TIME, TIME_MS, Buffer.from(SECRET, 'base64'));
    assert.deepEqual(decoded, { ok: false, status: 401, reason: 'signature_mismatch' });
  });

  it('may write its time with fractions and offsets, as RFC 3339 allows', () => {
    for (const time of ['2021-03-25T05:09:27.123Z', '2021-03-25T05:09:27.123456789Z', '2021-03-25T06:09:27+01:00']) {
      assert.deepEqual(judge(time), { ok: true }, time);
    }
  });

  it('is refused when its time is written otherwise', () => {
    for (const time of ['1616648967', '2021-03-25', '2021-03-25 05:09:27', '2021-13-25T05:09:27Z', `${TIME} `, 'now']) {
      assert.deepEqual(judge(time), { ok: false, status: 400, reason: 'timestamp_malformed' }, time);
    }
  });

  it('is refused when it is older than 5 minutes, or has no time at all', () => {
    assert.deepEqual(judge(TIME, TIME_MS + 300_000), { ok: true });
    const stale = { ok: false, status: 401, reason: 'timestamp_stale' };
    assert.deepEqual(judge(TIME, TIME_MS + 300_001), stale);
    const signature = createHmac('sha256', SECRET).update(BODY).digest('base64');
    const timeless = inbound({ 'X-Zendesk-Webhook-Signature': signature }, BODY);
    const missing = { ok: false, status: 401, reason: 'timestamp_missing' };
    assert.deepEqual(zendesk.verifier({})(timeless, [SECRET], TIME_MS), missing);
  });

  it("of a trigger is known by its invocation, not by the ticket's id in its body", () => {
    const request = inbound({ 'X-Zendesk-Webhook-Invocation-Id': '8350205582' });
    assert.equal(deliveryIdOf(zendesk, {}, request, { id: 123 }), '8350205582');
    assert.equal(deliveryIdOf(zendesk, {}, request, { id: 123, type: 'zen:event-type:ticket.created' }), '123');
    assert.equal(
      eventTypeOf(zendesk, {}, request, { id: 123, type: 'zen:event-type:ticket.created' }),
      'ticket.created',
    );
    assert.equal(eventTypeOf(zendesk, { event_type: 'body:kind' }, request, { kind: 'solved' }), 'solved');
  });
});
