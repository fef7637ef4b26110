// PagerDuty sends one signature for each secret while a secret is rotated.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { pagerduty } from '../../src/providers/pagerduty.ts';
import { inbound } from './requests.ts';

const BODY = '{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.triggered"}}';
const sign = (secret: string): string => `v1=${createHmac('sha256', secret).update(BODY).digest('hex')}`;

function judge(header: string, body = BODY): string {
  const request = inbound({ 'X-PagerDuty-Signature': header }, body);
  const verdict = pagerduty.verifier({})(request, ['current'], 0);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

describe('the signatures of PagerDuty', () => {
  it('may be several, of which any may be ours, with or without a space between', () => {
    assert.equal(judge(`${sign('old')},${sign('current')}`), 'ok');
    assert.equal(judge(`${sign('current')}, ${sign('next')}`), 'ok');
    assert.equal(judge(`${sign('old')},${sign('next')}`), '401 signature_mismatch');
  });

  it('of other versions do not count', () => {
    const other = sign('current').replace('v1=', 'v2=');
    assert.equal(judge(other), '400 signature_malformed');
    assert.equal(judge(`${other},${sign('old')}`), '401 signature_mismatch');
    assert.equal(judge(`${other},${sign('current')}`), 'ok');
  });

  it('are of the bytes as sent, not of the JSON they mean', () => {
    assert.equal(judge(sign('current'), JSON.stringify(JSON.parse(BODY), null, 1)), '401 signature_mismatch');
  });
});
