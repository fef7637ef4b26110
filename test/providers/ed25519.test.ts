// The generic Ed25519: declared like `hmac`, with keys in each form that senders show them in.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { ed25519 } from '../../src/providers/ed25519.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

const NOW_MS = 1_700_000_000_000;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const der = publicKey.export({ type: 'spki', format: 'der' });
const raw = der.subarray(-32);
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const signatureOf = (text: string): Buffer => sign(null, Buffer.from(text), privateKey);

function judge(settings: JsonObject, headers: Record<string, string>, secret = raw.toString('hex')): string {
  const verdict = ed25519.verifier(settings)(inbound(headers, '{}'), [secret], NOW_MS);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

describe('a declared Ed25519 signature', () => {
  it('takes the public key as hex, base64, DER or PEM, and after a prefix', () => {
    const headers = { 'x-signature': signatureOf('{}').toString('hex') };
    assert.equal(judge({}, headers), 'ok');
    assert.equal(judge({ key: 'base64' }, headers, raw.toString('base64')), 'ok');
    assert.equal(judge({ key: 'spki' }, headers, der.toString('base64')), 'ok');
    for (const key of ['hex', 'base64', 'spki']) assert.equal(judge({ key }, headers, pem), 'ok', key);
    assert.equal(judge({ key: 'base64', key_prefix: 'whpk_' }, headers, `whpk_${raw.toString('base64')}`), 'ok');
    assert.equal(judge({ key: 'base64', key_prefix: 'whpk_' }, headers, raw.toString('base64')), '401 secret_not_set');
  });

  it('takes no key of another kind, and no private key, for a public one', () => {
    const headers = { 'x-signature': signatureOf('{}').toString('hex') };
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    for (const key of ['', 'ab', privatePem, p256.export({ type: 'spki', format: 'pem' }).toString()]) {
      assert.equal(judge({}, headers, key), '401 secret_not_set');
    }
  });

  it('may be written in hex, base64 or base64url, in one spelling each', () => {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const signature = signatureOf('{}').toString(encoding);
      assert.equal(judge({ encoding }, { 'x-signature': signature }), 'ok', encoding);
      assert.equal(judge({ encoding }, { 'x-signature': `${signature}A` }), '400 signature_malformed', encoding);
    }
    const given = signatureOf('{}').toString('base64url');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const respelt = given.slice(0, -1) + alphabet[alphabet.indexOf(given.at(-1)!) + 1];
    assert.deepEqual(Buffer.from(respelt, 'base64url'), Buffer.from(given, 'base64url'));
    assert.equal(judge({ encoding: 'base64url' }, { 'x-signature': respelt }), '400 signature_malformed');
  });

  it('covers id and time where the content says so', () => {
    const settings = {
      header: 'X-Sig',
      prefix: 'v1=',
      separator: ',',
      content: '{id}.{timestamp}.{body}',
      id_header: 'X-Id',
      timestamp_header: 'X-Time',
      timestamp_unit: 'ms',
    };
    const headers = {
      'x-sig': `v0=00,v1=${signatureOf(`m1.${NOW_MS}.{}`).toString('hex')}`,
      'x-id': 'm1',
      'x-time': String(NOW_MS),
    };
    assert.equal(judge(settings, headers), 'ok');
    assert.equal(judge(settings, { ...headers, 'x-id': 'm2' }), '401 signature_mismatch');
    assert.equal(judge(settings, { ...headers, 'x-time': String(NOW_MS - 300_001) }), '401 timestamp_stale');
  });

  it('that would sign less than it says is an error for the author, and accepts nothing', () => {
    const headers = { 'x-signature': signatureOf('{}').toString('hex') };
    for (const settings of [
      { content: 'x' },
      { content: '{id}{body}' },
      { content: '{timestamp}{body}' },
      { timestamp_header: 'x-time' },
    ] as JsonObject[]) {
      assert.equal(typeof ed25519.settingsProblem!(settings), 'string');
      assert.equal(judge(settings, headers), '401 settings_invalid');
    }
    assert.equal(ed25519.settingsProblem!({}), undefined);
  });

  it('is made with the private key, and says so to who gives another', () => {
    const request = { method: 'POST', url: 'https://hooks.example/hooks/x', headers: {}, body: Buffer.from('{}') };
    const { headers } = ed25519.signer({})(request, privatePem, 'm1', NOW_MS);
    assert.equal(judge({}, headers), 'ok');
    assert.throws(() => ed25519.signer({})(request, raw.toString('hex'), 'm1', NOW_MS), /private key/);
  });
});
