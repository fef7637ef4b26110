// Secrets in the wrong form are recognised, and no secret ever stands in a diagnosis.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { reportText } from '../../src/verify/report.ts';
import { ask, certain, github, hmac, likely, NOW_S, SECRET, stripe } from './questions.ts';

const BODY = '{"a":1}';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const CASES: [string, string, RegExp][] = [
  ['a newline at its end', `${SECRET}\n`, /without the white space/],
  ['quotes around it', `"${SECRET}"`, /without the quotes/],
  ['its name before it', `GITHUB_SECRET=${SECRET}`, /without what stands before the `=`/],
  ['its name and export before it', `export GITHUB_SECRET="${SECRET}"`, /without what stands before the `=`/],
  ['base64 around it', base64(SECRET), /decoded from base64$/],
  ['base64 of it and a newline', base64(`${SECRET}\n`), /decoded from base64, without the newline/],
  ['hex around it', Buffer.from(SECRET).toString('hex'), /decoded from hex/],
  ['%-escapes in it', SECRET.replaceAll('-', '%2D'), /%-escapes decoded/],
  ['whsec_ put before it', `whsec_${SECRET}`, /without `whsec_` before it/],
  ['other letters', SECRET.toUpperCase(), /in lower case/],
];

for (const [name, stored, found] of CASES) {
  test(`a secret with ${name}`, () => {
    const diagnosis = ask({ provider: 'github', secrets: [stored], headers: github(BODY), body: BODY });
    assert.equal(diagnosis.reason, 'signature_mismatch');
    assert.equal(certain(diagnosis).length, 1);
    assert.match(certain(diagnosis)[0]!, found);
  });
}

test('a prefix that belongs to the secret and was left out', () => {
  const diagnosis = ask({ provider: 'stripe', headers: stripe(BODY, NOW_S, `whsec_${SECRET}`), body: BODY });
  assert.deepEqual(certain(diagnosis), ['secret: it verifies with the secret with `whsec_` before it']);
});

test('a Standard Webhooks secret that the sender does not decode, and one that it does', () => {
  const headers = (key: string | Buffer): Record<string, string> => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(NOW_S),
    'webhook-signature': `v1,${hmac(key, `msg_1.${NOW_S}.${BODY}`, 'base64')}`,
  });
  const stored = `whsec_${base64('0123456789abcdef')}`;
  const asked = { provider: 'standard-webhooks', secrets: [stored], body: BODY };
  assert.equal(ask({ ...asked, headers: headers(Buffer.from('0123456789abcdef')) }).valid, true);
  const undecoded = ask({ ...asked, headers: headers(stored) });
  assert.deepEqual(certain(undecoded), ['secret: it verifies with the secret encoded as base64']);
  const bare = ask({ ...asked, secrets: [stored.slice('whsec_'.length)], headers: headers(stored) });
  assert.deepEqual(certain(bare), [
    'secret: it verifies with the secret with `whsec_` before it, encoded as base64 after it',
  ]);
});

test('a sender that decodes a secret which this provider takes as text is told from it, with the settings for it', () => {
  const key = Buffer.from('00ff10ab'.repeat(4), 'hex');
  const diagnosis = ask({
    provider: 'github',
    secrets: [key.toString('base64')],
    headers: github(BODY, key),
    body: BODY,
  });
  assert.match(
    certain(diagnosis)[0] ?? '',
    /^setting: the signature is the HMAC-SHA256 \(hex\) of exactly these bytes, with the bytes that the secret is the base64 form of/,
  );
  assert.match(diagnosis.causes[0]!.fix, /`provider: hmac` with `hash: sha256`, `encoding: hex`, `key: base64`/);
});

test('of several secrets it says which one matched', () => {
  const diagnosis = ask({ provider: 'github', secrets: ['old', SECRET, ''], headers: github(BODY), body: BODY });
  assert.equal(diagnosis.valid, true);
  assert.deepEqual(
    diagnosis.secrets.map(({ name, result }) => [name, result]),
    [
      ['secret 1', 'does_not_match'],
      ['secret 2', 'matches'],
      ['secret 3', 'not_usable'],
    ],
  );
});

test('no secret at all, and one that is no key of this provider', () => {
  assert.equal(ask({ provider: 'github', secrets: [], headers: github(BODY), body: BODY }).reason, 'secret_not_set');
  const unusable = ask({ provider: 'standard-webhooks', secrets: ['not base64!'], body: BODY });
  assert.equal(unusable.reason, 'secret_not_set');
  assert.equal(unusable.secrets[0]?.result, 'not_usable');
});

test('a bearer token without its scheme, a key in another header, a password in other letters', () => {
  const bearer = ask({ provider: 'bearer', headers: { authorization: SECRET } });
  assert.deepEqual(certain(bearer), ['header: it verifies with header `authorization` with `Bearer` before it']);
  const key = ask({ provider: 'api_key', headers: { 'X-Auth-Token': SECRET } });
  assert.deepEqual(certain(key), ['setting: it verifies with the setting `header: "x-auth-token"`']);
  const basic = ask({
    provider: 'basic',
    secrets: [base64(`user:${SECRET}`)],
    headers: { authorization: `Basic ${base64(`user:${SECRET}`)}` },
  });
  assert.match(certain(basic)[0] ?? '', /decoded from base64/);
});

test('neither secrets nor credentials are ever shown, as text or as data', () => {
  const other = 'the-other-credential-77';
  const diagnoses = [
    ask({ provider: 'github', headers: github(BODY), body: BODY }),
    ask({ provider: 'github', secrets: [`"${SECRET}"`], headers: github(BODY), body: BODY }),
    ask({ provider: 'github', headers: github(BODY, other), body: `{"leak":"${SECRET}"}` }),
    ask({ provider: 'api_key', headers: { 'x-api-key': other } }),
    ask({ provider: 'api_key', headers: { 'x-api-key': `${SECRET}x` } }),
    ask({ provider: 'api_key', settings: { query: 'key' }, url: `https://hooks.example/hooks/a?key=${SECRET}` }),
    ask({ provider: 'bearer', headers: { authorization: `Bearer ${other}` } }),
    ask({
      provider: 'basic',
      secrets: [`user:${SECRET}`],
      headers: { authorization: `Basic ${base64(`user:${other}`)}` },
    }),
    ask({
      provider: 'basic',
      secrets: [`user:${SECRET}`],
      headers: { authorization: `Basic ${base64(`user:${SECRET}`)}` },
    }),
    ask({ provider: 'github', headers: github(BODY, other), body: BODY, url: `https://u:${SECRET}@hooks.example/` }),
  ];
  for (const diagnosis of diagnoses) {
    for (const shown of [reportText(diagnosis), JSON.stringify(diagnosis)]) {
      for (const secret of [SECRET, other, base64(SECRET), base64(`user:${SECRET}`), base64(`user:${other}`)]) {
        assert.ok(!shown.includes(secret), shown);
      }
    }
  }
});

test('a credential that was cut shows by its length alone', () => {
  const diagnosis = ask({ provider: 'api_key', headers: { 'x-api-key': SECRET.slice(0, 10) } });
  assert.equal(diagnosis.reason, 'credential_mismatch');
  assert.match(likely(diagnosis)[0]!.what, /what came has 10 characters, the secret 27/);
});

test('a public key that is not the one, and one that is', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(NOW_S),
    'webhook-signature': `v1a,${sign(null, Buffer.from(`msg_1.${NOW_S}.${BODY}`), privateKey).toString('base64')}`,
  };
  const asked = { provider: 'standard-webhooks', headers, body: BODY };
  assert.equal(ask({ ...asked, secrets: [`whpk_${raw.toString('base64')}`] }).valid, true);
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  assert.equal(ask({ ...asked, secrets: [`whpk_${other.toString('base64')}`] }).reason, 'signature_mismatch');
});
