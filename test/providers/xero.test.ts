// Xero: the intent to receive, and batches whose events keep their ids in another request.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { xero } from '../../src/providers/xero.ts';
import type { Json } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

/** Webhooks keys look like base64 and are used as text. */
const KEY = 'OSd0eLlVIY9ZhViEqlDUh4+6n6M+Lo+eDaEJheJ6OCCgWwIz2D3JIAU6jPMipHRbgKTLz2uJ+xiACXGDBLrgdA==';
const verify = xero.verifier({});

function request(body: string, signature = createHmac('sha256', KEY).update(body).digest('base64')) {
  return inbound({ 'x-xero-signature': signature }, body);
}

const event = {
  resourceUrl: 'https://api.xero.com/api.xro/2.0/Contacts/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777',
  resourceId: '717f2bfc-c6d4-41fd-b238-3f2f0c0cf777',
  eventDateUtc: '2017-06-21T01:15:39.902',
  eventType: 'Update',
  eventCategory: 'CONTACT',
  tenantId: 'c2cc9b6e-9458-4c7d-93cc-f02b81b0594f',
  tenantType: 'ORGANISATION',
};

describe('an intent to receive', () => {
  const body = '{"events":[],"lastEventSequence": 0,"firstEventSequence": 0,"entropy": "S0m3r4Nd0mt3xt"}';

  it('is accepted with the right signature, carries no event and is answered 200 without a body', () => {
    assert.deepEqual(verify(request(body), [KEY], 0), { ok: true });
    assert.deepEqual(xero.items!(JSON.parse(body) as Json), []);
    assert.deepEqual(xero.success, { status: 200, body: 'empty' });
  });

  it('is refused with 401 when it is signed with another key, over other bytes, or with the decoded key', () => {
    const decoded = createHmac('sha256', Buffer.from(KEY, 'base64')).update(body).digest('base64');
    const wrong = [
      request(body, createHmac('sha256', 'other').update(body).digest('base64')),
      request(body.replace('S0m3', 'S0m4'), createHmac('sha256', KEY).update(body).digest('base64')),
      request(body, decoded),
    ];
    for (const sent of wrong) {
      assert.deepEqual(verify(sent, [KEY], 0), { ok: false, status: 401, reason: 'signature_mismatch' });
    }
  });

  it('is refused with 401 and never 400, whatever its signature looks like', () => {
    const signatures = ['', 'x', 'ubUJMsDNGuunnCBc/n1g0wc2SpjplAb', '='.repeat(44), 'a'.repeat(10_000)];
    const sent = [inbound({}, body), ...signatures.map((signature) => request(body, signature))];
    const repeated: [string, string][] = [
      ['x-xero-signature', 'a'],
      ['x-xero-signature', 'b'],
    ];
    for (const wrong of [...sent, inbound(repeated, body)]) {
      const verdict = verify(wrong, [KEY], 0);
      assert.equal(!verdict.ok && verdict.status, 401);
    }
    assert.equal(verify(request(body), [], 0).ok, false);
  });

  it('may say null instead of an empty list', () => {
    assert.deepEqual(xero.items!({ events: null, entropy: 'FMLHZNKCVK' }), []);
  });
});

describe('events of Xero', () => {
  it('are typed by category and type in one spelling', () => {
    assert.equal(xero.eventType(inbound({}), event), 'CONTACT.UPDATE');
    assert.equal(
      xero.eventType(inbound({}), { ...event, eventCategory: 'Contact', eventType: 'UPDATE' }),
      'CONTACT.UPDATE',
    );
  });

  it('keep their id in another request, and another change has another', () => {
    const first = xero.items!({ events: [event], firstEventSequence: 1, entropy: 'A' })![0]!;
    const again = xero.items!({ events: [event, event], firstEventSequence: 7, entropy: 'B' })![1]!;
    assert.equal(xero.eventId!(first), xero.eventId!(again));
    for (const name of ['tenantId', 'resourceId', 'eventCategory', 'eventType', 'eventDateUtc'] as const) {
      const other = { ...event, [name]: `${event[name]}1` };
      assert.notEqual(xero.eventId!(other), xero.eventId!(event), name);
    }
  });

  it('without all of its parts have no id, so that nothing is taken for a repeat', () => {
    const { eventDateUtc: _time, ...timeless } = event;
    assert.equal(xero.eventId!(timeless), undefined);
    assert.equal(xero.eventId!(null), undefined);
  });

  it('are not looked for in a body without a list', () => {
    for (const body of [null, [], 'text', { entropy: 'x' }] as Json[]) assert.equal(xero.items!(body), undefined);
  });
});
