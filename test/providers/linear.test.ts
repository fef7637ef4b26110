// Linear: the signature covers the body, and the time to judge stands in the body.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { linear } from '../../src/providers/linear.ts';
import { SigningError, type Trace, type Verdict } from '../../src/providers/provider.ts';
import { LAB_NOW_MS, source, startLab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'lin_wh_secret';
const NOW_MS = 1_700_000_000_000;

function signed(body: string): Record<string, string> {
  return { 'Linear-Signature': createHmac('sha256', SECRET).update(body).digest('hex') };
}

function judge(body: string, nowMs = NOW_MS, settings = {}, trace?: Trace): Verdict {
  return linear.verifier(settings)(inbound(signed(body), body), [SECRET], nowMs, trace);
}

const at = (time: unknown): string => JSON.stringify({ action: 'create', type: 'Issue', webhookTimestamp: time });
const STALE = { ok: false, status: 401, reason: 'timestamp_stale' };
const MALFORMED = { ok: false, status: 400, reason: 'timestamp_malformed' };
const MISSING = { ok: false, status: 401, reason: 'timestamp_missing' };

describe('the time of a Linear delivery', () => {
  it('may be a minute from ours, before and after', () => {
    for (const [offsetMs, verdict] of [
      [60_000, { ok: true }],
      [-60_000, { ok: true }],
      [60_001, STALE],
      [-60_001, STALE],
    ] as const) {
      assert.deepEqual(judge(at(NOW_MS), NOW_MS + offsetMs), verdict, String(offsetMs));
    }
  });

  it('may be as far from ours as the source says, for retries', () => {
    assert.deepEqual(judge(at(NOW_MS), NOW_MS + 6 * 3_600_000, { tolerance: '7h' }), { ok: true });
  });

  it('is a whole number of milliseconds, and nothing else', () => {
    for (const time of [`${NOW_MS}`, NOW_MS + 0.5, -1, 1e300, true, [NOW_MS], { a: 1 }, null]) {
      assert.deepEqual(judge(at(time)), MALFORMED, JSON.stringify(time));
    }
    // The Linear-Timestamp header is unsigned and no help.
    for (const body of ['{"type":"Issue"}', `[${NOW_MS}]`, 'null', '', '{', `{"data":${at(NOW_MS)}}`]) {
      const request = inbound({ ...signed(body), 'Linear-Timestamp': String(NOW_MS) }, body);
      assert.deepEqual(linear.verifier({})(request, [SECRET], NOW_MS), MISSING, body);
    }
  });

  it('is only looked at once the signature is right, and shown to people', () => {
    const request = inbound(signed(at(NOW_MS)), at(NOW_MS - 1_000_000));
    const mismatch = { ok: false, status: 401, reason: 'signature_mismatch' };
    assert.deepEqual(linear.verifier({})(request, [SECRET], NOW_MS), mismatch);
    const trace: Trace = {};
    judge(at(NOW_MS - 5_000), NOW_MS, {}, trace);
    assert.deepEqual([trace.signedAtMs, trace.toleranceMs], [NOW_MS - 5_000, 60_000]);
  });

  it('survives a body that nests deeper than is ever parsed', () => {
    assert.deepEqual(judge('['.repeat(100_000)), MISSING);
  });
});

describe('a Linear delivery', () => {
  it('made by `hookline send` gets a time, and needs an object to put it in', () => {
    const request = { method: 'POST', url: 'https://hooks.example/hooks/linear', headers: {}, body: Buffer.from('{}') };
    const sent = linear.signer({})(request, SECRET, 'id', NOW_MS);
    assert.equal(sent.body.toString(), `{"webhookTimestamp":${NOW_MS}}`);
    assert.throws(() => linear.signer({})({ ...request, body: Buffer.from('[]') }, SECRET, 'id', NOW_MS), SigningError);
  });

  it('is answered 200, and counts once although its id is unsigned', async () => {
    const lab = await startLab({ sources: [source('linear', 'linear')], secrets: { LINEAR_SECRET: SECRET } });
    try {
      const body = at(LAB_NOW_MS);
      for (const id of ['234d1a4e-b617-4388-90fe-adc3633d6b72', 'another-id']) {
        const headers = { 'content-type': 'application/json; charset=utf-8', ...signed(body), 'linear-delivery': id };
        assert.equal((await lab.post('/hooks/linear', body, headers)).status, 200);
      }
      assert.equal(await lab.deliveries(), 1);
    } finally {
      await lab.close();
    }
  });
});
