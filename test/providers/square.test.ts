// Square: the notification URL is part of what is signed, and it is the configured one.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { square } from '../../src/providers/square.ts';
import { source, startLab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const KEY = 'signature-key';
const BODY = '{"type":"payment.updated","event_id":"6a8f5f28-54a1-4eb0-a98a-3111513fd4fc"}';

function signed(url: string): Record<string, string> {
  const signature = createHmac('sha256', KEY)
    .update(url + BODY)
    .digest('base64');
  return { 'content-type': 'application/json', 'x-square-hmacsha256-signature': signature };
}

describe('a Square notification', () => {
  it('to one URL is none to another', () => {
    const url = 'https://hooks.example/hooks/square?shop=1';
    const judge = (called: string) => square.verifier({})(inbound(signed(url), BODY, { url: called }), [KEY], 0);
    assert.deepEqual(judge(url), { ok: true });
    for (const other of [
      url.replace('shop=1', 'shop=2'),
      url.split('?')[0]!,
      `${url}/`,
      url.replace('https', 'http'),
    ]) {
      assert.deepEqual(judge(other), { ok: false, status: 401, reason: 'signature_mismatch' }, other);
    }
  });

  it('is checked against the public URL and never against the Host', async () => {
    const publicUrl = 'https://shop.example/square';
    const lab = await startLab({
      sources: [source('square', 'square', { publicUrl })],
      secrets: { SQUARE_SECRET: KEY },
    });
    try {
      assert.equal((await lab.post('/hooks/square', BODY, signed(`${lab.url}/hooks/square`))).status, 401);
      assert.equal((await lab.post('/hooks/square', BODY, signed(publicUrl))).status, 202);
      assert.equal((await lab.post('/hooks/square?shop=1', BODY, signed(`${publicUrl}?shop=1`))).status, 202);
      assert.equal(await lab.deliveries(), 1);
    } finally {
      await lab.close();
    }
  });
});
