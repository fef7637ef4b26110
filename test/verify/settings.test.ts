// Declared schemes that are almost right: the setting that is wrong is found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providers } from '../../src/providers/index.ts';
import { givenSettings, InputError, judgedAtMs, namedProvider } from '../../src/verify/input.ts';
import { ask, certain, hmac, NOW_MS, NOW_S, SECRET } from './questions.ts';

const BODY = '{"a":1}';
const provider = namedProvider('hmac', providers);

test('another hash, encoding, prefix or header than was declared', () => {
  const cases: [Record<string, string>, Record<string, string>, string][] = [
    [{ 'x-signature': hmac(SECRET, BODY, 'hex', 'sha512') }, {}, '`hash: "sha512"`'],
    [{ 'x-signature': hmac(SECRET, BODY, 'base64') }, {}, '`encoding: "base64"`'],
    [{ 'x-signature': `v1=${hmac(SECRET, BODY, 'base64')}` }, {}, '`encoding: "base64"`, `prefix: "v1="`'],
    [{ 'x-acme-hmac': hmac(SECRET, BODY) }, {}, '`header: "x-acme-hmac"`'],
    [
      { 'x-acme-sign': hmac(SECRET, BODY, 'base64', 'sha1') },
      {},
      '`header: "x-acme-sign"`, `hash: "sha1"`, `encoding: "base64"`',
    ],
  ];
  for (const [headers, settings, written] of cases) {
    const diagnosis = ask({ provider: 'hmac', settings, headers, body: BODY });
    assert.equal(diagnosis.valid, false);
    assert.ok(
      diagnosis.causes.some(({ certain: sure, what }) => sure && what.endsWith(written)),
      `${written}: ${certain(diagnosis).join()}`,
    );
  }
});

test('content that was declared without the time that is signed', () => {
  const headers = { 'x-signature': hmac(SECRET, `${NOW_S}.${BODY}`), 'x-request-timestamp': String(NOW_S) };
  const [found] = certain(ask({ provider: 'hmac', headers, body: BODY }));
  assert.match(found ?? '', /`content: "\{timestamp\}\.\{body\}"`, `timestamp_header: "x-request-timestamp"`/);
});

test('a version of the scheme that was pinned and is not the one that was sent', () => {
  const hubspot = namedProvider('hubspot', providers);
  const pinned = givenSettings(hubspot, {}, [], 'v1');
  assert.deepEqual(pinned, { version: 'v1' });
  // https://developers.hubspot.com/docs/api/webhooks/validating-requests
  const url = 'https://hooks.example/hooks/crm';
  const headers = {
    'X-HubSpot-Signature-v3': hmac(SECRET, `POST${url}${BODY}${NOW_MS}`, 'base64'),
    'X-HubSpot-Request-Timestamp': String(NOW_MS),
  };
  const asked = { provider: 'hubspot', headers, body: BODY, url };
  assert.equal(ask({ ...asked, settings: { version: 'v3' } }).valid, true);
  assert.deepEqual(certain(ask({ ...asked, settings: pinned })), [
    'setting: it verifies with the setting `version: "v3"`',
  ]);
});

test('settings are checked as in a source: unknown names, wrong values, combinations that cannot work', () => {
  const message = (texts: string[], scheme?: string): string => {
    try {
      givenSettings(provider, {}, texts, scheme);
      return 'no error';
    } catch (error) {
      assert.ok(error instanceof InputError);
      return error.message;
    }
  };
  assert.match(message(['haeder=x']), /hmac has no setting haeder. Did you mean header\?/);
  assert.match(message(['hash=md5']), /hash of hmac .*\(sha1, sha256, sha384, sha512\)/);
  assert.match(message(['header']), /is not key=value/);
  assert.match(message(['content={timestamp}.{body}']), /say where it is with `timestamp_header`/);
  assert.match(message([], 'v2'), /has one scheme only/);
  assert.deepEqual(givenSettings(provider, { header: 'x-a', hash: 'sha1' }, ['header=x-b', 'prefix=a=b'], undefined), {
    header: 'x-b',
    hash: 'sha1',
    prefix: 'a=b',
  });
});

test('an unknown provider is answered with the nearest one', () => {
  assert.throws(() => namedProvider('strip', providers), /Did you mean stripe\?/);
  assert.throws(() => namedProvider('qqqqqqqqqqqqqq', providers), /There are github, stripe/);
});

test('--at takes Unix seconds, and milliseconds by their length', () => {
  assert.equal(judgedAtMs('1700000000'), 1_700_000_000_000);
  assert.equal(judgedAtMs('1700000000123'), 1_700_000_000_123);
  for (const text of ['', 'now', '-1', '1.5', '12345678901234']) assert.throws(() => judgedAtMs(text), InputError);
});
