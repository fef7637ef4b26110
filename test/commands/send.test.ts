// `hookline send` against a real receiver: what it signs is taken, and what it cannot send is said before anything is sent.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { open, type Running } from './running.ts';

const pair = generateKeyPairSync('ed25519');
const privatePem = (key: typeof pair): string => key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicKey = `whpk_${pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`;

const SECRETS = {
  GITHUB: 'github-secret-5af1',
  STRIPE: 'whsec_stripe-secret-9c',
  SLACK: 'slack-secret-77',
  KEY: 'the-key-of-the-crm',
  PUBLIC: publicKey,
  URL: 'signs-urls-4411',
};

const FLOWS = `
source: github
provider: github
secret: GITHUB
---
source: stripe
provider: stripe
secret: STRIPE
---
source: slack
provider: slack
secret: SLACK
---
source: crm/leads
provider: api_key
secret: KEY
query: token
event_type: header:x-event
delivery_id: header:x-id
---
source: keyed
provider: standard-webhooks
secret: PUBLIC
---
source: urls
provider: hmac
secret: URL
content: "{method}{url}{body}"
---
source: away
provider: github
secret: NEVER_SET
---
source: old
provider: github
secret: GITHUB
retired: true
---
flow: issues
triggers:
  - event: issues.opened
    source: github
    if: event.body.issue.title != "quiet"
steps:
  - return: 1
---
flow: leads
triggers:
  - event: lead.created
    source: crm/leads
steps:
  - return: 1
---
flow: answers
triggers:
  - webhook: open
    auth: none
steps:
  - return: 1
`;

const ISSUE = JSON.stringify({ action: 'opened', issue: { title: 'It broke' } });

let lab: Running;
before(async () => {
  lab = await open({ files: { 'all.yaml': FLOWS }, secrets: SECRETS });
  await lab.write('issue.json', ISSUE);
  await lab.write('quiet.json', ISSUE.replace('It broke', 'quiet'));
  await lab.write('stripe.json', JSON.stringify({ id: 'evt_1', object: 'event', type: 'invoice.paid' }));
  await lab.write('slack.json', JSON.stringify({ type: 'url_verification', challenge: 'c-1', token: 't' }));
  await lab.write('message.json', JSON.stringify({ type: 'message.sent' }));
  await lab.write('key.pem', privatePem(pair));
  await lab.write('other.pem', privatePem(generateKeyPairSync('ed25519')));
});
after(() => lab.end());

test('a payload is taken, as the type that a flow listens for, and it says which flow starts and what to do next', async () => {
  const { code, stdout, stderr } = await lab.hookline(['send', 'github', '--file', 'issue.json']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^POST http:\/\/127\.0\.0\.1:\d+\/hooks\/github {2}\d+ bytes, signed as GitHub with GITHUB\n202 \{"id":"github~send-/,
  );
  const [, id] = /event {2}(github~send-\S+) {2}issues\.opened\n/.exec(stdout) ?? [];
  assert.match(stdout, /flows {2}issues \(waits\)/);
  assert.ok(stdout.includes(`next   hookline deliveries show ${id}`));
  for (const secret of Object.values(SECRETS)) assert.ok(!stdout.includes(secret));
  const shown = await lab.hookline(['deliveries', 'show', id!]);
  assert.equal(shown.code, 0, 'the next command works');
});

test('what starts nothing says why', async () => {
  const filtered = await lab.hookline(['send', 'github', '--file', 'quiet.json']);
  assert.match(filtered.stdout, /flows {2}none: .*`if:`/);
  const unmatched = await lab.hookline([
    'send',
    'github',
    '--file',
    'issue.json',
    '--event',
    'push',
    '--header',
    'X-Extra: 1',
  ]);
  assert.equal(unmatched.code, 2);
  assert.match(
    unmatched.stderr,
    /This file is push\.opened, not push: GitHub tells the type in header `X-GitHub-Event`/,
  );
});

test('the same id is the same delivery; without one each is its own, so often as asked', async () => {
  const first = await lab.hookline(['send', 'github', '--file', 'issue.json', '--id', 'once', '--header', 'X-One: 1']);
  assert.match(first.stdout, /"id":"github~/);
  await lab.write('fresh.json', ISSUE.replace('It broke', 'another'));
  const twice = await lab.hookline(['send', 'github', '--file', 'fresh.json', '--id', 'again-1', '--count', '2']);
  assert.equal(twice.code, 0);
  assert.equal(twice.stdout.match(/event {2}github~again-1 /g)?.length, 2);
  assert.equal(twice.stdout.match(/came before: it started nothing new/g)?.length, 1);
  await lab.write('lead.json', '{"name":"Ada"}');
  const three = await lab.hookline(['send', 'crm/leads', '--file', 'lead.json', '--count', '3']);
  const ids = [...three.stdout.matchAll(/event {2}(\S+)/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, 3);
});

test('type and id go where the source says, the key where the provider has it; it is not shown', async () => {
  const sent = await lab.hookline(['send', '/hooks/crm/leads', '--file', '-', '--id', 'lead-7'], {
    stdin: '{"name":"Ada"}',
  });
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(sent.stdout, /event {2}crm\.leads~lead-7 {2}lead\.created\n {2}flows {2}leads \(waits\)/);
  assert.ok(!sent.stdout.includes(SECRETS.KEY));
});

test('a provider that tells the type and the id in the body is not told otherwise', async () => {
  const sent = await lab.hookline(['send', 'stripe', '--file', 'stripe.json']);
  assert.match(sent.stdout, /event {2}stripe~evt_1 {2}invoice\.paid/);
  const type = await lab.hookline(['send', 'stripe', '--file', 'stripe.json', '--event', 'invoice.voided']);
  assert.deepEqual([type.code, type.stdout], [2, '']);
  assert.match(
    type.stderr,
    /This file is invoice\.paid, not invoice\.voided: Stripe tells the type in `type` of the event/,
  );
  const id = await lab.hookline(['send', 'stripe', '--file', 'stripe.json', '--id', 'evt_2']);
  assert.equal(id.code, 2);
  assert.match(id.stderr, /has the id evt_1, not evt_2/);
});

test('a handshake is told from a delivery', async () => {
  const sent = await lab.hookline(['send', 'slack', '--file', 'slack.json']);
  assert.equal(sent.code, 0);
  assert.match(sent.stdout, /\n200 c-1\n {2}That was a handshake/);
});

test('a signed URL is the one that the receiver knows, whatever name it is called by', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const url = lab.url.replace('127.0.0.1', host);
    const sent = await lab.hookline(['send', 'urls', '--file', 'message.json', '--url', url]);
    assert.equal(sent.code, 0, sent.stdout + sent.stderr);
  }
});

test('where only a private key signs, one is asked for, and the right one is taken', async () => {
  const without = await lab.hookline(['send', 'keyed', '--file', 'message.json']);
  assert.deepEqual([without.code, without.stdout], [2, '']);
  assert.match(
    without.stderr,
    /PUBLIC is a public key, which cannot sign\.\nGive a private key with --key-file.*openssl genpkey/,
  );
  const right = await lab.hookline(['send', 'keyed', '--file', 'message.json', '--key-file', 'key.pem']);
  assert.equal(right.code, 0, right.stderr);
  assert.match(
    right.stdout,
    /signed as Standard Webhooks with key\.pem[\s\S]*event {2}keyed~send-\S+ {2}message\.sent/,
  );
  const other = await lab.hookline(['send', 'keyed', '--file', 'message.json', '--key-file', 'other.pem']);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /other\.pem/);
});

test('another secret here than there is refused by the receiver, and that is explained: exit code 1', async () => {
  const env = { HOOKLINE_SECRET_GITHUB: 'another-secret' };
  const sent = await lab.hookline(['send', 'github', '--file', 'issue.json'], { env });
  assert.equal(sent.code, 1);
  assert.match(sent.stdout, /\n401 .*\nIts proof was refused: the Hookline that answered has another secret/);
});

const REFUSED: [string, string[], number, RegExp][] = [
  [
    'a source that is not there',
    ['gihtub', '--file', 'issue.json'],
    2,
    /There is no source gihtub .* Did you mean github\?/,
  ],
  ['a source without its secret', ['away', '--file', 'issue.json'], 2, /set HOOKLINE_SECRET_NEVER_SET/],
  ['a retired source', ['old', '--file', 'issue.json'], 1, /old is retired \(.*all\.yaml:\d+\)/],
  ['a file that is not there', ['github', '--file', 'nowhere.json'], 2, /nowhere\.json does not exist/],
  ['no file', ['github'], 2, /--file/],
  ['a count that is none', ['github', '--file', 'issue.json', '--count', '0'], 2, /--count must be/],
  [
    'nobody there',
    ['github', '--file', 'issue.json', '--url', 'http://127.0.0.1:9'],
    1,
    /Nothing answers at http:\/\/127\.0\.0\.1:9 .*npx hookline dev/,
  ],
];

for (const [name, args, exitCode, message] of REFUSED) {
  test(`${name} is one clear line: exit code ${exitCode}`, async () => {
    const { code, stderr } = await lab.hookline(['send', ...args]);
    assert.equal(code, exitCode);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}
