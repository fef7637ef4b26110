// What the fields of a source become, in a document of its own and in an inline trigger, and what is said about both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Source } from '../../src/flow/catalog.ts';
import { replayWindowMaxMs } from '../../src/flow/limits.ts';
import { flowJsonSchema } from '../../src/flow/schema.ts';
import { sourceFields } from '../../src/flow/source-fields.ts';
import { providers } from '../../src/providers/index.ts';
import { loadText, problemsOf } from './load-support.ts';

const fields = {
  provider: 'hmac',
  secret: ['NEW_SECRET', 'OLD_SECRET'],
  header: 'x-shop-signature',
  tolerance: '1m',
  event_type: 'body:kind',
  delivery_id: 'header:x-request-id',
  schema: { type: 'object' },
  on_invalid: 'park',
  rate: { per_second: 2.5, burst: 10 },
  body_bytes_max: 2048,
  content_types: ['json', 'Application/VND.Shop+XML'],
  decompress: true,
  methods: ['POST', 'PUT'],
  public_url: 'https://hooks.shop.example/orders',
  ip_allow: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'],
  status: 200,
  replay_window: '10m',
};

const normalised: Omit<Source, 'name' | 'file' | 'line'> = {
  auth: {
    provider: 'hmac',
    secrets: ['NEW_SECRET', 'OLD_SECRET'],
    settings: {
      event_type: 'body:kind',
      delivery_id: 'header:x-request-id',
      header: 'x-shop-signature',
      tolerance: '1m',
    },
  },
  schema: { type: 'object' },
  onInvalid: 'park',
  bodyBytesMax: 2048,
  rate: { perSecond: 2.5, burst: 10 },
  contentTypes: ['json', 'application/vnd.shop+xml'],
  decompress: true,
  methods: ['POST', 'PUT'],
  publicUrl: 'https://hooks.shop.example/orders',
  ipAllow: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'],
  status: 200,
  retired: false,
  replayWindowMs: 600_000,
};

/** A source of these fields that must load. */
function sourceOf(own: object): Source {
  const { sources, problems } = loadText(JSON.stringify({ source: 'shop', ...own }));
  assert.deepEqual(problems, []);
  return sources.get('shop')!;
}

function inFlow(trigger: object): string {
  return JSON.stringify({ flow: 'test', triggers: [trigger], steps: [{ return: 1 }] });
}

test('every field of a `source:` document reaches the source', () => {
  assert.deepEqual(sourceOf({ ...fields, if: '${{ event.body.total > 0 }}' }), {
    name: 'shop',
    ...normalised,
    if: 'event.body.total > 0',
    file: 'flows/test.yaml',
    line: 1,
  });
});

test('an inline webhook is the same source, and its `if` is the trigger’s', () => {
  const catalog = loadText(inFlow({ webhook: 'shop', ...fields, if: 'event.body.total > 0' }));
  assert.deepEqual(catalog.problems, []);
  assert.deepEqual(catalog.sources.get('shop'), { name: 'shop', ...normalised, file: 'flows/test.yaml', line: 1 });
  assert.equal(catalog.flows.get('test')?.triggers[0]?.if, 'event.body.total > 0');
});

test('the fields that these tests set are all that there are', () => {
  const known = [...Object.keys(sourceFields), 'header', 'tolerance'].filter(
    (key) => key !== 'auth' && key !== 'retired',
  );
  assert.deepEqual(Object.keys(fields).sort(), known.sort());
});

test('what is not said has the defaults of the reference, and the provider decides the rest', () => {
  assert.deepEqual(sourceOf({ auth: 'none' }), {
    name: 'shop',
    auth: { provider: 'none', secrets: [], settings: {} },
    onInvalid: 'reject',
    decompress: false,
    retired: false,
    file: 'flows/test.yaml',
    line: 1,
  });
});

test('a burst that is not said is what comes in a second, and at least one request', () => {
  assert.deepEqual(sourceOf({ auth: 'none', rate: { per_second: 50 } }).rate, { perSecond: 50, burst: 50 });
  assert.deepEqual(sourceOf({ auth: 'none', rate: { per_second: 0.1 } }).rate, { perSecond: 0.1, burst: 1 });
});

test('a replay window can be turned off, and is as long as deliveries are surely remembered', () => {
  assert.equal(sourceOf({ auth: 'none', replay_window: '0s' }).replayWindowMs, 0);
  assert.equal(sourceOf({ auth: 'none', replay_window: '24h' }).replayWindowMs, replayWindowMaxMs);
});

test('a retired source needs neither provider nor secret, and secrets that are gone do not break it', () => {
  const options = { hasSecret: () => false };
  const gone = loadText('source: shop/v1\nretired: true\n', options).sources.get('shop/v1');
  assert.deepEqual([gone?.retired, gone?.auth], [true, { provider: 'none', secrets: [], settings: {} }]);
  const kept = loadText('source: shop\nprovider: github\nsecret: OLD_SECRET\nretired: true\n', options);
  assert.deepEqual([kept.problems, kept.sources.get('shop')?.auth.provider], [[], 'github']);
});

test('a flow that listens to a retired source is loaded with a warning', () => {
  const text = `source: shop\nretired: true\n---\n${inFlow({ event: '*', source: 'shop' })}`;
  const { flows, problems } = loadText(text);
  assert.ok(flows.has('test'));
  assert.deepEqual(
    problems.map(({ code, severity }) => [code, severity]),
    [['retired_source', 'warning']],
  );
});

test('of two documents that claim one path the first keeps it, wherever the other stands', () => {
  const { sources, flows, problems } = loadText(
    `source: shop\nauth: none\n---\n${inFlow({ webhook: 'shop', auth: 'none' })}`,
  );
  assert.deepEqual(
    problems.map(({ line, code, message }) => [line, code, message]),
    [[4, 'duplicate_name', 'the source `shop` is declared at flows/test.yaml:1 already']],
  );
  assert.deepEqual([sources.get('shop')?.line, flows.size], [1, 0]);
});

for (const provider of providers.filter(({ name }) => name !== 'none')) {
  test(`\`provider: ${provider.name}\` takes its own settings and no others`, () => {
    const own = {
      provider: provider.name,
      ...(provider.needsSecret ? { secret: 'SECRET' } : {}),
      ...provider.exampleSettings,
    };
    assert.deepEqual(problemsOf(JSON.stringify({ source: 'shop', ...own })), []);
    assert.deepEqual(problemsOf(inFlow({ webhook: 'shop', ...own })), []);
    for (const text of [
      JSON.stringify({ source: 'shop', ...own, foo: 1 }),
      inFlow({ webhook: 'shop', ...own, foo: 1 }),
    ]) {
      const [problem, ...more] = loadText(text).problems;
      assert.deepEqual([problem?.code, more.length], ['unknown_field', 0]);
      assert.match(problem!.message, new RegExp(`^\`foo\` is not a field of .* with \`provider: ${provider.name}\`$`));
    }
  });
}

test('a setting whose value is wrong is said to be so in documents and in triggers', () => {
  const own = { provider: 'hmac', secret: 'SECRET', hash: 'md5' };
  for (const text of [JSON.stringify({ source: 'shop', ...own }), inFlow({ webhook: 'shop', ...own })]) {
    assert.deepEqual(
      loadText(text).problems.map(({ message }) => message),
      ['`hash` must be one of `sha1`, `sha256`, `sha384`, `sha512`'],
    );
  }
});

test('the schema holds the fields twice and not once a provider, so that starting stays quick', () => {
  const description = JSON.stringify(sourceFields['ip_allow']!['description']);
  assert.equal(JSON.stringify(flowJsonSchema()).split(description).length - 1, 2);
});

test('a result can be the answer where a sender may send one event at a time, and not where it always sends lists', () => {
  const waiting = (provider: string) =>
    problemsOf(inFlow({ webhook: 'shop', provider, secret: 'SECRET', respond: 'result', respond_within: '1s' })).map(
      (each) => each.split(' ')[1],
    );
  for (const provider of ['cloudevents', 'twilio', 'hubspot']) assert.deepEqual(waiting(provider), []);
  for (const provider of ['sendgrid', 'xero']) assert.deepEqual(waiting(provider), ['impossible_combination']);
});
