// The generic token: in a header, in the query, in JSON or in a form, and never in two readings.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { token } from '../../src/providers/token.ts';
import type { InboundRequest } from '../../src/providers/provider.ts';
import { inbound } from './requests.ts';

const SECRET = 'gIkuvaNzQIHg97ATvDxqgjtO';
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function judge(place: string | undefined, request: InboundRequest, secrets = ['old', SECRET]): string {
  const verdict = token.verifier(place === undefined ? {} : { token: place })(request, secrets, 0);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

describe('a token', () => {
  it('in a header is that of the setting, else `x-token`', () => {
    assert.equal(judge(undefined, inbound({ 'X-Token': SECRET })), 'ok');
    assert.equal(judge('header:X-Auth', inbound({ 'x-auth': SECRET })), 'ok');
    assert.equal(judge('header:X-Auth', inbound({ 'x-token': SECRET })), '401 credential_missing');
    assert.equal(judge(undefined, inbound({ 'x-token': `${SECRET}x` })), '401 credential_mismatch');
    const twice = inbound([
      ['X-Token', 'x'],
      ['X-Token', SECRET],
    ]);
    assert.equal(judge(undefined, twice), '400 header_conflict');
  });

  it('in the query is there once', () => {
    const request = (query: InboundRequest['query']) => inbound({}, '', { query });
    assert.equal(judge('query:key', request({ key: SECRET })), 'ok');
    assert.equal(judge('query:key', request({ key: [SECRET, SECRET] })), '400 header_conflict');
    assert.equal(judge('query:key', request({})), '401 credential_missing');
    assert.equal(judge('query:constructor', request({})), '401 credential_missing');
  });

  it('in a JSON body is the text at the path', () => {
    const request = (text: string) => inbound(json, text);
    assert.equal(judge('body:token', request(JSON.stringify({ token: SECRET }))), 'ok');
    assert.equal(judge('body:auth.token', request(JSON.stringify({ auth: { token: SECRET } }))), 'ok');
    assert.equal(judge('body:token', request('{"token":"x"}')), '401 credential_mismatch');
    for (const text of ['{}', '[]', 'null', '{"token":""}', '{"token":["x"]}', `{"__proto__":{"token":"${SECRET}"}}`]) {
      assert.equal(judge('body:token', request(text)), '401 credential_missing', text);
    }
    for (const text of ['', '{', '['.repeat(5000)]) {
      assert.equal(judge('body:token', request(text)), '400 credential_malformed', text.slice(0, 5));
    }
  });

  it('in a form is a field that is there once', () => {
    assert.equal(judge('body:token', inbound(form, `a=b&token=${SECRET}`)), 'ok');
    assert.equal(judge('body:auth.token', inbound(form, `auth.token=${SECRET}`)), 'ok');
    assert.equal(judge('body:token', inbound(form, `token=x&token=${SECRET}`)), '400 header_conflict');
    assert.equal(judge('body:token', inbound(form, 'a=b')), '401 credential_missing');
  });

  it('that is not set accepts nobody, who sends none neither', () => {
    assert.equal(judge('body:token', inbound(form, 'token='), []), '401 secret_not_set');
    assert.equal(judge('body:token', inbound(form, 'token='), ['']), '401 secret_not_set');
    assert.equal(judge('body:token', inbound(form, 'token=')), '401 credential_missing');
  });

  it('is named as a credential where headers and queries are kept', () => {
    assert.deepEqual(token.credentials!({ token: 'header:X-Auth' }), { headers: ['x-auth'], query: [] });
    assert.deepEqual(token.credentials!({ token: 'query:key' }), { headers: [], query: ['key'] });
    assert.deepEqual(token.credentials!({ token: 'body:token' }), { headers: [], query: [] });
  });

  it('is put where the setting says when a request is signed', () => {
    const url = 'https://hooks.example/hooks/x?a=b';
    const sign = (place: string, headers: Record<string, string>, text: string) =>
      token.signer({ token: place })({ method: 'POST', url, headers, body: Buffer.from(text) }, SECRET, 'id', 0);
    assert.equal(new URL(sign('query:key', json, '{}').url).searchParams.get('key'), SECRET);
    const nested = JSON.parse(sign('body:auth.token', json, '{"auth":{"user":"u"},"n":1}').body.toString());
    assert.deepEqual(nested, { auth: { user: 'u', token: SECRET }, n: 1 });
    assert.equal(sign('body:token', form, 'a=b').body.toString(), `a=b&token=${SECRET}`);
    assert.throws(() => sign('body:token', json, '[1]'), /not a JSON object/);
  });
});
