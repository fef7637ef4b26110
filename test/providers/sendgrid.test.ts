// SendGrid's signed batches: one delivery, an event for each item, each known again by its own id.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sendgrid } from '../../src/providers/sendgrid.ts';
import { flow, LAB_NOW_MS, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';
import { keysOf } from './sample-requests.ts';

const { secret, signingKey } = keysOf('sendgrid');
const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const HOUR_MS = 3_600_000;

function sign(text: string, nowMs = LAB_NOW_MS): Record<string, string> {
  const unsigned = {
    method: 'POST',
    url: 'https://hooks.example/hooks/sendgrid',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(text),
  };
  return sendgrid.signer({})(unsigned, signingKey, 'unused', nowMs).headers;
}

function judge(headers: Record<string, string>, nowMs = LAB_NOW_MS, settings = {}): string {
  const verdict = sendgrid.verifier(settings)(inbound(headers, '[]'), [secret], nowMs);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

describe('the signature of SendGrid', () => {
  it('holds for the day in which SendGrid tries again, and an hour', () => {
    const headers = sign('[]');
    assert.equal(judge(headers, LAB_NOW_MS + 25 * HOUR_MS), 'ok');
    assert.equal(judge(headers, LAB_NOW_MS + 25 * HOUR_MS + 1000), '401 timestamp_stale');
    assert.equal(judge(headers, LAB_NOW_MS + 301_000, { tolerance: '5m' }), '401 timestamp_stale');
  });

  it('is taken in one spelling: the bits that base64 leaves over must be zero', () => {
    // Its length differs from signature to signature, and only some lengths leave bits over.
    let headers = sign('[]');
    while (!headers[SIGNATURE]!.endsWith('=')) headers = sign('[]');
    const given = headers[SIGNATURE]!;
    const last = given.indexOf('=') - 1;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const next = alphabet[alphabet.indexOf(given[last]!) + 1]!;
    const respelt = given.slice(0, last) + next + given.slice(last + 1);
    assert.deepEqual(Buffer.from(respelt, 'base64'), Buffer.from(given, 'base64'));
    assert.equal(judge(headers), 'ok');
    assert.equal(judge({ ...headers, [SIGNATURE]: respelt }), '400 signature_malformed');
  });

  it('needs both headers, and a public key for a secret', () => {
    const headers = sign('[]');
    const { [SIGNATURE]: _signature, ...unsigned } = headers;
    assert.equal(judge(unsigned), '401 signature_missing');
    const { 'x-twilio-email-event-webhook-timestamp': _time, ...timeless } = headers;
    assert.equal(judge(timeless), '401 timestamp_missing');
    const verdict = sendgrid.verifier({})(inbound(headers, '[]'), ['SG.an-api-key'], LAB_NOW_MS);
    assert.deepEqual(verdict, { ok: false, status: 401, reason: 'secret_not_set' });
  });
});

describe('a batch of SendGrid', () => {
  let lab: Lab;
  before(async () => {
    const flows = [flow('on-bounce', [{ source: 'sendgrid', events: ['bounce'] }])];
    lab = await startLab({ sources: [source('sendgrid', 'sendgrid')], flows, secrets: { SENDGRID_SECRET: secret } });
  });
  after(() => lab.close());

  const item = (event: string, id: string) => ({ email: 'a@example.com', event, sg_event_id: id, timestamp: 1 });
  const send = (items: object[]) => {
    const text = JSON.stringify(items);
    return lab.post('/hooks/sendgrid', text, sign(text));
  };

  it('is one delivery with an event each, and an item that comes again in another batch starts nothing', async () => {
    const response = await send([item('processed', 'e-1'), item('bounce', 'e-2'), item('bounce', 'e-3')]);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
    assert.equal((await send([item('bounce', 'e-3'), item('bounce', 'e-4')])).status, 200);
    assert.equal(await lab.deliveries(), 2);
    const ids = (await lab.starts()).map((start) => start.eventId);
    assert.deepEqual(ids, ['sendgrid~e-2', 'sendgrid~e-3', 'sendgrid~e-4']);
  });

  it('without an item is acknowledged and not kept', async () => {
    assert.equal((await send([])).status, 200);
    assert.equal(await lab.deliveries(), 2);
  });
});
