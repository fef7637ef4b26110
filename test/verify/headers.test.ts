// Headers that were lost, renamed, repeated or belong to another third party.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, certain, github, hmac, likely, NOW_S, SECRET, stripe } from './questions.ts';

const BODY = '{"a":1}';
const SIGNATURE = hmac(SECRET, BODY);

test('names of headers may be in any case', () => {
  for (const name of ['x-hub-signature-256', 'X-HUB-SIGNATURE-256', 'X-Hub-Signature-256']) {
    assert.equal(ask({ provider: 'github', headers: { [name]: `sha256=${SIGNATURE}` }, body: BODY }).valid, true);
  }
});

test('a header that is not there is named, beside those that look like a signature', () => {
  const diagnosis = ask({ provider: 'slack', headers: { 'X-Custom-Signature': 'abc' }, body: BODY });
  assert.equal(diagnosis.reason, 'signature_missing');
  const cause = likely(diagnosis).find(({ what }) => what.startsWith('there is no header'));
  assert.equal(cause?.what, 'there is no header `x-slack-signature`');
  assert.match(cause?.fix ?? '', /There is `x-custom-signature`\./);
});

test('headers under the names of an application server, and of a gateway', () => {
  const server = ask({ provider: 'github', headers: { HTTP_X_HUB_SIGNATURE_256: `sha256=${SIGNATURE}` }, body: BODY });
  assert.match(certain(server)[0] ?? '', /^header: it verifies with headers named with `-` instead of `_`/);
  const headers = { 'x-amzn-remapped-x-hub-signature-256': `sha256=${SIGNATURE}` };
  assert.match(
    certain(ask({ provider: 'github', headers, body: BODY }))[0] ?? '',
    /without the prefix that a gateway put/,
  );
});

test('a header that came twice: the value that is right is told from the other', () => {
  const twice: [string, string][] = [
    ['X-Hub-Signature-256', `sha256=${'0'.repeat(64)}`],
    ['x-hub-signature-256', `sha256=${SIGNATURE}`],
  ];
  const diagnosis = ask({ provider: 'github', headers: twice, body: BODY });
  assert.equal(diagnosis.reason, 'header_conflict');
  assert.deepEqual(certain(diagnosis), [
    'header: it verifies with only the value 2 of 2 of header `x-hub-signature-256`',
  ]);
  assert.ok(diagnosis.notes.some((note) => note === 'Sent more than once: x-hub-signature-256.'));
  const same = ask({ provider: 'github', headers: [twice[1]!, twice[1]!], body: BODY });
  assert.equal(same.valid, true, 'the same value twice is no conflict');
});

test('values that a proxy joined', () => {
  const headers = { 'X-Hub-Signature-256': `sha256=${SIGNATURE}, sha256=${SIGNATURE}` };
  assert.match(certain(ask({ provider: 'github', headers, body: BODY }))[0] ?? '', /only one of the values joined/);
});

const VALUES: [string, string, RegExp][] = [
  ['without its prefix', SIGNATURE, /with `sha256=` before it/],
  ['in quotes', `"sha256=${SIGNATURE}"`, /without quotes or brackets/],
  ['as a list in a log', `["sha256=${SIGNATURE}"]`, /without quotes or brackets/],
  ['URL-encoded', `sha256%3D${SIGNATURE}`, /%-escapes decoded/],
  ['in upper case', `SHA256=${SIGNATURE.toUpperCase()}`, /in lower case/],
];

for (const [name, value, found] of VALUES) {
  test(`a signature ${name}`, () => {
    const diagnosis = ask({ provider: 'github', headers: { 'X-Hub-Signature-256': value }, body: BODY });
    assert.equal(diagnosis.reason, 'signature_malformed');
    assert.equal(certain(diagnosis).length, 1);
    assert.match(certain(diagnosis)[0]!, found);
  });
}

test('a prefix where the scheme has none, base64url where it has base64', () => {
  const prefixed = ask({
    provider: 'shopify',
    headers: { 'X-Shopify-Hmac-Sha256': `sha256=${hmac(SECRET, BODY, 'base64')}` },
    body: BODY,
  });
  assert.match(certain(prefixed)[0] ?? '', /without what stands before its first/);
  // A body whose signature has both letters that differ.
  const body = Array.from({ length: 500 }, (_, index) => String(index)).find((text) =>
    /[+].*\/|\/.*[+]/.test(hmac(SECRET, text, 'base64')),
  )!;
  const url = ask({
    provider: 'shopify',
    headers: { 'X-Shopify-Hmac-Sha256': `${hmac(SECRET, body, 'base64url')}=` },
    body,
  });
  assert.match(certain(url)[0] ?? '', /plain base64/);
});

test("another third party's request is recognised: for sure where the secret is right, else by its headers", () => {
  const verified = ask({ provider: 'slack', headers: stripe(BODY), body: BODY });
  assert.match(certain(verified)[0] ?? '', /^provider: it verifies as a request from Stripe/);
  const resembling = ask({ provider: 'slack', headers: stripe(BODY, NOW_S, 'another'), body: BODY });
  const cause = resembling.causes.find(({ kind }) => kind === 'provider');
  assert.match(cause?.what ?? '', /the request carries what Stripe sends/);
  assert.equal(cause?.certain, false);
  assert.match(cause?.fix ?? '', /`provider: stripe`/);
});

test('of third parties that share a header, the one whose other headers are there is named', () => {
  const headers = { ...github(BODY, 'another'), 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': 'd-1' };
  const cause = ask({ provider: 'stripe', headers, body: BODY }).causes.find(({ kind }) => kind === 'provider');
  assert.equal(cause?.what, 'the request carries what GitHub sends');
});

test("a request that carries the provider's own headers is not said to look like another's", () => {
  const diagnosis = ask({ provider: 'github', headers: github(BODY, 'another'), body: BODY });
  assert.equal(diagnosis.reason, 'signature_mismatch');
  assert.deepEqual(
    diagnosis.causes.filter(({ kind }) => kind === 'provider'),
    [],
  );
});

test('a signature of another hash is called by its name', () => {
  const headers = { 'X-Hub-Signature-256': `sha256=${hmac('another', BODY, 'hex', 'sha1')}` };
  const diagnosis = ask({ provider: 'github', headers, body: BODY });
  assert.equal(diagnosis.reason, 'signature_malformed');
  assert.ok(likely(diagnosis).some(({ what }) => what.startsWith('the signature that came is a SHA-1 in hex')));
});
