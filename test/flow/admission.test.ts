// What flows say of `concurrency`, `rate`, `debounce` and `batch`: read at load, and worked out for an event.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventData, Json } from '../../workflows/definition.ts';
import { admit } from '../../src/flow/admission.ts';
import type { LoadedFlow } from '../../src/flow/catalog.ts';
import { loadText } from './load-support.ts';

const flowWith = (fields: string, trigger = ''): string => `flow: orders
triggers: [{ webhook: orders, auth: none${trigger} }]
${fields}
vars: { seen: 0 }
steps: [{ set: { seen: 1 } }]
`;

function loaded(fields: string): LoadedFlow {
  const catalog = loadText(flowWith(fields));
  assert.deepEqual(catalog.problems, []);
  return catalog.flows.get('orders')!;
}

function eventWith(body: Json): EventData {
  return {
    id: 'orders~1',
    type: 'orders',
    source: 'orders',
    time: '2026-01-02T03:04:05.000Z',
    body,
    headers: {},
    query: {},
  };
}

function problemsOf(fields: string, trigger?: string): string[] {
  return loadText(flowWith(fields, trigger)).problems.map(({ code, line, message }) => `${line} ${code} ${message}`);
}

test('fields that say nothing more have their defaults, and the definition knows nothing of them', () => {
  const flow = loaded('concurrency: {}\nrate: { per: 1m }\nbatch: { period: 10s }');
  assert.deepEqual(flow.admission, {
    concurrency: { limit: 1, onLimit: 'queue' },
    rate: { limit: 1, perMs: 60_000 },
    batch: { size: 100, periodMs: 10_000 },
  });
  assert.equal(flow.hash, loaded('# one\n# two\n# three').hash);
});

test('the same value gives the same key, and no value stands in it', () => {
  const flow = loaded('concurrency: { key: event.body.account, limit: 2, on_limit: skip }\nrate: { per: 1s }');
  const keyFor = (account: Json): unknown => {
    const admits = admit(flow, eventWith({ account }));
    assert.ok('admission' in admits);
    const { concurrency, rate } = admits.admission!;
    assert.deepEqual(rate, { key: '', limit: 1, perMs: 1_000 });
    assert.match(concurrency!.key, /^[0-9a-f]{32}$/);
    return concurrency!.key;
  };
  assert.equal(keyFor('acme'), keyFor('acme'));
  assert.equal(keyFor(5), keyFor('5'));
  assert.notEqual(keyFor('acme'), keyFor('other'));
});

test('a key that cannot be worked out says why, without values of the event', () => {
  const flow = loaded('concurrency: { key: event.body.account }');
  const missing = admit(flow, eventWith({ secret: 'hush' }));
  assert.ok('failed' in missing);
  assert.match(missing.failed, /account/);
  assert.doesNotMatch(missing.failed, /hush/);
  assert.deepEqual(admit(flow, eventWith({ account: { name: 'hush' } })), {
    failed: 'wrong_type: the key of `concurrency` is no text, number or boolean',
  });
});

test('what contradicts itself is refused at load', () => {
  const [both] = problemsOf('debounce: { period: 1s }\nbatch: { period: 1s }');
  assert.match(both!, /^4 impossible_combination a flow either waits for the last/);
  const [latest] = problemsOf('debounce: { period: 10s, max: 5s }');
  assert.match(latest!, /^3 wrong_value `max` is shorter than `period`/);
  const [result] = problemsOf('batch: { period: 1s }', ', respond: result');
  assert.match(result!, /^2 impossible_combination with `batch` one run takes many events/);
  const [zero] = problemsOf('rate: { per: 0s }');
  assert.match(zero!, /^3 wrong_value `per` must not be zero/);
  const [secret] = problemsOf('concurrency: { key: steps.a.output }');
  assert.match(secret!, /^3 /);
});

test('the steps of a flow with `batch` see the batch, its triggers and keys each event', () => {
  const schema = 'schema: { type: object, properties: { id: {}, team: {} }, additionalProperties: false }';
  const messages = (key: string, value: string): string[] => {
    const text = flowWith(`batch: { period: 10s, key: ${key} }`, `, ${schema}`);
    return loadText(text.replace('seen: 1', `seen: "\${{ ${value} }}"`)).problems.map(({ message }) => message);
  };
  assert.deepEqual(messages('event.body.team', 'event.body.events[0].body.team'), []);
  assert.deepEqual(messages('event.body.team', 'input.count'), []);
  assert.deepEqual(messages('event.body.tema', 'event.body.count'), ['`event.body` has no field `tema`']);
  assert.deepEqual(messages('event.body.team', 'event.body.id'), ['`event.body` has no field `id`']);
  assert.deepEqual(messages('event.body.team', 'event.body.events[0].team'), [
    '`event.body.events[0]` has no field `team`',
  ]);
});

test('no inbound URL shares its name with the events of batches', () => {
  const [problem] = loadText('source: batch\nauth: none').problems;
  assert.equal(problem?.code, 'reserved_name');
});
