// What expressions give: values, operators, absence, arrows. Where JavaScript would coerce oddly they say no.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { evaluateCondition, evaluateExpression, explain } from '../../workflows/expression/index.ts';
import { errorOf, evaluate, scopeOf } from './scope.ts';

const roots: Record<string, Json | undefined> = {
  event: {
    body: {
      id: 5,
      total: '19.99',
      empty: null,
      paid: true,
      customer: { name: 'Ada', 'e-mail': 'ada@example.com' },
      items: [
        { sku: 'a', price: 2 },
        { sku: 'b', price: 3 },
      ],
    },
  },
  vars: {},
  error: undefined,
};

/** Each expression gives its value. */
function gives(cases: [string, Json | undefined][]): void {
  for (const [text, value] of cases) assert.deepEqual(evaluate(text, roots), value, text);
}

/** Each expression fails with its code. */
function refuses(cases: [string, string][]): void {
  for (const [text, code] of cases) errorOf(() => evaluate(text, roots), code);
}

test('values keep their types', () => {
  gives([
    ['event.body.id', 5],
    [
      'event.body.items',
      [
        { sku: 'a', price: 2 },
        { sku: 'b', price: 3 },
      ],
    ],
    ['event.body.customer["e-mail"]', 'ada@example.com'],
    ['event.body.items[1].sku', 'b'],
    ['event.body.items["0"].sku', 'a'],
    ['event.body.items.length', 2],
    ['"héllo".length', 5],
    ['"abc"[1]', 'b'],
    ['null', null],
    ['undefined', undefined],
    ['{ a: 1, "b c": [true], [event.body.id]: "x" }', { a: 1, 'b c': [true], 5: 'x' }],
    ['`${event.body.customer.name} has ${event.body.items.length}`', 'Ada has 2'],
    ['typeof event.body.total', 'string'],
    ['typeof event.body.missing', 'undefined'],
    ['[...event.body.items.map(x => x.sku), "c"]', ['a', 'b', 'c']],
    ['{ ...event.body.customer, name: "Bob" }', { name: 'Bob', 'e-mail': 'ada@example.com' }],
    ['{ ...null, ...undefined, a: 1 }', { a: 1 }],
  ]);
});

test('results are JSON: undefined leaves keys out, -0 is 0', () => {
  gives([
    ['{ a: undefined, b: 1 }', { b: 1 }],
    ['[undefined, 1]', [null, 1]],
    ['[{ a: event.body.items.find(x => x.sku === "z") }]', [{}]],
  ]);
  assert.ok(Object.is(evaluate('-0'), 0));
  assert.ok(Object.is((evaluate('[0 * -1]') as Json[])[0], 0));
  assert.equal(Object.getPrototypeOf(evaluate('({})')), Object.prototype);
});

test('a missing key is an error that names it, the keys there are, and the nearest one', () => {
  const error = errorOf(() => evaluate('event.body.customer.nam', roots), 'missing_key');
  assert.equal(
    explain(error),
    [
      '`event.body.customer` has no key `nam`. It has: name, e-mail.',
      '  event.body.customer.nam',
      '                      ^^^',
      '  hint: did you mean `name`?',
    ].join('\n'),
  );
  const absent = errorOf(() => evaluate('event.body.empty.id', roots), 'missing_key');
  assert.match(absent.message, /^`event\.body\.empty` is null, so `id` cannot be read from it\.$/);
  assert.match(errorOf(() => evaluate('event.body.items[7]', roots), 'missing_key').message, /2 elements and no `7`/);
  assert.match(errorOf(() => evaluate('error.message', roots), 'missing_key').message, /`error` is undefined/);
  assert.match(errorOf(() => evaluate('event.body.items.sku', roots), 'missing_key').hint ?? '', /map\(x => x\.sku\)/);
  assert.match(errorOf(() => evaluate('vars.x', roots), 'missing_key').message, /It is empty/);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${'k'.repeat(80)}${index}`, 1]));
  const long = errorOf(() => evaluate('vars.x', { vars: many }), 'missing_key');
  assert.match(long.message, /, and 88 more\./);
  assert.ok(long.message.length < 1_000);
});

test('`?.` and the left of `??` make absence undefined', () => {
  gives([
    ['event.body?.missing', undefined],
    ['event.body.missing?.a.b.c', undefined],
    ['event.body.empty?.id', undefined],
    ['error?.message', undefined],
    ['event.body?.["missing"]', undefined],
    ['event.body.items?.[9]', undefined],
    ['event.body.missing?.map(x => x.id)', undefined],
    ['event.body.missing ?? "none"', 'none'],
    ['event.body.missing.deep.er ?? "none"', 'none'],
    ['event.body.items[9].sku ?? "none"', 'none'],
    ['event.body.missing.trim().length ?? 0', 0],
    ['error.message ?? "fine"', 'fine'],
    ['event.body.empty ?? "none"', 'none'],
    ['event.body.paid ?? "none"', true],
    ['(event.body?.missing) ?? "none"', 'none'],
    ['event.body.missing ?? event.body.alsoMissing ?? 1', 1],
    ['(event.body.paid ? event.body.nope : 1) ?? 2', 2],
  ]);
  refuses([
    ['event.body?.missing.a', 'missing_key'],
    ['(event.body.missing?.a).b', 'missing_key'],
    ['event.body.missing.a?.b', 'missing_key'],
    ['event.body.empty ?? event.body.missing', 'missing_key'],
    ['event.body.items.map(x => x.missing) ?? []', 'missing_key'],
    ['evnt.body ?? 1', 'unknown_root'],
  ]);
});

test('equality is strict, and says so where JavaScript would not be', () => {
  gives([
    ['5 == 5', true],
    ['5 == "5"', false],
    ['event.body.id !== 5', false],
    ['event.body.empty === null', true],
    ['event.body?.missing === undefined', true],
    ['event.body.customer === null', false],
    ['(event.body?.missing ?? null) === null', true],
  ]);
  refuses([
    ['event.body?.missing == null', 'type_mismatch'],
    ['event.body.items === []', 'type_mismatch'],
    ['event.body.customer == event.body.customer', 'type_mismatch'],
  ]);
});

test('ordering takes two numbers, two strings, or a number and a string that spells one', () => {
  gives([
    ['event.body.total > 10', true],
    ['10 > event.body.total', false],
    ['" 7 " < 8', true],
    ['"b" > "a"', true],
    ['"10" < "9"', true],
    ['1 <= 1', true],
  ]);
  refuses([
    ['"abc" > 1', 'type_mismatch'],
    ['"" < 1', 'type_mismatch'],
    ['"0x10" < 20', 'type_mismatch'],
    ['null < 1', 'type_mismatch'],
    ['undefined < 1', 'type_mismatch'],
    ['true < 2', 'type_mismatch'],
    ['event.body.items > 1', 'type_mismatch'],
  ]);
});

test('arithmetic takes finite numbers and gives finite numbers', () => {
  gives([
    ['0.1 + 0.2', 0.1 + 0.2],
    ['7 % 3', 1],
    ['-7 % 3', -1],
    ['2 ** 10', 1024],
    ['1 + 2 * 3 - 4 / 2', 5],
    ['+event.body.total', 19.99],
    ['Number(event.body.total) * 2', 39.98],
    ['"n" + 1 + true', 'n1true'],
    ['1 + 2 + "x"', '3x'],
  ]);
  refuses([
    ['1 / 0', 'not_finite'],
    ['0 / 0', 'not_finite'],
    ['1e308 * 10', 'not_finite'],
    ['Math.sqrt(-1)', 'not_finite'],
    ['Math.max()', 'not_finite'],
    ['json.parse("[1e999]")', 'not_finite'],
    ['event.body.total * 2', 'type_mismatch'],
    ['1 + null', 'type_mismatch'],
    ['1 + true', 'type_mismatch'],
    ['"a" + null', 'type_mismatch'],
    ['"a" + event.body?.missing', 'type_mismatch'],
    ['"a" + event.body.items', 'type_mismatch'],
    ['event.body.customer + event.body.customer', 'type_mismatch'],
    ['`${event.body.empty}`', 'type_mismatch'],
    ['-"5"', 'type_mismatch'],
    ['+"abc"', 'type_mismatch'],
  ]);
});

test('branches that are not taken are not evaluated', () => {
  gives([
    ['event.body.paid ? "yes" : event.body.nope', 'yes'],
    ['event.body.paid || event.body.nope', true],
    ['event.body.empty && event.body.nope', null],
    ['event.body.id ?? event.body.nope', 5],
    ['!event.body.empty', true],
  ]);
});

test('arrow functions take names, elements and keys, and see what is around them', () => {
  gives([
    ['event.body.items.map((item, index, list) => item.sku + index + list.length)', ['a02', 'b12']],
    ['entries({ a: 1 }).map(([key, value]) => key + value)', ['a1']],
    ['entries({ a: 1 }).map(([, value]) => value)', [1]],
    ['event.body.items.map(({ sku, price: cost }) => sku + cost)', ['a2', 'b3']],
    ['event.body.items.map(x => event.body.items.filter(y => y.price > x.price).length)', [1, 0]],
    ['[1, 2].map(event => event * 2)', [2, 4]],
    ['[1, 2].map(x => ({ x }))', [{ x: 1 }, { x: 2 }]],
    ['["1", "2"].map(Number)', [1, 2]],
    ['[1, true].map(String)', ['1', 'true']],
    ['["a", "", null].filter(Boolean)', ['a']],
    ['[[1, 2], [3, 4]].map(([a, b]) => a * b)', [2, 12]],
  ]);
  refuses([
    ['event.body.items.map(({ nope }) => nope)', 'missing_key'],
    ['[[1]].map(([a, b]) => a)', 'missing_key'],
    ['[1].map(([a]) => a)', 'type_mismatch'],
    ['[1].map(({ a }) => a)', 'type_mismatch'],
    ['[1].map(x => y)', 'unknown_root'],
    ['[1].map(x => x(1))', 'type_mismatch'],
    ['[1].map(5)', 'wrong_arguments'],
    ['[1].map(Math)', 'wrong_arguments'],
    ['[1].map(keys)', 'wrong_arguments'],
    ['[1].includes(x => x)', 'wrong_arguments'],
    ['[1].map()', 'wrong_arguments'],
    ['["x"].map(Number)', 'invalid_value'],
  ]);
});

test('a condition must be true or false', () => {
  const scope = scopeOf(roots);
  assert.equal(evaluateCondition('event.body.paid', scope), true);
  assert.equal(evaluateCondition('event.body.items.length > 2', scope), false);
  for (const text of [
    'event.body.id',
    'event.body.customer',
    'event.body.total',
    'event.body.empty',
    'event.body?.nope',
    '[]',
  ]) {
    assert.ok(errorOf(() => evaluateCondition(text, scope), 'type_mismatch').hint);
  }
});

test('now and uuid come from the scope', () => {
  const scope = scopeOf();
  assert.equal(evaluateExpression('now()', scope), '2026-01-02T03:04:05.678Z');
  assert.deepEqual(evaluateExpression('[uuid(), uuid()]', scope), [
    '00000000-0000-4000-8000-000000000001',
    '00000000-0000-4000-8000-000000000002',
  ]);
});

test('the same text gives the same error and value again, cached or not', () => {
  for (let round = 0; round < 3; round++) {
    assert.equal(evaluate('event.body.id + 1', roots), 6);
    errorOf(() => evaluate('event.body.nope', roots), 'missing_key');
    errorOf(() => evaluate('event.body.', roots), 'expression_syntax');
  }
  for (let index = 0; index < 5_000; index++) assert.equal(evaluate(`event.body.id + ${index}`, roots), 5 + index);
});

test('what an evaluation costs does not depend on what ran before', () => {
  const text = (pattern: string): string => `range(400).map(x => text.matches("a" + x, "${pattern}")).length`;
  const nearLimit = (pattern: string): string =>
    `range(8000).map(x => x * 2 * 2 * 2).length + range(1950).map(x => x).length + ${text(pattern)}`;
  const first = outcome(nearLimit('^b[0-9]+$'));
  assert.deepEqual([outcome(nearLimit('^b[0-9]+$')), outcome(nearLimit('^b[0-9]+$'))], [first, first]);
});

function outcome(text: string): Json | undefined {
  try {
    return evaluate(text);
  } catch (error) {
    return (error as Error).message;
  }
}
