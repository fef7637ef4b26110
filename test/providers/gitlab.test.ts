// GitLab: a signing token proves the request and a secret token only its sender; neither is taken for the other.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliveryIdOf, eventTypeOf } from '../../src/providers/event-fields.ts';
import { gitlab } from '../../src/providers/gitlab.ts';
import { inbound } from './requests.ts';

const NOW_MS = 1_700_000_000_000;
/** The example of https://gitlab.com/gitlab-org/gitlab/-/merge_requests/231325 */
const SIGNING_TOKEN = 'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=';
const SECRET_TOKEN = 'a-long-random-secret-token';
const BODY = '{"object_kind":"push"}';

const verify = gitlab.verifier({});

function sent(secret: string, headers: Record<string, string> = {}) {
  const request = { method: 'POST', url: 'https://hooks.example/hooks/gitlab', headers, body: Buffer.from(BODY) };
  return gitlab.signer({})(request, secret, 'f5e57a0b-5b3b-4a4f-9b26-2a8bd6b5d9b1', NOW_MS);
}

describe('a GitLab hook', () => {
  it('with a signing token is signed as Standard Webhooks', () => {
    const { headers } = sent(SIGNING_TOKEN);
    assert.deepEqual(Object.keys(headers), ['webhook-signature', 'webhook-id', 'webhook-timestamp']);
    assert.deepEqual(verify(inbound(headers, BODY), [SIGNING_TOKEN], NOW_MS), { ok: true });
    const changed = verify(inbound(headers, `${BODY} `), [SIGNING_TOKEN], NOW_MS);
    assert.deepEqual(changed, { ok: false, status: 401, reason: 'signature_mismatch' });
    const late = verify(inbound(headers, BODY), [SIGNING_TOKEN], NOW_MS + 301_000);
    assert.deepEqual(late, { ok: false, status: 401, reason: 'timestamp_stale' });
  });

  it('with a secret token sends it as it is', () => {
    const { headers } = sent(SECRET_TOKEN);
    assert.deepEqual(headers, { 'x-gitlab-token': SECRET_TOKEN });
    assert.deepEqual(verify(inbound(headers, BODY), [SECRET_TOKEN], NOW_MS), { ok: true });
    const other = verify(inbound({ 'X-Gitlab-Token': `${SECRET_TOKEN} ` }, BODY), [SECRET_TOKEN], NOW_MS);
    assert.deepEqual(other, { ok: false, status: 401, reason: 'credential_mismatch' });
    const without = verify(inbound({}, BODY), [SECRET_TOKEN], NOW_MS);
    assert.deepEqual(without, { ok: false, status: 401, reason: 'credential_missing' });
  });

  it('cannot leave the signature out and send the signing token instead', () => {
    const request = inbound({ 'X-Gitlab-Token': SIGNING_TOKEN }, BODY);
    const verdict = verify(request, [SIGNING_TOKEN], NOW_MS);
    assert.deepEqual(verdict, { ok: false, status: 401, reason: 'signature_missing' });
    assert.equal(verify(request, [SIGNING_TOKEN, SECRET_TOKEN], NOW_MS).ok, false);
    const bare = verify(inbound({}, BODY), [SIGNING_TOKEN, SECRET_TOKEN], NOW_MS);
    assert.deepEqual(bare, { ok: false, status: 401, reason: 'signature_missing' });
  });

  it('is taken with either while its author moves from a secret token to a signing token', () => {
    for (const secret of [SIGNING_TOKEN, SECRET_TOKEN]) {
      const request = inbound(sent(secret).headers, BODY);
      assert.deepEqual(verify(request, [SECRET_TOKEN, SIGNING_TOKEN], NOW_MS), { ok: true }, secret);
    }
  });

  it('that sends two secret tokens is refused', () => {
    const request = inbound(
      [
        ['X-Gitlab-Token', SECRET_TOKEN],
        ['X-Gitlab-Token', 'another'],
      ],
      BODY,
    );
    assert.deepEqual(verify(request, [SECRET_TOKEN], NOW_MS), { ok: false, status: 400, reason: 'header_conflict' });
  });

  it('is known by what its retries keep, and not by an id that its siblings share', () => {
    const shared = { 'X-Gitlab-Event-UUID': '13792a34-cac6-4fda-95a8-c58e00a3954e' };
    assert.equal(deliveryIdOf(gitlab, {}, inbound(shared), {}), undefined);
    assert.equal(deliveryIdOf(gitlab, {}, inbound({ ...shared, 'Idempotency-Key': 'key' }), {}), 'key');
    assert.equal(deliveryIdOf(gitlab, {}, inbound({ 'webhook-id': 'id', 'Idempotency-Key': 'key' }), {}), 'id');
  });

  it('has its secret token redacted from what is stored', () => {
    assert.deepEqual(gitlab.credentials!({}), { headers: ['x-gitlab-token'], query: [] });
  });

  it('is announced by `hookline send` as a hook of its type', () => {
    const headers = gitlab.announce!('merge_request.open', 'an-id');
    assert.deepEqual(headers, { 'x-gitlab-event': 'Merge Request Hook', 'idempotency-key': 'an-id' });
    assert.equal(eventTypeOf(gitlab, {}, inbound(headers), {}), 'merge_request');
  });
});
