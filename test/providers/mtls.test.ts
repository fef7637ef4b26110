// Client certificates that a proxy tells of: believed from a listed proxy only, and only what is allowed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mtls } from '../../src/providers/mtls.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SHA1 = '0b14cd2b8ba7d4a0e0d26a1fd2cb9ccc0b1d2bc5';
// Envoy's own examples: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers
const SHA256 = '468ed33be74eee6556d90c0149c1309e9ba61d6425303443c0748a02dd8de688';
const SUBJECT = '/C=US/ST=CA/L=San Francisco/OU=Lyft/CN=Test Client';
const URI = 'http://testclient.lyft.com';
const XFCC = `By=http://frontend.lyft.com;Hash=${SHA256};Subject="${SUBJECT}";URI=${URI}`;

const nginx = {
  'X-SSL-Client-Verify': 'SUCCESS',
  'X-SSL-Client-Fingerprint': SHA1,
  'X-SSL-Client-Subject': 'CN=partner,O=Example\\, Inc.',
};

function judge(
  settings: JsonObject,
  headers: Record<string, string> | [string, string][],
  fromTrustedProxy = true,
): string {
  const verdict = mtls.verifier(settings)(inbound(headers, '{}', { fromTrustedProxy }), [], 0);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

const envoy = (settings: JsonObject, header: string): string =>
  judge({ proxy: 'envoy', ...settings }, { 'X-Forwarded-Client-Cert': header });

describe('a client certificate', () => {
  it('is not believed from anybody but a listed proxy', () => {
    assert.equal(judge({}, nginx, false), '401 proxy_not_trusted');
    assert.equal(judge({ fingerprints: [SHA1] }, nginx, false), '401 proxy_not_trusted');
    const settings = { proxy: 'envoy', fingerprints: [SHA256] };
    assert.equal(judge(settings, { 'X-Forwarded-Client-Cert': XFCC }, false), '401 proxy_not_trusted');
  });

  it('must have been found good by nginx, whatever else is told of it', () => {
    assert.equal(judge({}, nginx), 'ok');
    const bad = { fingerprints: [SHA1] };
    for (const result of ['NONE', 'FAILED:certificate has expired', 'success', '', 'SUCCESS ']) {
      const expected = '401 credential_mismatch';
      assert.equal(judge(bad, { ...nginx, 'X-SSL-Client-Verify': result }), expected, result);
    }
    const { 'X-SSL-Client-Verify': _result, ...unverified } = nginx;
    assert.equal(judge(bad, unverified), '401 credential_missing');
    const conflict: [string, string][] = [['X-SSL-Client-Verify', 'NONE'], ...Object.entries(nginx)];
    assert.equal(judge(bad, conflict), '400 header_conflict');
  });

  it('must be one of those that are named, by each list that there is', () => {
    const colons = SHA1.toUpperCase().replace(/..(?=.)/g, '$&:');
    assert.equal(judge({ fingerprints: ['f'.repeat(40), colons] }, nginx), 'ok');
    assert.equal(judge({ fingerprints: ['f'.repeat(40)] }, nginx), '401 credential_mismatch');
    const subjects = [nginx['X-SSL-Client-Subject']];
    assert.equal(judge({ subjects }, nginx), 'ok');
    assert.equal(judge({ subjects: ['CN=partner'] }, nginx), '401 credential_mismatch');
    assert.equal(judge({ fingerprints: ['f'.repeat(40)], subjects }, nginx), '401 credential_mismatch');
    const { 'X-SSL-Client-Fingerprint': _fingerprint, ...anonymous } = nginx;
    assert.equal(judge({ fingerprints: [SHA1] }, anonymous), '401 credential_missing');
  });

  it('may be told of in other headers and words', () => {
    const settings = { verify_header: 'X-Verify', verify_value: '0', subject_header: 'X-DN', subjects: ['CN=a'] };
    assert.equal(judge(settings, { 'x-verify': '0', 'x-dn': 'CN=a' }), 'ok');
    assert.equal(judge(settings, { 'x-verify': 'SUCCESS', 'x-dn': 'CN=a' }), '401 credential_mismatch');
  });

  it('is read from the header of Envoy: hash, quoted subject, URI', () => {
    assert.equal(envoy({ fingerprints: [SHA256] }, XFCC), 'ok');
    assert.equal(envoy({ subjects: [SUBJECT] }, XFCC), 'ok');
    assert.equal(envoy({ uris: [URI] }, XFCC), 'ok');
    assert.equal(envoy({ uris: [URI], subjects: ['other'] }, XFCC), '401 credential_mismatch');
    assert.equal(envoy({ subjects: ['CN=a;b,c="d"'] }, `Hash=${SHA256};Subject="CN=a;b,c=\\"d\\""`), 'ok');
    assert.equal(envoy({ subjects: ['x'] }, `Hash=${SHA256};Subject="";URI=${URI}`), '401 credential_missing');
  });

  it('is not looked for among several elements, of which the sender may have written some', () => {
    const settings = { fingerprints: [SHA256] };
    const other = XFCC.replace(SHA256, 'f'.repeat(64));
    for (const header of [`${XFCC},${other}`, `${other},${XFCC}`, `${XFCC}, `, `Hash=${SHA256};Hash=${SHA256}`]) {
      assert.equal(envoy(settings, header), '400 credential_malformed', header);
    }
    assert.equal(envoy(settings, `Subject="a,Hash=${SHA256};b"`), '401 credential_missing');
  });

  it('is refused where the header is no list of pairs', () => {
    const settings = { fingerprints: [SHA256] };
    for (const header of ['x', '=', `Hash="${SHA256}`, `Hash=${SHA256};;`, `Hash=a"b"`, '"']) {
      assert.equal(envoy(settings, header), '400 credential_malformed', header);
    }
    assert.equal(envoy(settings, ''), '401 credential_missing');
    assert.equal(judge({ proxy: 'envoy', ...settings }, {}), '401 credential_missing');
  });

  it('needs settings that say whom to take, and the author is told what is missing', () => {
    for (const settings of [
      { proxy: 'envoy' },
      { proxy: 'envoy', fingerprints: [SHA1] },
      { uris: [URI] },
      { fingerprints: ['ab'.repeat(25)] },
    ] as JsonObject[]) {
      assert.equal(typeof mtls.settingsProblem!(settings), 'string', JSON.stringify(settings));
      assert.equal(judge(settings, { ...nginx, 'X-Forwarded-Client-Cert': XFCC }), '401 settings_invalid');
    }
  });

  it('is told of by the signer as the proxy would', () => {
    const request = { method: 'POST', url: 'https://hooks.example/hooks/x', headers: {}, body: Buffer.from('{}') };
    for (const settings of [
      {},
      { fingerprints: [SHA1], subjects: ['CN=a'] },
      { proxy: 'envoy', fingerprints: [SHA256], subjects: ['CN="a"; b'], uris: ['spiffe://a/b'] },
    ] as JsonObject[]) {
      assert.equal(judge(settings, mtls.signer(settings)(request, '', 'id', 0).headers), 'ok');
    }
  });
});

describe('a request with a certificate in its headers', () => {
  const auth = { provider: 'mtls', secrets: [], settings: { fingerprints: [SHA1] } };
  let behindProxy: Lab;
  let open: Lab;
  before(async () => {
    const sources = [source('partner', 'mtls', { auth })];
    behindProxy = await startLab({ sources, deps: { trustedProxies: ['127.0.0.1'] } });
    open = await startLab({ sources });
  });
  after(async () => {
    await behindProxy.close();
    await open.close();
  });

  it('is taken over the connection of a listed proxy, and over no other', async () => {
    const headers = { 'content-type': 'application/json', ...nginx };
    assert.equal((await behindProxy.post('/hooks/partner', '{}', headers)).status, 202);
    const refused = await open.post('/hooks/partner', '{}', { ...headers, 'x-forwarded-for': '127.0.0.1' });
    assert.equal(refused.status, 401);
    assert.equal(open.rejections[0]!.reason, 'proxy_not_trusted');
    assert.equal(await open.deliveries(), 0);
  });
});
