// Every provider of the table through `hookline verify`: a right request is valid, a wrong one is explained, no secret is shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providers } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { sentBody } from '../../src/send/body.ts';
import { signedDelivery } from '../../src/send/signed-delivery.ts';
import { diagnose, type Diagnosis } from '../../src/verify/diagnosis.ts';
import { reportText } from '../../src/verify/report.ts';
import type { Question } from '../../src/verify/question.ts';
import { keysOf, readSamples } from '../providers/sample-requests.ts';

const NOW_MS = 1_700_000_000_000;
const URL_SIGNED = 'https://hooks.example/hooks/sample';

/** A signed request of the provider, and the question about it. */
function questionAbout(provider: Provider): Question {
  const samples = readSamples(provider.name);
  const settings = samples?.settings ?? provider.exampleSettings ?? {};
  const sample = samples?.samples.find(({ method }) => method === undefined || method === 'POST');
  const bytes = Buffer.from(sample?.text ?? JSON.stringify(sample?.body ?? { id: 'evt_1' }));
  const body = sentBody(provider, 'payload', bytes, sample?.contentType);
  const { secret, signingKey } = keysOf(provider.name);
  const draft = { provider, settings, url: URL_SIGNED, method: 'POST', body, id: 'send-1', headers: [] };
  const { inbound } = signedDelivery(draft, signingKey, NOW_MS);
  return {
    provider,
    settings,
    secrets: [{ name: 'S', value: secret }],
    request: inbound,
    urlGiven: true,
    nowMs: NOW_MS,
  };
}

function showsNoSecret(diagnosis: Diagnosis, question: Question): void {
  for (const shown of [reportText(diagnosis), JSON.stringify(diagnosis)]) {
    for (const { value } of question.secrets) assert.ok(!shown.includes(value), `the secret in ${shown}`);
  }
}

for (const provider of providers.filter(({ needsSecret }) => needsSecret)) {
  const question = questionAbout(provider);

  test(`${provider.name}: a right request is valid`, () => {
    const diagnosis = diagnose(question, providers);
    assert.deepEqual([diagnosis.valid, diagnosis.reason, diagnosis.causes], [true, undefined, []]);
    assert.deepEqual(
      diagnosis.secrets.map(({ result }) => result),
      ['matches'],
    );
    showsNoSecret(diagnosis, question);
  });

  test(`${provider.name}: a secret in quotes is found out`, () => {
    const [secret] = question.secrets;
    const quoted = { ...question, secrets: [{ name: 'S', value: `"${secret!.value}"` }] };
    const diagnosis = diagnose(quoted, providers);
    if (diagnosis.valid) return assert.ok(provider.needsTrustedProxy, 'only a proxy speaks for a secret');
    const [cause] = diagnosis.causes;
    assert.deepEqual([cause?.kind, cause?.certain], ['secret', true]);
    assert.match(cause!.what, /without the quotes around it/);
    showsNoSecret(diagnosis, question);
  });

  test(`${provider.name}: another secret is invalid, with something to look at`, () => {
    const others = { ...question, secrets: [{ name: 'S', value: 'whsec_b3RoZXItc2VjcmV0LW9mLTI0Ynl0' }] };
    const diagnosis = diagnose(others, providers);
    assert.equal(diagnosis.valid, false);
    assert.ok(diagnosis.causes.length > 0);
    assert.deepEqual(
      diagnosis.causes.filter(({ certain }) => certain),
      [],
    );
  });

  test(`${provider.name}: its request is recognised when another provider is named`, () => {
    const another = providers.find(({ name }) => name === (provider.name === 'slack' ? 'stripe' : 'slack'))!;
    const diagnosis = diagnose({ ...question, provider: another, settings: {} }, providers);
    assert.equal(diagnosis.valid, false);
    const cause = diagnosis.causes.find(({ kind, certain }) => kind === 'provider' && certain);
    assert.ok(cause?.what.includes(provider.title), reportText(diagnosis));
  });
}
