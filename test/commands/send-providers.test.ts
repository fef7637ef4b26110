// For every provider of the table: what `hookline send` makes of a payload is what that provider's own verifier takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog, Source } from '../../src/flow/catalog.ts';
import { providers } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { sentBody } from '../../src/send/body.ts';
import { prepareDelivery } from '../../src/send/prepare.ts';
import type { SignedDelivery } from '../../src/send/signed-delivery.ts';
import { keysOf, readSamples } from '../providers/sample-requests.ts';

const NOW_MS = 1_700_000_000_000;
const CATALOG: Catalog = {
  flows: new Map(),
  sources: new Map(),
  connections: new Map(),
  brokenSources: new Set(),
  problems: [],
};

function sourceOf(provider: Provider): Source {
  const settings = readSamples(provider.name)?.settings ?? provider.exampleSettings ?? {};
  return {
    name: 'sample',
    auth: { provider: provider.name, secrets: ['SECRET'], settings },
    onInvalid: 'reject',
    decompress: false,
    retired: false,
    file: 'flows/sample.yaml',
    line: 1,
  };
}

/** A documented payload of the provider, as a file of its own would hold it. */
function payloadOf(provider: Provider): { bytes: Buffer; contentType?: string } {
  const sample = readSamples(provider.name)?.samples.find(({ method }) => method === undefined || method === 'POST');
  if (sample === undefined) return { bytes: Buffer.from('{"id":"evt_1","type":"order.created"}') };
  return { bytes: Buffer.from(sample.text ?? JSON.stringify(sample.body ?? {})), contentType: sample.contentType };
}

function prepared(provider: Provider): { signed: SignedDelivery; secret: string } {
  const source = sourceOf(provider);
  const { secret, signingKey } = keysOf(provider.name);
  const { bytes, contentType } = payloadOf(provider);
  const body = sentBody(provider, 'payload', bytes, contentType);
  const draft = {
    provider,
    settings: source.auth.settings,
    url: 'https://hooks.example/hooks/sample',
    method: 'POST',
    body,
    id: 'send-1',
    headers: [],
  };
  // Where a header carries the id it can be asked for, whatever the provider adds to it; a structured CloudEvent carries its own.
  const isStructured = body.contentType.startsWith('application/cloudevents');
  const asked = provider.announce === undefined || isStructured ? {} : { id: 'send-1' };
  const key = { text: signingKey, name: 'SECRET', fromFile: signingKey !== secret };
  return { signed: prepareDelivery(CATALOG, source, draft, asked, key, [secret], NOW_MS), secret };
}

for (const provider of providers) {
  test(`${provider.name}: its verifier takes what send signs`, () => {
    const { signed, secret } = prepared(provider);
    const verify = provider.verifier(sourceOf(provider).auth.settings);
    assert.deepEqual(verify(signed.inbound, [secret], NOW_MS), { ok: true });
    assert.ok(signed.parsed !== undefined, 'the receiver can read the body');
  });

  if (provider.needsSecret && !provider.needsTrustedProxy) {
    test(`${provider.name}: its verifier refuses it under another secret`, () => {
      const { signed } = prepared(provider);
      const verify = provider.verifier(sourceOf(provider).auth.settings);
      const other = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
      assert.equal(verify(signed.inbound, [other], NOW_MS).ok, false);
    });
  }
}
