// HubSpot: three signatures of which the newest decides, the URL that it signs, and batches whose events it sends again.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { hubspot } from '../../src/providers/hubspot.ts';
import type { Verdict } from '../../src/providers/provider.ts';
import { flow, LAB_NOW_MS, source, startLab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
const URL_CALLED = 'https://www.example.com/webhook_uri';
const NOW_MS = 1_700_000_000_000;
const BODY = '[{"eventId":1}]';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function v3(url: string, timeMs = NOW_MS, body = BODY): Record<string, string> {
  const signature = createHmac('sha256', SECRET).update(`POST${url}${body}${timeMs}`).digest('base64');
  return { 'X-HubSpot-Signature-v3': signature, 'X-HubSpot-Request-Timestamp': String(timeMs) };
}

function older(version: 'v1' | 'v2', url = URL_CALLED, body = BODY): Record<string, string> {
  const signature = sha256(version === 'v1' ? SECRET + body : `${SECRET}POST${url}${body}`);
  return { 'X-HubSpot-Signature': signature, 'X-HubSpot-Signature-Version': version };
}

function judge(headers: Record<string, string>, settings = {}, url = URL_CALLED): Verdict {
  return hubspot.verifier(settings)(inbound(headers, BODY, { url }), [SECRET], NOW_MS);
}

const MISMATCH = { ok: false, status: 401, reason: 'signature_mismatch' };

describe('a HubSpot signature', () => {
  it('of a GET without a body is the one that its documentation works out', () => {
    // https://developers.hubspot.com/docs/faq/v2-request-validation
    const signature = 'eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e';
    const headers = { 'X-HubSpot-Signature': signature, 'X-HubSpot-Signature-Version': 'v2' };
    const request = inbound(headers, '', { url: URL_CALLED, method: 'GET' });
    assert.deepEqual(hubspot.verifier({})(request, [SECRET], NOW_MS), { ok: true });
  });

  it('of version 3 decides where it was sent, and no older one rescues it', () => {
    assert.deepEqual(judge({ ...v3(URL_CALLED), ...older('v1') }), { ok: true });
    assert.deepEqual(judge({ ...v3(URL_CALLED), 'X-HubSpot-Signature': '0'.repeat(64) }), { ok: true });
    assert.deepEqual(judge({ ...v3(`${URL_CALLED}/x`), ...older('v1') }), MISMATCH);
    const stale = { ok: false, status: 401, reason: 'timestamp_stale' };
    assert.deepEqual(judge({ ...v3(URL_CALLED, NOW_MS - 300_001), ...older('v2') }), stale);
  });

  it('of an older version is taken where it is the only one', () => {
    assert.deepEqual(judge(older('v1')), { ok: true });
    assert.deepEqual(judge(older('v2')), { ok: true });
    assert.deepEqual(judge(older('v2'), {}, `${URL_CALLED}?a=1`), MISMATCH);
  });

  it('of another version than the pinned one is refused', () => {
    assert.deepEqual(judge(v3(URL_CALLED), { version: 'v3' }), { ok: true });
    for (const version of ['v1', 'v2'] as const) {
      const missing = { ok: false, status: 401, reason: 'signature_missing' };
      assert.deepEqual(judge(older(version), { version: 'v3' }), missing);
      assert.deepEqual(judge(older(version), { version }), { ok: true });
    }
    assert.deepEqual(judge(older('v1'), { version: 'v2' }), MISMATCH);
  });

  it('of an unknown version, or without its own form, is malformed', () => {
    const malformed = { ok: false, status: 400, reason: 'signature_malformed' };
    for (const version of ['v4', 'V1', 'constructor', '']) {
      assert.deepEqual(judge({ ...older('v1'), 'X-HubSpot-Signature-Version': version }), malformed, version);
    }
    assert.deepEqual(judge({ ...older('v1'), 'X-HubSpot-Signature': sha256('').slice(1) }), malformed);
  });

  it('is over the URL with the characters decoded that HubSpot decodes, and no others', () => {
    const decoded = `${URL_CALLED}?q=a:/?@!$'()*,;%20%25%3D%23`;
    const encoded = `${URL_CALLED}?q=a%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B%20%25%3D%23`;
    assert.deepEqual(judge(v3(decoded), {}, encoded), { ok: true });
    assert.deepEqual(judge(v3(decoded.replace('%20', ' ')), {}, encoded), MISMATCH);
  });
});

describe('a HubSpot batch', () => {
  it('that comes again with some events starts nothing for these, and the others', async () => {
    const lab = await startLab({
      sources: [source('crm', 'hubspot', { publicUrl: URL_CALLED, settings: { version: 'v3' } })],
      flows: [flow('greet', [{ source: 'crm', events: ['contact.creation'] }])],
      secrets: { HUBSPOT_SECRET: SECRET },
    });
    try {
      const event = (eventId: number, attemptNumber: number) => ({
        eventId,
        subscriptionId: 22,
        portalId: 33,
        occurredAt: 1462216307945,
        attemptNumber,
        objectId: 1246978,
        subscriptionType: 'contact.creation',
      });
      const send = (events: unknown[]): Promise<Response> => {
        const body = JSON.stringify(events);
        return lab.post('/hooks/crm', body, {
          'content-type': 'application/json',
          ...v3(URL_CALLED, LAB_NOW_MS, body),
        });
      };
      assert.equal((await send([event(1, 0), event(2, 0)])).status, 202);
      assert.equal((await send([event(1, 1), event(2, 1), event(3, 0)])).status, 202);
      assert.equal((await lab.starts()).length, 3);
    } finally {
      await lab.close();
    }
  });

  it('names its events by more than `eventId`, which HubSpot does not promise to be unique', () => {
    const event = { eventId: 1, subscriptionId: 22, objectId: 123, occurredAt: 1462216307945 };
    assert.equal(hubspot.eventId!({ ...event, attemptNumber: 4 }), '1-22-123-1462216307945');
    assert.notEqual(hubspot.eventId!(event), hubspot.eventId!({ ...event, objectId: 124 }));
    assert.equal(hubspot.eventId!({ objectId: 123 }), undefined);
  });
});
