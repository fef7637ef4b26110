// Atlassian: Jira names its events in the body and Bitbucket in a header; both sign with SHA-256 only.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { atlassian } from '../../src/providers/atlassian.ts';
import { inbound } from './requests.ts';

describe('a webhook of Atlassian', () => {
  it('has the type of its signed body, whatever an unsigned header says', () => {
    const request = inbound({ 'X-Event-Key': 'repo:push' });
    assert.equal(atlassian.eventType(request, { webhookEvent: 'jira:issue_created' }), 'jira:issue_created');
    assert.equal(atlassian.eventType(request, { push: {} }), 'repo:push');
    assert.equal(atlassian.eventType(inbound({}), null), undefined);
  });

  it('has the id of Jira, Bitbucket Cloud or Bitbucket Data Center, and none when it is in doubt', () => {
    const idOf = (headers: Record<string, string> | [string, string][]) => atlassian.deliveryId(inbound(headers), null);
    assert.equal(idOf({ 'X-Atlassian-Webhook-Identifier': 'jira', 'X-Request-Id': 'proxy' }), 'jira');
    assert.equal(idOf({ 'X-Request-UUID': 'cloud', 'X-Request-Id': 'proxy' }), 'cloud');
    assert.equal(idOf({ 'X-Request-Id': 'server' }), 'server');
    assert.equal(idOf({}), undefined);
    const repeated: [string, string][] = [
      ['X-Request-Id', 'one'],
      ['X-Request-Id', 'two'],
    ];
    assert.equal(idOf(repeated), undefined);
  });

  it('is not accepted with a weaker hash or without its name', () => {
    const verify = atlassian.verifier({});
    const sha1 = createHmac('sha1', 'secret').update('{}').digest('hex');
    const sha256 = createHmac('sha256', 'secret').update('{}').digest('hex');
    const verdictOf = (signature: string) => verify(inbound({ 'X-Hub-Signature': signature }, '{}'), ['secret'], 0);
    const malformed = { ok: false, status: 400, reason: 'signature_malformed' };
    assert.deepEqual(verdictOf(`sha256=${sha256}`), { ok: true });
    for (const signature of [`sha1=${sha1}`, `sha1=${sha256}`, sha256, `sha256=${sha256}0`]) {
      assert.deepEqual(verdictOf(signature), malformed);
    }
  });
});
