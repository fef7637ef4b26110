// Notion tells its secret itself, in a first request without a signature.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { notion } from '../../src/providers/notion.ts';
import type { HandshakeContext } from '../../src/providers/provider.ts';
import type { Json } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

/** The documented request: https://developers.notion.com/reference/webhooks */
const TOKEN = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
const body: Json = { verification_token: TOKEN };
const bytes = JSON.stringify(body);
const context: HandshakeContext = { settings: {}, secrets: [TOKEN], secretOf: () => undefined };

function signed(secret: string) {
  const signature = createHmac('sha256', secret).update(bytes).digest('hex');
  return inbound({ 'X-Notion-Signature': `sha256=${signature}` }, bytes);
}

describe("Notion's verification token", () => {
  it('is read from the first, unsigned request, which is answered 200', () => {
    const introduction = notion.introduction!(inbound({}, bytes), body);
    assert.equal(introduction?.secret, TOKEN);
    assert.equal(introduction.answer.status, 200);
    assert.equal(introduction.answer.body, '', 'the answer does not repeat the secret');
  });

  it('is read where the request is signed with it, and not where it is signed with another', () => {
    assert.equal(notion.introduction!(signed(TOKEN), body)?.secret, TOKEN);
    assert.equal(notion.introduction!(signed('another secret'), body), undefined);
  });

  it('is not read from anything else: an event, an empty or short token, further members', () => {
    const others: Json[] = [
      null,
      [],
      TOKEN,
      { type: 'page.created', id: '1' },
      { verification_token: '' },
      { verification_token: 'short' },
      { verification_token: `${TOKEN} ` },
      { verification_token: 'x'.repeat(201) },
      { verification_token: { secret: TOKEN } },
      { verification_token: TOKEN, type: 'page.created' },
    ];
    for (const other of others) assert.equal(notion.introduction!(inbound({}, '{}'), other), undefined);
  });

  it('proves nothing by itself: without the right signature the request is refused', () => {
    const verify = notion.verifier({});
    assert.deepEqual(verify(inbound({}, bytes), [TOKEN], 0), { ok: false, status: 401, reason: 'signature_missing' });
    assert.deepEqual(verify(inbound({}, bytes), [], 0), { ok: false, status: 401, reason: 'secret_not_set' });
    assert.deepEqual(verify(signed(TOKEN), [TOKEN], 0), { ok: true });
  });

  it('sent again and signed is a handshake, and an event is none', () => {
    assert.equal(notion.handshake!(signed(TOKEN), body, context)?.status, 200);
    assert.equal(notion.handshake!(signed(TOKEN), { type: 'page.created', id: '1' }, context), undefined);
  });
});
