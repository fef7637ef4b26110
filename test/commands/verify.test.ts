// `hookline verify` as a person runs it: what it reads, what it prints, its exit codes.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Diagnosis } from '../../src/verify/diagnosis.ts';
import { open, type Running } from './running.ts';

const SECRET = 'secret-of-the-shop-77ab';
const BODY = '{"id":820982911946154508,"email":"jon@example.com"}';
const NOW_S = 1_700_000_000;

const hmac = (text: string, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHmac('sha256', SECRET).update(text).digest(encoding);
const GITHUB = `X-Hub-Signature-256: sha256=${hmac(BODY)}`;

let lab: Running;
before(async () => {
  const sources = [
    'source: shop\nprovider: shopify\nsecret: [SHOP_NEW, SHOP_OLD]',
    'source: signed-url\nprovider: hmac\nsecret: SHOP_OLD\nheader: x-sig\ncontent: "{url}{body}"\npublic_url: https://shop.example/in',
  ];
  lab = await open({
    receives: false,
    files: { 'sources.yaml': `${sources.join('\n---\n')}\n` },
    secrets: { SHOP_NEW: 'not-in-use-yet', SHOP_OLD: SECRET },
  });
  await lab.write('body.json', BODY);
  await lab.write('pretty.json', JSON.stringify(JSON.parse('{"a":1}'), null, 2));
  await lab.write('secret.txt', `${SECRET}\n`);
});
after(() => lab.end());

test('a right request is valid: exit code 0, and what was computed and compared', async () => {
  const args = ['verify', '--provider', 'github', '--secret', SECRET, '--header', GITHUB, '--body-file', 'body.json'];
  const { code, stdout, stderr } = await lab.hookline(args);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^valid\n/);
  assert.ok(stdout.includes(`computed  sha256=${hmac(BODY)}`));
  assert.ok(stdout.includes(`given     sha256=${hmac(BODY)}`));
  assert.ok(!stdout.includes(SECRET));
});

test('a wrong one is invalid with its reason: exit code 1, the cause and what to do', async () => {
  const header = `X-Hub-Signature-256: sha256=${createHmac('sha256', SECRET).update('{"a":1}').digest('hex')}`;
  const args = ['verify', '--provider', 'github', '--secret-file', 'secret.txt', '--header', header];
  const { code, stdout, stderr } = await lab.hookline([...args, '--body-file', 'pretty.json']);
  assert.deepEqual([code, stderr], [1, '']);
  assert.match(stdout, /^invalid: signature_mismatch\n/);
  assert.match(stdout, /It is the body: it verifies with the body as compact JSON \(no spaces\)\.\n {4}→ /);
});

test('the body comes from standard input too, and --json gives the diagnosis as data', async () => {
  const args = ['verify', '--provider', 'github', '--secret', SECRET, '--header', GITHUB, '--body', '-', '--json'];
  const valid = await lab.hookline(args, { stdin: BODY });
  assert.equal((JSON.parse(valid.stdout) as Diagnosis).valid, true);
  const invalid = await lab.hookline(args, { stdin: `${BODY}\n` });
  assert.equal(invalid.code, 1);
  const diagnosis = JSON.parse(invalid.stdout) as Diagnosis;
  assert.equal(diagnosis.reason, 'signature_mismatch');
  assert.deepEqual(
    diagnosis.causes.map(({ kind, certain }) => [kind, certain]),
    [['body', true]],
  );
  assert.equal(diagnosis.signed?.bytes, BODY.length + 1);
});

test('a whole request as a proxy saved it, judged as of its time', async () => {
  const signature = hmac(`${NOW_S}.${BODY}`);
  const head = `POST /hooks/pay HTTP/1.1\r\nHost: shop.example\r\nStripe-Signature: t=${NOW_S},v1=${signature}\r\n\r\n`;
  await lab.write('request.txt', head + BODY);
  const args = ['verify', '--provider', 'stripe', '--secret', SECRET, '--request-file', 'request.txt'];
  const then = await lab.hookline([...args, '--at', String(NOW_S + 10)]);
  assert.deepEqual([then.code, then.stdout.split('\n')[0]], [0, 'valid']);
  const now = await lab.hookline(args);
  assert.deepEqual([now.code, now.stdout.split('\n')[0]], [1, 'invalid: timestamp_stale']);
  assert.match(now.stdout, new RegExp(`the signature itself is right.*\n.*--at ${NOW_S}`));
  const other = await lab.hookline([...args, '--header', 'Stripe-Signature: t=1', '--at', String(NOW_S)]);
  assert.match(other.stdout, /^invalid: signature_malformed/, 'a header that is given wins');
});

test('--source takes provider, settings, URL and secrets from the flows, and tells which secret matched', async () => {
  const header = `X-Shopify-Hmac-Sha256: ${hmac(BODY, 'base64')}`;
  const shop = await lab.hookline(['verify', '--source', 'shop', '--header', header, '--body-file', 'body.json']);
  assert.equal(shop.code, 0, shop.stdout);
  assert.match(shop.stdout, /secret +SHOP_NEW: does not match[\s\S]*secret +SHOP_OLD: matches/);
  const signed = `x-sig: ${hmac(`https://shop.example/in${BODY}`)}`;
  const url = await lab.hookline(['verify', '--source', 'signed-url', '--header', signed, '--body-file', 'body.json']);
  assert.equal(url.code, 0, url.stdout);
  const wrong = [
    'verify',
    '--source',
    'signed-url',
    '--header',
    signed,
    '--body-file',
    'body.json',
    '--url',
    'http://shop.example/in/',
  ];
  assert.match(
    (await lab.hookline(wrong)).stdout,
    /It is the url: it verifies with the URL https:\/\/shop\.example\/in\./,
  );
});

const USAGE: [string, string[], RegExp][] = [
  ['no provider', ['--secret', 'x'], /--provider NAME, or --source NAME/],
  ['an unknown provider', ['--provider', 'githbu'], /Did you mean github\?/],
  ['an unknown source', ['--source', 'shpo'], /There is no source shpo .* Did you mean shop\?/],
  ['a file that is not there', ['--provider', 'github', '--body-file', 'nowhere.json'], /nowhere\.json does not exist/],
  ['two bodies', ['--provider', 'github', '--body', 'a', '--body-file', 'body.json'], /not both/],
  ['a header that is none', ['--provider', 'github', '--header', 'x-signature'], /is not `Name: value`/],
  ['a request that is none', ['--provider', 'github', '--request-file', 'body.json'], /line 1 is not a request line/],
  ['a time that is none', ['--provider', 'github', '--at', 'yesterday'], /--at is Unix time/],
  ['an unknown setting', ['--provider', 'hmac', '--setting', 'hesh=sha1'], /Did you mean hash\?/],
  ['a version where there is one only', ['--provider', 'github', '--scheme', 'v2'], /one scheme only/],
];

for (const [name, args, message] of USAGE) {
  test(`${name} is wrong usage: exit code 2, one line`, async () => {
    const { code, stdout, stderr } = await lab.hookline(['verify', ...args]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}
