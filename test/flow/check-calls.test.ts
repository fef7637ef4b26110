// Calls that the loader takes: values worked out at run time, defaults, circles that end. What it refuses is in broken/calls-*.yaml.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalog } from '../../src/flow/load.ts';
import { loadText } from './load-support.ts';

const CALLEE = `
flow: callee
triggers: [{ manual: true }]
input:
  type: object
  required: [kind, parcel]
  additionalProperties: false
  properties:
    kind: { enum: [small, large], default: small }
    parcel: { $ref: "#/$defs/parcel" }
    to:
      oneOf:
        - { type: object, required: [street], properties: { street: { type: string } } }
        - { type: object, required: [locker], properties: { locker: { type: integer } } }
    tags: { type: array, items: { type: integer }, uniqueItems: true, minItems: 2 }
    at: { type: string, format: date-time }
  $defs:
    parcel: { type: object, required: [weight], properties: { weight: { type: number, exclusiveMinimum: 0 } } }
steps: [{ uses: log.write, with: { message: called } }]
`;

const caller = (steps: string, rest = ''): string => `
flow: caller
triggers: [{ manual: true }]
${rest}
steps:
${steps}
`;

const problems = (text: string): string[] => loadText(text).problems.map(({ code, message }) => `${code}: ${message}`);

test('a value that is worked out at run time can be anything, wherever it stands', () => {
  const steps = `
  - call: callee
    input:
      kind: "\${{ input.kind }}"
      parcel: { weight: "\${{ input.weight }}" }
      to: { locker: "\${{ input.locker }}" }
      tags: ["\${{ input.a }}", "\${{ input.a }}"]
      at: \${{ now() }}
  - call: callee
    input: { parcel: "\${{ input.parcel }}", to: "\${{ input.to }}" }
  - call: callee
    input: \${{ input }}
`;
  assert.deepEqual(problems(`${CALLEE}---${caller(steps)}`), []);
});

test('what stands there is checked through references, lists and choices', () => {
  const steps = `
  - call: callee
    input: { parcel: { weight: 0 }, tags: [1], to: 5 }
`;
  assert.deepEqual(problems(`${CALLEE}---${caller(steps)}`), [
    'wrong_value: `weight` must be more than 0',
    'wrong_value: `tags` must have at least 2 entries',
    'missing_field: `to` needs `street` or `locker`',
  ]);
});

test('a flow without `input` takes any, and one with a broken schema is told so alone', () => {
  const callee = CALLEE.replace(/input:[\s\S]*(?=steps)/, '');
  const steps = '  - call: callee\n    input: [1, { a: null }]\n';
  assert.deepEqual(problems(`${callee}---${caller(steps)}`), []);
  const broken = CALLEE.replace('type: object', 'type: objekt');
  assert.deepEqual(
    problems(`${broken}---${caller(steps)}`).map((text) => text.split(':')[0]),
    ['schema_invalid', 'broken_flow'],
  );
});

test('a flow in another file is found, also in one that cannot be read', () => {
  const call = { path: 'flows/caller.yaml', text: caller('  - call: callee\n    input: { parcel: { weight: 1 } }\n') };
  const load = (text: string): string[] =>
    loadCatalog([call, { path: 'flows/callee.yaml', text }], { readSchema: () => ({}) }).problems.map(
      ({ file, code }) => `${file} ${code}`,
    );
  assert.deepEqual(load(CALLEE), []);
  assert.deepEqual(load(`${CALLEE}\n\toops: 1\n`), ['flows/caller.yaml broken_flow', 'flows/callee.yaml yaml_tab']);
  assert.deepEqual(load(CALLEE.replace('flow: callee', 'flow: other')), ['flows/caller.yaml unknown_flow']);
});

test('a circle that something ends is no mistake', () => {
  const ways = [
    '  - { if: input.n > 0, call: caller }',
    '  - { if: input.n > 0, then: [{ call: caller }] }',
    '  - { foreach: input.children, steps: [{ call: caller, input: "${{ item }}" }] }',
    '  - { wait_for: stopped, source: shop, timeout: 1h, on_timeout: [{ call: caller }] }',
    '  - { wait_for: more, source: shop, timeout: 1h, on_timeout: [{ return: null }] }\n  - call: caller',
    '  - { switch: [{ when: input.done, steps: [{ fail: { code: a, message: b } }] }] }\n  - call: caller',
    '  - try: [{ uses: log.write, with: { message: a } }]\n    catch: [{ call: caller }]',
  ];
  for (const way of ways) {
    const text = `source: shop\nauth: none\n---\n${caller(way)}`;
    assert.deepEqual(problems(text), [], way);
  }
});

test('a circle through what always runs is one, however deep it stands', () => {
  const ways = [
    '  - { parallel: { a: [{ try: [{ call: caller }], finally: [{ wait: 1s }] }] } }',
    '  - { repeat: { until: "true", steps: [{ call: caller }] } }',
    '  - { try: [{ wait: 1s }], finally: [{ call: caller, detach: true }] }',
  ];
  for (const way of ways) {
    assert.deepEqual(
      problems(caller(way)).map((text) => text.split(':')[0]),
      ['endless_call'],
      way,
    );
  }
});

test('listening to ends of runs needs nobody who emits them', () => {
  const listener = (event: string): string =>
    caller('  - { uses: log.write, with: { message: ended } }').replace('{ manual: true }', `{ event: ${event} }`);
  for (const event of ['run.failed', 'run.*', '"[run.failed, run.cancelled]"'.replaceAll('"', '')]) {
    assert.deepEqual(problems(listener(event)), []);
  }
  assert.deepEqual(problems(listener('run.fail')), ['event_never_emitted: no run ends with `run.fail`']);
});

test('no source can have the name of what Hookline itself sends', () => {
  for (const name of ['run', 'call']) {
    assert.match(problems(`source: ${name}\nauth: none\n`)[0] ?? '', /^reserved_name: /);
  }
});
