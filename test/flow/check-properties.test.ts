// What is known of values is used and no more: fields that are there, or may be, are never reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from './load-support.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    lines: { type: 'array', items: { $ref: '#/$defs/line' } },
    anything: {},
    open: { type: 'object', properties: { name: { type: 'string' } } },
    either: { anyOf: [{ type: 'string' }, { type: 'object', properties: { a: {} }, additionalProperties: false }] },
    maybe: { type: ['object', 'null'], properties: { a: {} }, additionalProperties: false },
  },
  $defs: {
    line: {
      type: 'object',
      additionalProperties: false,
      properties: { sku: { type: 'string' }, parts: { type: 'array', items: { $ref: '#/$defs/part' } } },
    },
    part: { type: 'object', additionalProperties: false, properties: { weight: { type: 'number' } } },
  },
};

/** Messages about fields of a flow with these steps, whose body follows the schema above. */
function problems(steps: string): string[] {
  const trigger = `{ webhook: a, auth: none, schema: ${JSON.stringify(schema)} }`;
  const found = loadText(`flow: test\ntriggers: [${trigger}]\nvars: { total: 0 }\nsteps:\n${steps}`).problems;
  return found.filter(({ code }) => code !== 'unreachable').map(({ message }) => message);
}

const read = (expression: string) => problems(`  - return: ${JSON.stringify(`\${{ ${expression} }}`)}\n`);

const sound = [
  'event.body.lines[0].parts[1].weight',
  'event.body.lines.length',
  'event.body.lines.map(line => line.anything)',
  'event.body.lines[0].sku.length',
  'event.body.anything.at.all',
  'event.body.open.other',
  'event.body.either.a',
  'event.body.maybe.a',
  'event.body.lines[event.body.anything].sku',
  'event.body.lines?.sku ?? 1',
];

for (const expression of sound) test(`\`${expression}\` is let pass`, () => assert.deepEqual(read(expression), []));

const wrong: Record<string, string> = {
  'event.body.lines[0].wieght': '`event.body.lines[0]` has no field `wieght`',
  'event.body.lines[0].parts[1].mass': '`event.body.lines[0].parts[1]` has no field `mass`',
  'event.body.lines.sku': '`event.body.lines` is a list, and `sku` no field of it',
  'event.body.lines[0].sku.first': '`event.body.lines[0].sku` is text and has no fields',
  'event.body.maybe.b': '`event.body.maybe` has no field `b`',
};

for (const [expression, message] of Object.entries(wrong))
  test(`\`${expression}\` is not`, () => assert.deepEqual(read(expression), [message]));

test('an item has the fields of the entries of its list, in loops inside loops too', () => {
  const loop = (field: string) => `  - foreach: event.body.lines
    as: line
    steps:
      - foreach: line.parts
        steps: [{ set: { total: "\${{ vars.total + item.${field} + line.sku.length }}" } }]
`;
  assert.deepEqual(problems(loop('weight')), []);
  assert.deepEqual(problems(loop('wait')), ['`item` has no field `wait`']);
});

test('an item of a list that is worked out may have any field', () => {
  const loop =
    '  - foreach: event.body.lines.filter(line => line.sku != "")\n    steps: [{ set: { total: "${{ item.price }}" } }]\n';
  assert.deepEqual(problems(loop), []);
});

test('a `parallel` has an output by branch, and that of a branch is its last step’s', () => {
  const steps = (field: string) => `  - id: both
    parallel: { a: [{ emit: a.b }, { emit: a.c }], b: [{ wait: 1s }] }
  - return: "\${{ steps.both.output.${field} }}"
`;
  assert.deepEqual(problems(steps('a.type')), []);
  assert.deepEqual(problems(steps('a.body')), ['`steps.both.output.a` has no field `body`']);
  assert.deepEqual(problems(steps('b.at')), ['`steps.both.output.b` is always null']);
  assert.deepEqual(problems(steps('c')), ['`steps.both.output` has no field `c`']);
});

test('a text that reads like an expression is told, one that only begins like it is not', () => {
  const texts = (value: string) => problems(`  - uses: log.write\n    with: { message: ${JSON.stringify(value)} }\n`);
  assert.deepEqual(texts('event.body.open.name'), [
    '`event.body.open.name` reads like an expression; it is kept as it is',
  ]);
  assert.equal(texts('vars.total > 5 ? "a" : "b"').length, 1);
  for (const text of [
    'event.body was empty',
    'order.created',
    'steps are done',
    'input',
    'event.body.',
    '${{ vars.total }}',
  ])
    assert.deepEqual(texts(text), [], text);
});

test('an error may say how many more steps could not be undone than it lists', () => {
  const caught = (expression: string): string[] =>
    problems(`  - try: [{ fail: { code: a, message: b } }]\n    catch: [{ return: "\${{ ${expression} }}" }]\n`);

  assert.deepEqual(caught('error.undo_omitted ?? 0'), []);
  assert.deepEqual(caught('error.undo_left'), ['`error` has no field `undo_left`']);
});
