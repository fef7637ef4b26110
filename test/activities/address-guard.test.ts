// Connectors are no way into the network that Hookline runs in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressGuard, refusedRange } from '../../activities/address-guard.ts';
import { ConnectorError } from '../../activities/connector-error.ts';
import { createHostSlots } from '../../activities/host-slots.ts';
import { createOutgoing } from '../../activities/outgoing.ts';
import { activitiesOf, failAttempt, runAttempt } from './attempt.ts';
import { serve } from './web-server.ts';

const reached: string[] = [];
const inside = await serve((request, response) => {
  reached.push(request.url ?? '');
  response.end('inside');
});
const { port } = new URL(inside);
const guarded = activitiesOf({ allowPrivateNetwork: false });

const hosts = [
  ['a loopback address', '127.0.0.1'],
  ['another loopback address', '127.8.8.8'],
  ['a short form', '127.1'],
  ['a hexadecimal form', '0x7f.1'],
  ['an octal form', '0177.0.0.1'],
  ['one number', '2130706433'],
  ['one hexadecimal number', '0x7f000001'],
  ['full-width digits', '１２７.０.０.１'],
  ['a percent-encoded form', '%31%32%37.0.0.1'],
  ['the unspecified address', '0.0.0.0'],
  ['IPv6 loopback', '[::1]'],
  ['IPv6 unspecified', '[::]'],
  ['an IPv4-mapped address', '[::ffff:127.0.0.1]'],
  ['an IPv4-mapped address in hexadecimal', '[::ffff:7f00:1]'],
  ['an IPv4-compatible address', '[::127.0.0.1]'],
  ['a NAT64 address of loopback', '[64:ff9b::7f00:1]'],
  ['a name that resolves to loopback', 'localhost'],
] as const;

for (const [what, host] of hosts) {
  test(`${what} (${host}) is refused, for good`, async () => {
    reached.length = 0;
    const failed = await failAttempt(guarded, 'http.request', { url: `http://${host}:${port}/` });
    assert.equal(failed.code, 'address_refused');
    assert.equal(failed.retryable, false);
    assert.match(failed.message, /HOOKLINE_ALLOW_PRIVATE_NETWORK/);
    assert.deepEqual(reached, []);
  });
}

test('with the private network allowed the same name is reached', async () => {
  reached.length = 0;
  await runAttempt(activitiesOf(), 'http.request', { url: `http://localhost:${port}/allowed` });
  assert.deepEqual(reached, ['/allowed']);
});

test('the refusal names no address that a name resolved to', async () => {
  const failed = await failAttempt(guarded, 'http.request', { url: `http://localhost:${port}/` });
  assert.doesNotMatch(failed.message, /127\.0\.0\.1|::1/);
});

test('a mail server is held to the same rule, by address and by name', async () => {
  for (const host of ['127.0.0.1', '::1', 'localhost', '169.254.169.254']) {
    const activities = activitiesOf({
      allowPrivateNetwork: false,
      connections: { mail: { connector: 'email', with: { host, port: Number(port), from: 'a@b.example' } } },
    });
    const failed = await failAttempt(
      activities,
      'email.send',
      { to: 'c@d.example', subject: 's', text: 't' },
      { connection: 'mail' },
    );
    assert.equal(failed.code, 'address_refused', host);
    assert.equal(failed.retryable, false);
  }
});

test('webhooks and Slack are held to the same rule', async () => {
  const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
  const webhook = await failAttempt(guarded, 'webhook.send', { url: inside, secret, body: {} });
  assert.equal(webhook.code, 'address_refused');
  const activities = activitiesOf({
    allowPrivateNetwork: false,
    connections: { slack: { connector: 'slack', with: { webhook_url: inside } } },
  });
  assert.equal(
    (await failAttempt(activities, 'slack.post_message', { text: 'x' }, { connection: 'slack' })).code,
    'address_refused',
  );
});

test('the address that was really reached is looked at again', () => {
  const guard = createAddressGuard(false);
  assert.throws(() => guard.checkPeer('127.0.0.1'), ConnectorError);
  assert.throws(() => guard.checkPeer('::ffff:10.0.0.1'), ConnectorError);
  assert.throws(() => guard.checkPeer(undefined), ConnectorError);
  assert.doesNotThrow(() => guard.checkPeer('8.8.8.8'));
});

test('every redirect is held to the same rule as the first request', async () => {
  // Only the second host is refused, as if the first one were public.
  const open = createAddressGuard(true);
  const strict = createAddressGuard(false);
  const guard = { ...open, lookup: strict.lookup };
  const outgoing = createOutgoing({ guard, slots: createHostSlots(2), perHostMax: 2 });
  const redirecting = await serve((_request, response) => {
    response.writeHead(302, { location: `http://localhost:${port}/` });
    response.end();
  });
  reached.length = 0;
  const sent = outgoing.send({
    method: 'GET',
    url: new URL(redirecting),
    headers: {},
    idempotencyKey: 'k',
    followRedirects: true,
    responseBytesMax: 1000,
    signal: AbortSignal.timeout(5_000),
  });
  await assert.rejects(sent, { code: 'address_refused' });
  assert.deepEqual(reached, []);
});

const ranges: [address: string, range: string | undefined][] = [
  ['8.8.8.8', undefined],
  ['1.1.1.1', undefined],
  ['172.15.255.255', undefined],
  ['172.32.0.0', undefined],
  ['2606:4700:4700::1111', undefined],
  ['64:ff9b::808:808', undefined],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'carrierGradeNat'],
  ['100.100.100.200', 'carrierGradeNat'],
  ['169.254.169.254', 'linkLocal'],
  ['168.63.129.16', 'metadata'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['0.1.2.3', 'unspecified'],
  ['192.0.2.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['240.0.0.1', 'reserved'],
  ['fe80::1', 'linkLocal'],
  ['fe80::1%eth0', 'linkLocal'],
  ['fd00:ec2::254', 'uniqueLocal'],
  ['fec0::1', 'deprecatedSiteLocal'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'reserved'],
  ['2002:7f00:1::', '6to4'],
  ['2001:0:1::', 'teredo'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:0:127.0.0.1', 'rfc6145'],
  ['64:ff9b::a00:1', 'private'],
  ['64:ff9b:1::a00:1', 'rfc6052'],
  ['4000::1', 'reserved'],
  ['not an address', 'invalid'],
];

for (const [address, range] of ranges) {
  test(`${address} is ${range === undefined ? 'public' : `refused as ${range}`}`, () => {
    assert.equal(refusedRange(address), range);
  });
}
