// Declared sources without a signature: keys, tokens and passwords; and declarations that cannot work.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findProvider } from '../../src/providers/index.ts';
import type { InboundRequest } from '../../src/providers/provider.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

function judge(provider: string, request: InboundRequest, secrets: string[], settings = {}): string {
  const verdict = findProvider(provider)!.verifier(settings)(request, secrets, 0);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

describe('provider: api_key', () => {
  it('compares the key of a header', () => {
    assert.equal(judge('api_key', inbound({ 'X-API-Key': 'k1' }), ['k0', 'k1']), 'ok');
    assert.equal(judge('api_key', inbound({ 'X-Token': 'k1' }), ['k1'], { header: 'X-Token' }), 'ok');
    assert.equal(judge('api_key', inbound({ 'X-API-Key': 'k' }), ['k1']), '401 credential_mismatch');
    assert.equal(judge('api_key', inbound({}), ['k1']), '401 credential_missing');
    assert.equal(judge('api_key', inbound({ 'X-API-Key': '' }), ['']), '401 secret_not_set');
    assert.equal(
      judge(
        'api_key',
        inbound([
          ['x-api-key', 'k1'],
          ['x-api-key', 'k2'],
        ]),
        ['k1'],
      ),
      '400 header_conflict',
    );
  });

  it('compares the key of a query parameter, given once', () => {
    const query = (key: string | string[]): InboundRequest => inbound({}, '', { query: { key } });
    assert.equal(judge('api_key', query('k1'), ['k1'], { query: 'key' }), 'ok');
    assert.equal(judge('api_key', query('k2'), ['k1'], { query: 'key' }), '401 credential_mismatch');
    assert.equal(judge('api_key', query(['k1', 'k2']), ['k1'], { query: 'key' }), '400 header_conflict');
    assert.equal(judge('api_key', inbound({}), ['k1'], { query: 'toString' }), '401 credential_missing');
  });
});

describe('provider: bearer', () => {
  it('compares the token', () => {
    assert.equal(judge('bearer', inbound({ Authorization: 'Bearer t1' }), ['t1']), 'ok');
    assert.equal(judge('bearer', inbound({ Authorization: 'bearer t1' }), ['t1']), 'ok');
    assert.equal(judge('bearer', inbound({ Authorization: 'Bearer t2' }), ['t1']), '401 credential_mismatch');
    assert.equal(judge('bearer', inbound({ Authorization: 't1' }), ['t1']), '401 credential_malformed');
    assert.equal(judge('bearer', inbound({}), ['t1']), '401 credential_missing');
    const twice = inbound([
      ['authorization', 'Bearer t1'],
      ['authorization', 'Bearer t2'],
    ]);
    assert.equal(judge('bearer', twice, ['t1']), '400 header_conflict');
  });
});

describe('provider: basic', () => {
  const basic = (pair: string): InboundRequest =>
    inbound({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

  it('compares user and password, which may hold colons and any characters', () => {
    assert.equal(judge('basic', basic('ada:pass:wörd'), ['ada:pass:wörd']), 'ok');
    assert.equal(judge('basic', basic('ada:other'), ['ada:password']), '401 credential_mismatch');
    assert.equal(judge('basic', inbound({ authorization: 'Basic ***' }), ['ada:x']), '400 credential_malformed');
    assert.equal(judge('basic', basic('ada'), ['ada']), '401 secret_not_set');
  });
});

describe('provider: hmac', () => {
  const hmac = findProvider('hmac')!;

  it('refuses everything where the declaration names what nothing provides', () => {
    const impossible: JsonObject[] = [
      { content: '{timestamp}.{body}' },
      { content: '{id}{body}' },
      { content: '{timestamp}', timestamp_header: 'x-time' },
      { timestamp_header: 'x-time' },
    ];
    for (const settings of impossible) {
      assert.match(hmac.settingsProblem!(settings)!, /`/);
      assert.equal(judge('hmac', inbound({ 'x-signature': '0'.repeat(64) }), ['s'], settings), '401 settings_invalid');
    }
    assert.equal(hmac.settingsProblem!({}), undefined);
  });

  it('names its signature header as a credential, so that it is not stored', () => {
    assert.deepEqual(hmac.credentials!({ header: 'X-Check' }), { headers: ['x-check'], query: [] });
  });
});

describe('auth: none', () => {
  it('accepts anybody and needs no secret', () => {
    assert.equal(judge('none', inbound({}), []), 'ok');
    assert.equal(findProvider('none')!.needsSecret, false);
  });
});
