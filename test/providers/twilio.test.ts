// Twilio: the URL as Twilio called it, forms whose fields are signed without separators, and JSON by its hash in the URL.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Trace } from '../../src/providers/provider.ts';
import { twilio } from '../../src/providers/twilio.ts';
import { source, startLab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const TOKEN = '12345';
const URL_CALLED = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const FORM = 'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212';
/** What is signed of FORM: names and values, sorted by name. */
const FIELDS = 'CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212';

const verify = twilio.verifier({});

function signature(content: string, token = TOKEN): string {
  return createHmac('sha1', token).update(content).digest('base64');
}

function judge(url: string, body: string, signed: string, secrets = [TOKEN], trace?: Trace) {
  return verify(inbound({ 'X-Twilio-Signature': signed }, body, { url }), secrets, 0, trace);
}

const MISMATCH = { ok: false, status: 401, reason: 'signature_mismatch' };
const UNPROVED = { ok: false, status: 401, reason: 'body_hash_mismatch' };

describe('the URL of a Twilio request', () => {
  it('may be signed with its port or without, whichever is configured', () => {
    const at = (port: string): string => URL_CALLED.replace('.com', `.com${port}`);
    for (const [configured, called] of [
      [at(''), at('')],
      [at(''), at(':443')],
      [at(':443'), at('')],
      [at(':8443'), at('')],
      [at(':8443'), at(':8443')],
      ['http://mycompany.com/x', 'http://mycompany.com:80/x'],
      ['https://[2001:db8::1]/x', 'https://[2001:db8::1]:443/x'],
    ] as const) {
      assert.deepEqual(judge(configured, FORM, signature(called + FIELDS)), { ok: true }, `${configured} ${called}`);
    }
    assert.deepEqual(judge(at(''), FORM, signature(at(':8443') + FIELDS)), MISMATCH);
  });

  it('is signed character by character, or as an old query writer escapes it', () => {
    const url = "https://mycompany.com/myapp.php?body=It's&amp=a%20b";
    for (const called of [url, 'https://mycompany.com/myapp.php?body=It%27s&amp=a%20b']) {
      assert.deepEqual(judge(url, FORM, signature(called + FIELDS)), { ok: true }, called);
    }
    assert.deepEqual(judge(url, FORM, signature(`${url}&more=1${FIELDS}`)), MISMATCH);
  });

  it('is shown to people as they configured it', () => {
    const trace: Trace = {};
    judge(URL_CALLED, FORM, signature('something else'), [TOKEN], trace);
    assert.equal(trace.content?.toString(), URL_CALLED + FIELDS);
    assert.ok(trace.computed?.includes(signature(URL_CALLED + FIELDS)));
  });
});

describe('the form of a Twilio request', () => {
  it('is signed by any of several tokens', () => {
    const signed = signature(URL_CALLED + FIELDS, 'new');
    assert.deepEqual(judge(URL_CALLED, FORM, signed, [TOKEN, 'new']), { ok: true });
    assert.deepEqual(judge(URL_CALLED, FORM, signed, []), { ok: false, status: 401, reason: 'secret_not_set' });
  });

  it('that is empty leaves the URL alone signed, as of a GET', () => {
    assert.deepEqual(judge(URL_CALLED, '', signature(URL_CALLED)), { ok: true });
    assert.deepEqual(judge(URL_CALLED, 'a=b', signature(URL_CALLED)), MISMATCH);
  });

  it('cannot be cut into other fields where Twilio would not write them so', () => {
    const signed = signature(`${URL_CALLED}BodyHello`);
    assert.deepEqual(judge(URL_CALLED, 'Body=Hello', signed), { ok: true });
    for (const forged of ['Body&Hello', 'BodyHello', '=BodyHello', 'Body=Hello&', '&Body=Hello', 'Body=Hello=']) {
      assert.deepEqual(judge(URL_CALLED, forged, signed), UNPROVED, forged);
    }
  });

  it('that is not UTF-8 is not guessed at', () => {
    const body = Buffer.concat([Buffer.from('Body='), Buffer.from([0xff])]);
    const request = inbound({ 'X-Twilio-Signature': signature(`${URL_CALLED}Body\uFFFD`) }, body, { url: URL_CALLED });
    assert.deepEqual(verify(request, [TOKEN], 0), UNPROVED);
  });

  it('says that the signature is missing or malformed before it says anything of the body', () => {
    const missing = verify(inbound({}, '{"a":1}', { url: URL_CALLED }), [TOKEN], 0);
    assert.deepEqual(missing, { ok: false, status: 401, reason: 'signature_missing' });
    const malformed = { ok: false, status: 400, reason: 'signature_malformed' };
    assert.deepEqual(judge(URL_CALLED, '{"a":1}', 'no signature'), malformed);
  });
});

describe('the JSON of a Twilio request', () => {
  const body = '[{"specversion":"1.0"}]';
  const hash = createHash('sha256').update(body).digest('hex');
  const url = `${URL_CALLED}&bodySHA256=${hash}`;

  it('is proved by its hash in the signed URL', () => {
    assert.deepEqual(judge(url, body, signature(url)), { ok: true });
    assert.deepEqual(judge(url, `${body} `, signature(url)), UNPROVED);
    assert.deepEqual(judge(url, '', signature(url)), UNPROVED);
  });

  it('is refused without its hash, with a malformed one and with two', () => {
    assert.deepEqual(judge(URL_CALLED, body, signature(URL_CALLED)), UNPROVED);
    for (const query of ['bodySHA256=', 'bodySHA256=abc', `bodySHA256=${hash}&bodySHA256=${hash}`]) {
      const other = `${URL_CALLED}&${query}`;
      const malformed = { ok: false, status: 400, reason: 'signature_malformed' };
      assert.deepEqual(judge(other, body, signature(other)), malformed, query);
    }
  });
});

describe('a Twilio source', () => {
  it('checks the URL that Twilio calls and never the Host, answers 204 with nothing, and knows a retry', async () => {
    const publicUrl = 'https://sms.example/from/twilio';
    const lab = await startLab({
      sources: [source('sms', 'twilio', { publicUrl })],
      secrets: { TWILIO_SECRET: TOKEN },
    });
    try {
      const text = 'MessageSid=SM1&SmsStatus=received&Body=Ahoy';
      const fields = 'BodyAhoyMessageSidSM1SmsStatusreceived';
      const send = (called: string): Promise<Response> =>
        lab.post('/hooks/sms?line=1', text, {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          'x-twilio-signature': signature(called + fields),
          'i-twilio-idempotency-token': 'da8d1ac4-cab2-4bd3-8a5c-8a1e9d5f7c1d',
        });
      assert.equal((await send(`${lab.url}/hooks/sms?line=1`)).status, 401);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const response = await send(`${publicUrl}?line=1`);
        assert.deepEqual([response.status, await response.text()], [204, '']);
      }
      assert.equal(await lab.deliveries(), 1);
    } finally {
      await lab.close();
    }
  });

  it('knows a captured form again, however its fields are written, and under any token', async () => {
    const publicUrl = 'https://sms.example/from/twilio';
    const lab = await startLab({
      sources: [source('sms', 'twilio', { publicUrl })],
      secrets: { TWILIO_SECRET: TOKEN },
    });
    try {
      const texts = ['MessageSid=SM1&Body=Ahoy', 'MessageSid=SM1&Body=%41hoy', 'Body=Ahoy&MessageSid=SM1&Body=Ahoy'];
      for (const [index, text] of texts.entries()) {
        const response = await lab.post('/hooks/sms', text, {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': signature(`${publicUrl}BodyAhoyMessageSidSM1`),
          'i-twilio-idempotency-token': `token-${index}`,
        });
        assert.equal(response.status, 204);
      }
      assert.equal(await lab.deliveries(), 1);
    } finally {
      await lab.close();
    }
  });
});
