// Mailgun signs a time and a token and nothing else: what that proves, and what a token that comes again must not do.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import { mailgun } from '../../src/providers/mailgun.ts';
import type { Verdict } from '../../src/providers/provider.ts';
import { flow, LAB_NOW_MS, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const KEY = 'key-3ax6xnjp29jd6fds4gc373sgvjxteol0';
const TOKEN = '5egbgr1vjgqxtrnp65xfznchgdccwh5d6i09vijqi3whgowmn6';
const NOW_S = LAB_NOW_MS / 1000;
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function proof(token: string, timestamp = String(NOW_S), key = KEY) {
  const signature = createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex');
  return { timestamp, token, signature };
}

function body(token: string, id: string, event = 'delivered'): string {
  return JSON.stringify({ signature: proof(token), 'event-data': { id, event } });
}

function reason(verdict: Verdict): string {
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

function judge(text: string, headers: Record<string, string> = json, settings = {}, nowMs = LAB_NOW_MS): string {
  return reason(mailgun.verifier(settings)(inbound(headers, text), ['other', KEY], nowMs));
}

const signed = (signature: unknown): string => judge(JSON.stringify({ signature, 'event-data': {} }));

describe('the signature of Mailgun', () => {
  it('takes keys of both forms, among several', () => {
    const hexKey = 'f6ab1c5c1b7e4b2d8e0a9c3d5f7b1a2c';
    const text = JSON.stringify({ signature: proof(TOKEN, String(NOW_S), hexKey), 'event-data': {} });
    assert.equal(reason(mailgun.verifier({})(inbound(json, text), [KEY, hexKey], LAB_NOW_MS)), 'ok');
    assert.equal(judge(text), '401 signature_mismatch');
  });

  it('is told from a missing and a malformed one', () => {
    assert.equal(signed(proof(TOKEN)), 'ok');
    assert.equal(signed({ ...proof(TOKEN), timestamp: NOW_S }), 'ok');
    assert.equal(judge('{}'), '401 signature_missing');
    assert.equal(signed({ timestamp: String(NOW_S), token: TOKEN }), '401 signature_missing');
    assert.equal(signed({ ...proof(TOKEN), signature: 'abc' }), '400 signature_malformed');
    assert.equal(signed({ ...proof(TOKEN), signature: '0'.repeat(64) }), '401 signature_mismatch');
    assert.equal(signed({ ...proof(TOKEN), token: undefined }), '401 id_missing');
    assert.equal(signed({ ...proof(TOKEN), token: [TOKEN] }), '400 signature_malformed');
    assert.equal(signed({ ...proof(TOKEN), timestamp: undefined }), '401 timestamp_missing');
    assert.equal(signed({ ...proof(TOKEN), timestamp: `${NOW_S}abc` }), '400 timestamp_malformed');
    for (const text of ['', 'null', '[]', '"x"', '{"signature":1}', '{', '['.repeat(5000)]) {
      assert.equal(judge(text), '400 envelope_malformed', text.slice(0, 20));
    }
  });

  it('holds for one day, and for as long as `tolerance` says', () => {
    const day = 24 * 3_600_000;
    const text = body(TOKEN, 'e1');
    assert.equal(judge(text, json, {}, LAB_NOW_MS + day), 'ok');
    assert.equal(judge(text, json, {}, LAB_NOW_MS + day + 1), '401 timestamp_stale');
    assert.equal(judge(text, json, { tolerance: '5m' }, LAB_NOW_MS + 300_001), '401 timestamp_stale');
  });

  it('has one reading: digits moved between time and token are refused, though the signed text is the same', () => {
    const { signature } = proof(`77${TOKEN}`);
    const settings = { tolerance: '999999999d' };
    const moved = (timestamp: string, token: string): string =>
      judge(JSON.stringify({ signature: { timestamp, token, signature } }), json, settings);
    assert.equal(moved(String(NOW_S), `77${TOKEN}`), 'ok');
    assert.equal(moved(`${NOW_S}7`, `7${TOKEN}`), '400 timestamp_malformed');
    assert.equal(moved(String(NOW_S).slice(0, -1), `077${TOKEN}`), '400 timestamp_malformed');
  });

  it('proves nothing where another delivery id than the token would count, and the author is told', () => {
    const settings = { delivery_id: 'body:event-data.id' };
    assert.match(mailgun.settingsProblem!(settings)!, /`delivery_id` cannot be set/);
    assert.equal(judge(body(TOKEN, 'e1'), json, settings), '401 settings_invalid');
    assert.equal(mailgun.settingsProblem!({ tolerance: '5m' }), undefined);
  });

  it('stands in the fields of a form that a route sends, each of them once', () => {
    const fields = new URLSearchParams({ recipient: 'a@example.com', ...proof(TOKEN) }).toString();
    assert.equal(judge(fields, form), 'ok');
    assert.equal(judge(`${fields}&token=other`, form), '400 envelope_malformed');
    assert.equal(judge('recipient=a', form), '401 signature_missing');
    assert.equal(judge(fields, json), '400 envelope_malformed');
  });
});

describe('a delivery of Mailgun', () => {
  let lab: Lab;
  before(async () => {
    const flows = [flow('on-mail', [{ source: 'mailgun' }])];
    lab = await startLab({ sources: [source('mailgun', 'mailgun')], flows, secrets: { MAILGUN_SECRET: KEY } });
  });
  after(() => lab.close());

  it('whose token was seen starts nothing, whatever its body says', async () => {
    const first = await lab.post('/hooks/mailgun', body(TOKEN, 'event-1'));
    assert.equal(first.status, 200);
    assert.equal(await first.text(), '');
    const replayed = await lab.post('/hooks/mailgun', body(TOKEN, 'event-2', 'complained'));
    assert.equal(replayed.status, 200);
    const asForm = new URLSearchParams({ event: 'complained', ...proof(TOKEN) }).toString();
    assert.equal((await lab.post('/hooks/mailgun', asForm, form)).status, 200);
    assert.equal(await lab.deliveries(), 1);
    const starts = await lab.starts();
    assert.deepEqual(
      starts.map(({ eventType, body: seen }) => [eventType, seen]),
      [['delivered', { id: 'event-1', event: 'delivered' }]],
    );
  });

  it('that repeats an event under another token starts nothing either', async () => {
    assert.equal((await lab.post('/hooks/mailgun', body('a'.repeat(50), 'event-1'))).status, 200);
    assert.equal((await lab.post('/hooks/mailgun', body('b'.repeat(50), 'event-3'))).status, 200);
    // Those that were claimed above do not wait any more.
    assert.deepEqual(
      (await lab.starts()).map(({ eventId }) => eventId),
      ['mailgun~event-3'],
    );
  });

  it('has one token, whatever else the request can be read as', async () => {
    const packed = { ...source('packed', 'mailgun', { decompress: true }), auth: source('m', 'mailgun').auth };
    lab.catalog.sources.set('packed', packed);
    const other = { ...proof('o'.repeat(50)), signature: '0'.repeat(64), event: 'forged' };
    const seen = await lab.deliveries();
    for (const contentType of ['text/x-www-form-urlencoded', 'application/x-www-form-urlencoded\u00a0']) {
      // JSON with a proof that is a form with another token.
      const text = JSON.stringify({ signature: proof(TOKEN), x: `&${new URLSearchParams(other).toString()}&` });
      await lab.post('/hooks/mailgun', text, { 'content-type': contentType });
      assert.equal(await lab.deliveries(), seen, contentType);
    }
    // A packed form with another token that is, as sent, a form with a proof.
    const bytes = Buffer.concat([
      deflateSync(new URLSearchParams(other).toString()),
      Buffer.from(`&${new URLSearchParams(proof('p'.repeat(50))).toString()}`),
    ]);
    const response = await lab.post('/hooks/packed', bytes, { ...form, 'content-encoding': 'deflate' });
    assert.equal(response.status, 401);
    assert.equal(await lab.deliveries(), seen);
  });
});
