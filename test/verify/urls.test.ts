// Schemes that sign the URL: what proxies do to URLs is undone, and nothing is made of URLs where none is signed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, certain, github, hmac, likely, SECRET } from './questions.ts';

const BODY = '{"a":1}';
const settings = { content: '{method}{url}{body}' };
const signed = (url: string, method = 'POST'): Record<string, string> => ({
  'x-signature': hmac(SECRET, `${method}${url}${BODY}`),
});

/** [what the sender was told, what is here, more headers] */
const CASES: [string, string, string, Record<string, string>?][] = [
  ['https, which a proxy made http', 'https://shop.example/hooks/a', 'http://shop.example/hooks/a'],
  [
    'a port that is not there any more',
    'https://shop.example:8443/hooks/a',
    'https://shop.example/hooks/a',
    { 'X-Forwarded-Port': '8443' },
  ],
  ['a port that was not there', 'https://shop.example/hooks/a', 'https://shop.example:8080/hooks/a'],
  ['the default port written out', 'https://shop.example:443/hooks/a', 'https://shop.example/hooks/a'],
  ['a slash at the end', 'https://shop.example/hooks/a/', 'https://shop.example/hooks/a'],
  ['no slash at the end', 'https://shop.example/hooks/a', 'https://shop.example/hooks/a/'],
  [
    'another host, which the proxy tells',
    'https://shop.example/hooks/a',
    'http://10.0.0.7:8080/hooks/a',
    { 'X-Forwarded-Host': 'shop.example' },
  ],
  [
    'the host of the request',
    'https://shop.example/hooks/a',
    'https://inner.example/hooks/a',
    { Host: 'shop.example' },
  ],
  [
    'a path that the proxy cut',
    'https://shop.example/api/hooks/a',
    'https://shop.example/hooks/a',
    { 'X-Forwarded-Prefix': '/api' },
  ],
  ['an encoded path, decoded here', 'https://shop.example/hooks/a%20b', 'https://shop.example/hooks/a b'],
  ['a decoded path, encoded here', 'https://shop.example/hooks/a b', 'https://shop.example/hooks/a%20b'],
  ['no query', 'https://shop.example/hooks/a', 'https://shop.example/hooks/a?utm=1'],
];

for (const [name, told, here, more] of CASES) {
  test(`a URL with ${name}`, () => {
    const diagnosis = ask({ provider: 'hmac', settings, headers: { ...signed(told), ...more }, body: BODY, url: here });
    assert.equal(diagnosis.reason, 'signature_mismatch');
    assert.deepEqual(certain(diagnosis), [`url: it verifies with the URL ${told}`]);
    assert.match(diagnosis.causes[0]!.fix, /`public_url`/);
  });
}

test("third parties that sign the URL: Square's and Twilio's behind a proxy", () => {
  const told = 'https://shop.example/hooks/a';
  // https://developer.squareup.com/docs/webhooks/step3validate
  const square = ask({
    provider: 'square',
    headers: { 'x-square-hmacsha256-signature': hmac(SECRET, told + BODY, 'base64') },
    body: BODY,
    url: 'http://shop.example/hooks/a',
  });
  assert.deepEqual(certain(square), [`url: it verifies with the URL ${told}`]);
  // https://www.twilio.com/docs/usage/security#validating-requests
  const signature = hmac(SECRET, `${told}BodyhiFrom+15551234567`, 'base64', 'sha1');
  const form = 'From=%2B15551234567&Body=hi';
  const headers = { 'X-Twilio-Signature': signature, 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal(ask({ provider: 'twilio', headers, body: form, url: told }).valid, true);
  const twilio = ask({ provider: 'twilio', headers, body: form, url: 'http://10.0.0.7:8080/hooks/a' });
  assert.deepEqual(certain(twilio), []);
  const proxied = ask({
    provider: 'twilio',
    headers: { ...headers, Host: 'shop.example' },
    body: form,
    url: 'http://10.0.0.7:8080/hooks/a',
  });
  assert.deepEqual(certain(proxied), [`url: it verifies with the URL ${told}`]);
});

test('a method that is signed and was another', () => {
  const url = 'https://shop.example/hooks/a';
  const diagnosis = ask({ provider: 'hmac', settings, headers: signed(url, 'PUT'), body: BODY, url });
  assert.deepEqual(certain(diagnosis), ['url: it verifies with the method PUT']);
});

test('a URL that is signed and was not given is asked for', () => {
  const diagnosis = ask({ provider: 'hmac', settings, headers: signed('https://shop.example/hooks/a'), body: BODY });
  assert.ok(likely(diagnosis).some(({ what }) => what === 'the URL is signed, and none was given'));
});

test('where no URL is signed, none is tried and none is asked for', () => {
  const diagnosis = ask({
    provider: 'github',
    headers: github(BODY, 'another'),
    body: BODY,
    url: 'http://shop.example:8080/x/',
  });
  assert.deepEqual(
    diagnosis.causes.filter(({ kind }) => kind === 'url'),
    [],
  );
});
