// Paddle: 5 seconds as in its own libraries, more where the source says so, several h1 while a secret is rotated.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { paddle } from '../../src/providers/paddle.ts';
import type { Verdict } from '../../src/providers/provider.ts';
import { LAB_NOW_MS, source, startLab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'pdl_ntfset_01_secret';
const NOW = 1_700_000_000;
const BODY = '{"event_id":"evt_1","event_type":"transaction.completed"}';

const h1 = (secret: string, time: number | string = NOW): string =>
  createHmac('sha256', secret).update(`${time}:${BODY}`).digest('hex');

function judge(header: string, now = NOW, settings = {}): Verdict {
  return paddle.verifier(settings)(inbound({ 'Paddle-Signature': header }, BODY), [SECRET], now * 1000);
}

describe('a Paddle notification', () => {
  it('may be 5 seconds old, unless the source takes older ones', () => {
    const header = `ts=${NOW};h1=${h1(SECRET)}`;
    assert.deepEqual(judge(header, NOW + 5), { ok: true });
    assert.deepEqual(judge(header, NOW + 6), { ok: false, status: 401, reason: 'timestamp_stale' });
    assert.deepEqual(judge(header, NOW + 3 * 86_400 - 1, paddle.exampleSettings), { ok: true });
  });

  it('is taken with any of its signatures, in any place', () => {
    const right = `h1=${h1(SECRET)}`;
    const other = `h1=${h1('another secret')}`;
    for (const list of [`${right};${other}`, `${other};${right}`]) {
      assert.deepEqual(judge(`ts=${NOW};${list}`), { ok: true }, list);
    }
    assert.deepEqual(judge(`ts=${NOW};${other}`), { ok: false, status: 401, reason: 'signature_mismatch' });
  });

  it('is refused when its header is not the documented one', () => {
    const right = `h1=${h1(SECRET)}`;
    for (const header of [right, `ts=${NOW}`, `ts=${NOW},${right}`, `ts=${NOW};h2=${h1(SECRET)}`, '']) {
      const verdict = judge(header);
      assert.equal(!verdict.ok && verdict.status, 400, header);
    }
    for (const time of [`${NOW}abc`, '', '-1', '0x10', `${NOW};ts=${NOW}`]) {
      const verdict = judge(`ts=${time};h1=${h1(SECRET, time)}`);
      assert.deepEqual(verdict, { ok: false, status: 400, reason: 'timestamp_malformed' }, time);
    }
  });

  it('sent again for days starts nothing new, since its event is known by a signed id', async () => {
    const lab = await startLab({
      sources: [source('paddle', 'paddle', { settings: paddle.exampleSettings! })],
      secrets: { PADDLE_SECRET: SECRET },
    });
    try {
      const signedAt = LAB_NOW_MS / 1000;
      const headers = {
        'content-type': 'application/json',
        'paddle-signature': `ts=${signedAt};h1=${h1(SECRET, signedAt)}`,
      };
      for (const laterMs of [0, 3_600_000, 2 * 86_400_000]) {
        lab.nowMs = LAB_NOW_MS + laterMs;
        assert.equal((await lab.post('/hooks/paddle', BODY, headers)).status, 200);
      }
      assert.equal(await lab.deliveries(), 1);
    } finally {
      await lab.close();
    }
  });
});
