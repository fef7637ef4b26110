// Who the sender is: the connection's address, and behind a listed proxy what that proxy says; and the URL that was called.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { addressMatcher, isAddressRange } from '../../src/server/address-ranges.ts';
import { source, startLab, type Lab, type LabOptions } from './lab.ts';

async function withLab(options: LabOptions, test: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await startLab(options);
  try {
    await test(lab);
  } finally {
    await lab.close();
  }
}

/** The address that a refused request is recorded with. */
async function addressFor(lab: Lab, headers: Record<string, string>): Promise<string | undefined> {
  await fetch(`${lab.url}/hooks/nobody`, { method: 'POST', headers });
  return lab.rejections.pop()?.address;
}

describe("a sender's address", () => {
  it("is the connection's, whatever X-Forwarded-For says, while no proxy is listed", async () => {
    await withLab({}, async (lab) => {
      assert.equal(await addressFor(lab, { 'x-forwarded-for': '203.0.113.7' }), '127.0.0.1');
    });
  });

  it('is the first from the right that is no listed proxy', async () => {
    const trustedProxies = ['127.0.0.0/8', '10.0.0.0/8', '2001:db8:ffff::/48'];
    await withLab({ deps: { trustedProxies } }, async (lab) => {
      const expected: [forwarded: string, address: string][] = [
        ['203.0.113.7', '203.0.113.7'],
        ['198.51.100.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
        ['203.0.113.7:52311', '203.0.113.7'],
        ['[2001:db8::1]:52311, 2001:db8:ffff::5', '2001:db8::1'],
        ['::ffff:203.0.113.7', '203.0.113.7'],
        ['10.9.9.9, 10.1.2.3', '10.9.9.9'],
        ['203.0.113.7,, ', '203.0.113.7'],
        ['', '127.0.0.1'],
        // What stands left of something that is no address, nobody trusted has said.
        ['203.0.113.7, unknown, 10.1.2.3', 'unknown'],
        ['203.0.113.7, 0x7f.1', 'unknown'],
      ];
      for (const [forwarded, address] of expected) {
        assert.equal(await addressFor(lab, { 'x-forwarded-for': forwarded }), address, forwarded);
      }
      assert.equal(await addressFor(lab, {}), '127.0.0.1');
    });
  });

  it('behind a proxy that is not listed is that proxy', async () => {
    await withLab({ deps: { trustedProxies: ['192.0.2.1'] } }, async (lab) => {
      assert.equal(await addressFor(lab, { 'x-forwarded-for': '203.0.113.7' }), '127.0.0.1');
    });
  });

  it('decides where `ip_allow` is set, and is forged in vain', async () => {
    const sources = [source('afar', 'none', { ipAllow: ['203.0.113.0/24'] })];
    await withLab({ sources, deps: { trustedProxies: ['127.0.0.1'] } }, async (lab) => {
      const send = async (forwarded: string): Promise<number> => {
        const headers = { 'content-type': 'application/json', 'x-forwarded-for': forwarded };
        return (await lab.post('/hooks/afar', '{}', headers)).status;
      };
      assert.equal(await send('203.0.113.9'), 202);
      assert.equal(await send('198.51.100.1'), 403);
      assert.equal(await send('203.0.113.9, 198.51.100.1'), 403);
      assert.equal(await send('203.0.113.9, nonsense'), 403);
      assert.equal((await lab.post('/hooks/afar', '{}')).status, 403);
    });
  });

  it("decides whether a proxy's word on client certificates counts", async () => {
    const sources = [source('mtls', 'mtls', { auth: { provider: 'mtls', secrets: [], settings: {} } })];
    const headers = { 'content-type': 'application/json', 'x-ssl-client-verify': 'SUCCESS' };
    await withLab({ sources, deps: { trustedProxies: ['127.0.0.1'] } }, async (lab) => {
      assert.equal((await lab.post('/hooks/mtls', '{}', headers)).status, 202);
    });
    await withLab({ sources, deps: { trustedProxies: ['127.0.0.2'] } }, async (lab) => {
      assert.equal((await lab.post('/hooks/mtls', '{}', headers)).status, 401);
      assert.equal(lab.rejections[0]?.reason, 'proxy_not_trusted');
    });
  });
});

describe('a range of addresses', () => {
  it('is an address or a CIDR range, and nothing that merely looks like one', () => {
    for (const range of ['203.0.113.7', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '::ffff:10.0.0.0/104']) {
      assert.equal(isAddressRange(range), true, range);
    }
    const wrong = [
      '',
      '10',
      '10.1',
      '0x7f.0.0.1',
      '010.0.0.1',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '1.2.3.4/-1',
    ];
    for (const range of [...wrong, 'localhost', '::1/129', '10.0.0.*', '::ffff:10.0.0.0/8']) {
      assert.equal(isAddressRange(range), false, range);
    }
  });

  it('holds IPv4 addresses however they are written, and never takes one family for the other', () => {
    const matches = addressMatcher(['10.0.0.0/8', '2001:db8::/32', '::ffff:192.0.2.0/120']);
    for (const address of ['10.255.0.1', '::ffff:10.0.0.1', '2001:db8:1::1', '192.0.2.200']) {
      assert.equal(matches(address), true, address);
    }
    for (const address of ['11.0.0.1', '2001:db9::1', '192.0.3.1', '', 'unknown', '10.0.0']) {
      assert.equal(matches(address), false, address);
    }
    assert.equal(addressMatcher(['0.0.0.0/0'])('2001:db8::1'), false);
    assert.throws(() => addressMatcher(['nonsense']), /nonsense/);
  });
});

describe('a scheme that signs the URL', () => {
  const signedUrl = source('signed', 'hmac', {
    auth: {
      provider: 'hmac',
      secrets: ['SECRET'],
      settings: { header: 'x-signature', content: '{url}{body}' },
    },
  });

  it('is checked against the configured URL and the query, never against Host or what a proxy forwards', async () => {
    const behind = { ...signedUrl, name: 'behind', publicUrl: 'https://hooks.example.com/in/behind' };
    await withLab({ sources: [signedUrl, behind], secrets: { SECRET: 's' } }, async (lab) => {
      const send = async (path: string, url: string): Promise<number> => {
        const signature = createHmac('sha256', 's').update(`${url}{}`).digest('hex');
        const headers = {
          'content-type': 'application/json',
          'x-signature': signature,
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'https',
        };
        return (await lab.post(path, '{}', headers)).status;
      };
      assert.equal(await send('/hooks/signed?a=1', `${lab.url}/hooks/signed?a=1`), 202);
      assert.equal(await send('/hooks/signed?a=1', 'https://evil.example/hooks/signed?a=1'), 401);
      assert.equal(await send('/hooks/behind?a=%20', 'https://hooks.example.com/in/behind?a=%20'), 202);
      assert.equal(await send('/hooks/behind', 'https://hooks.example.com/in/behind'), 202);
      assert.equal(await send('/hooks/behind?a=1', 'https://hooks.example.com/in/behind'), 401);
      assert.equal(await send('/hooks/behind', `${lab.url}/hooks/behind`), 401);
    });
  });
});
