// What is refused, what that leaves alone, and that no text can do worse than be refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionBytesMax, documentsPerFileMax } from '../../src/flow/limits.ts';
import { loadText, problemsOf } from './load-support.ts';

const head = 'flow: test\ntriggers: [{ manual: true }]\n';

test('one broken document leaves the others alone, and its sources are known to be broken', () => {
  const catalog = loadText(
    `flow: bad
triggers: [{ webhook: shop/bad, auth: none }]
steps: []
---
flow: worse
triggers:
  - webhook: shop/worse
    auth: none
steps: }
---
source: shared
---
flow: good
triggers: [{ webhook: shop/good, auth: none }]
steps: [{ return: 1 }]
`,
  );
  assert.deepEqual([...catalog.flows.keys()], ['good']);
  assert.deepEqual([...catalog.sources.keys()], ['shop/good']);
  assert.deepEqual([...catalog.brokenSources].sort(), ['shared', 'shop/bad', 'shop/worse']);
});

test('a secret that is not set keeps the flow from loading, and is not looked for when nobody can know', () => {
  const text = `flow: test
triggers: [{ webhook: shop, provider: github, secret: GITHUB_SECRET }]
steps: [{ return: 1 }]
`;
  assert.deepEqual(problemsOf(text), []);
  assert.deepEqual(problemsOf(text, { hasSecret: () => false }), ['2:55 secret_missing']);
  assert.equal(loadText(text, { hasSecret: () => false }).flows.size, 0);
  assert.deepEqual(problemsOf(text, { hasSecret: (name) => name === 'GITHUB_SECRET' }), []);
});

test('of the secrets of a rotation one that is set is enough; the others become warnings', () => {
  const text = `flow: test
triggers: [{ webhook: shop, provider: github, secret: [OLD, NEW] }]
steps: [{ return: 1 }]
`;
  const hasSecret = (name: string): boolean => name === 'NEW';
  const { flows, sources, problems } = loadText(text, { hasSecret });
  assert.deepEqual(
    problems.map(({ code, severity, column }) => [code, severity, column]),
    [['secret_missing_of_several', 'warning', 56]],
  );
  assert.ok(flows.has('test'));
  assert.deepEqual(sources.get('shop')?.auth.secrets, ['OLD', 'NEW']);
  const none = { hasSecret: () => false };
  assert.deepEqual(problemsOf(text, none), ['2:56 secret_missing', '2:61 secret_missing']);
  assert.equal(loadText(text, none).flows.size, 0);
});

test('a provider that believes a proxy needs one that is trusted, and is let pass when nobody can know', () => {
  const text = 'source: shop\nprovider: mtls\nsubjects: [CN=partner]\n';
  assert.deepEqual(problemsOf(text), []);
  assert.deepEqual(problemsOf(text, { hasTrustedProxies: true }), []);
  assert.deepEqual(problemsOf(text, { hasTrustedProxies: false }), ['2:11 trusted_proxies_missing']);
  assert.deepEqual([...loadText(text, { hasTrustedProxies: false }).brokenSources], ['shop']);
});

test('a secret that the third party tells does not keep its source from loading, or it could not be told', () => {
  const { sources, problems } = loadText('source: notes\nprovider: notion\nsecret: NOTION_SECRET\n', {
    hasSecret: () => false,
  });
  assert.deepEqual(
    problems.map(({ code, severity }) => [code, severity]),
    [['secret_awaited', 'warning']],
  );
  assert.ok(sources.has('notes'));
});

test('a pasted secret is in no problem, wherever its line is shown', () => {
  const { problems } = loadText(`flow: test
triggers: [{ webhook: shop, provider: stripe, secret: "whsec_abc+/def=", evnts: [a] }]
steps: [{ return: 1 }]
`);
  assert.equal(problems.length, 2);
  assert.ok(!JSON.stringify(problems).includes('whsec_'));
});

test('files over the limits are refused with the limit', () => {
  const [tooLarge] = loadText('#'.repeat(definitionBytesMax + 1)).problems;
  assert.equal(tooLarge?.code, 'too_large');
  assert.match(tooLarge?.message ?? '', new RegExp(String(definitionBytesMax)));
  const [tooMany] = loadText('---\na: 1\n'.repeat(documentsPerFileMax + 1)).problems;
  assert.equal(tooMany?.code, 'too_many_documents');
  const repeated = `${head}x-a: &a "${'x'.repeat(50_000)}"\nsteps: [{ return: [${'*a, '.repeat(30)}1] }]\n`;
  assert.deepEqual(problemsOf(repeated), ['1:7 too_large']);
});

test('hostile texts end in problems, not in exceptions', () => {
  const texts = [
    '['.repeat(100_000),
    '- '.repeat(100_000),
    `${'{a: '.repeat(90)}1${'}'.repeat(90)}`,
    '? '.repeat(5_000),
    '"',
    '\u0000',
    '%YAML 9.9\n---\na: 1',
    '--- !!binary abc',
    '__proto__: { flow: x }',
    'flow: [x]\ntriggers: { a: 1 }\nsteps: 5\n',
    'flow: test\ntriggers: [null, 1, [], ""]\nsteps: [null, 1, [], "", { uses: [] }, { uses: log.write, with: [] }]\ncatch: 1\nvars: 1\n',
    'source: [a]\nprovider: [github]\nsecret: { a: 1 }\nschema: [1]',
    'connection: 5\nconnector: []\nwith: 1',
    `flow: x\nsteps:\n${Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth * 2)}- then:`).join('\n')}\n`,
    'a: &a\n  <<: *a\n',
    '1: 2\ntrue: 3\nnull: 4\n',
  ];
  for (const text of texts) assert.ok(loadText(text).problems.length > 0, JSON.stringify(text.slice(0, 40)));
});
