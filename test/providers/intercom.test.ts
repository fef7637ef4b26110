// Intercom: it asks with HEAD whether the URL is there, signs with HMAC-SHA1, and counts its attempts in the body.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { intercom } from '../../src/providers/intercom.ts';
import { source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'client-secret';

function signed(body: string): Record<string, string> {
  const signature = createHmac('sha1', SECRET).update(body).digest('hex');
  return { 'content-type': 'application/json', 'x-hub-signature': `sha1=${signature}` };
}

describe('an Intercom webhook', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({ sources: [source('intercom', 'intercom')], secrets: { INTERCOM_SECRET: SECRET } });
  });
  after(() => lab.close());

  it('is validated by HEAD, unsigned', async () => {
    const response = await fetch(`${lab.url}/hooks/intercom`, { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.equal(await lab.deliveries(), 0);
  });

  it('is answered 200 with nothing, and its retry starts nothing new although its bytes differ', async () => {
    for (const attempt of [1, 2]) {
      const body = `{"type":"notification_event","id":"notif_1","topic":"contact.created","delivery_attempts":${attempt}}`;
      const response = await lab.post('/hooks/intercom', body, signed(body));
      assert.deepEqual([response.status, await response.text()], [200, '']);
    }
    assert.equal(await lab.deliveries(), 1);
  });

  it('is refused with a signature of another hash or form', () => {
    const verify = intercom.verifier({});
    const sha1 = createHmac('sha1', SECRET).update('{}').digest('hex');
    const sha256 = createHmac('sha256', SECRET).update('{}').digest('hex');
    assert.deepEqual(verify(inbound({ 'X-Hub-Signature': `sha1=${sha1}` }, '{}'), [SECRET], 0), { ok: true });
    for (const header of [sha1, `sha256=${sha256}`, `sha1=${sha256}`, `SHA1=${sha1}`, `sha1=${sha1},`, 'sha1=']) {
      const verdict = verify(inbound({ 'X-Hub-Signature': header }, '{}'), [SECRET], 0);
      assert.deepEqual(verdict, { ok: false, status: 400, reason: 'signature_malformed' }, header);
    }
    const missing = verify(inbound({ 'X-Hub-Signature-256': `sha256=${sha256}` }, '{}'), [SECRET], 0);
    assert.deepEqual(missing, { ok: false, status: 401, reason: 'signature_missing' });
  });
});
