// Attacks on the evaluator: every one ends in a clear error, or in plain data, within the budget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { renderTemplate } from '../../workflows/expression/index.ts';
import { errorOf, evaluate, scopeOf } from './scope.ts';

const roots: Record<string, Json> = {
  event: {
    body: {
      items: [{ id: 1 }],
      text: 'abc',
      big: 'x'.repeat(900_000),
      list: Array.from({ length: 50_000 }, (_, i) => i),
    },
  },
};

const machinery = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  'toLocaleString',
  'propertyIsEnumerable',
  'call',
  'apply',
  'bind',
  'caller',
  'callee',
  'arguments',
];

test('no key of any value reaches JavaScript machinery', () => {
  for (const key of machinery) {
    for (const value of [
      '({})',
      '[]',
      '"text"',
      '(5)',
      'true',
      'event',
      'event.body.items',
      '{ a: 1 }',
      '[].map(x => x)',
    ]) {
      const read = value === '{ a: 1 }' ? '({ a: 1 })' : value;
      errorOf(() => evaluate(`${read}.${key}`, roots), 'missing_key');
      errorOf(() => evaluate(`${read}["${key}"]`, roots), 'missing_key');
      errorOf(() => evaluate(`${read}["${key.slice(0, 3)}" + "${key.slice(3)}"]`, roots), 'missing_key');
      assert.equal(evaluate(`${read}?.${key}`, roots), undefined);
      assert.equal(evaluate(`${read}.${key} ?? "absent"`, roots), 'absent');
      errorOf(() => evaluate(`${read}.${key}()`, roots), 'unknown_method');
      errorOf(() => evaluate(`${read}.${key}.constructor("return this")()`, roots), 'expression_unsupported');
      errorOf(() => evaluate(`${read}.${key}.${key}`, roots), 'missing_key');
    }
    assert.equal(evaluate(`"${key}" in ({})`), false);
    errorOf(() => evaluate(key), key === 'arguments' ? 'unknown_root' : 'unknown_root');
    errorOf(() => evaluate(`${key}()`), 'unknown_function');
    errorOf(() => evaluate(`Math.${key}`), 'unknown_function');
    errorOf(() => evaluate(`json.${key}("1")`), 'unknown_function');
  }
});

test('machinery that stands in the data is data', () => {
  const data = JSON.parse(
    '{"constructor": "builder", "__proto__": {"admin": true}, "toString": 1, "hasOwnProperty": [2]}',
  ) as Json;
  assert.equal(evaluate('event.constructor', { event: data }), 'builder');
  assert.deepEqual(evaluate('event.__proto__', { event: data }), { admin: true });
  assert.equal(evaluate('event.toString + event.hasOwnProperty[0]', { event: data }), 3);
  errorOf(() => evaluate('event.admin', { event: data }), 'missing_key');
  errorOf(() => evaluate('event.toString()', { event: data }), 'unknown_method');
});

test('objects that are made keep __proto__ as plain data', () => {
  const doors = [
    `json.parse('{"__proto__": {"admin": true}}')`,
    `fromEntries([["__proto__", { admin: true }]])`,
    `({ ["__proto__"]: { admin: true } })`,
    `({ ...json.parse('{"__proto__": {"admin": true}}') })`,
    `merge({}, json.parse('{"__proto__": {"admin": true}}'))`,
    `pick(json.parse('{"__proto__": {"admin": true}}'), "__proto__")`,
    `omit(json.parse('{"__proto__": {"admin": true}, "b": 1}'), "b")`,
    `[{ id: "__proto__" }].map(x => ({ [x.id]: { admin: true } }))[0]`,
  ];
  for (const door of doors) {
    const made = evaluate(door) as object;
    assert.deepEqual(Object.keys(made), ['__proto__'], door);
    assert.equal(Object.getPrototypeOf(made), Object.prototype, door);
    assert.equal((made as { admin?: boolean }).admin, undefined, door);
    errorOf(() => evaluate(`${door}.admin`), 'missing_key');
  }
  assert.deepEqual(Object.keys(evaluate('groupBy(["__proto__", "a"], x => x)') as object), ['__proto__', 'a']);
  errorOf(() => evaluate('({ __proto__: { admin: true } })'), 'expression_unsupported');
  errorOf(() => evaluate('({ "__proto__": { admin: true } })'), 'expression_unsupported');
  assert.equal(({} as { admin?: boolean }).admin, undefined);
});

test('a template keeps __proto__ as plain data too', () => {
  const rendered = renderTemplate(JSON.parse('{"__proto__": {"admin": "${{ true }}"}}') as Json, scopeOf());
  assert.equal(Object.getPrototypeOf(rendered), Object.prototype);
  assert.equal((rendered as { admin?: boolean }).admin, undefined);
});

test('getters, methods, symbols, toJSON, then and valueOf in data are never run', () => {
  errorOf(() => evaluate('({ get a() { return 1 } })'), 'expression_unsupported');
  errorOf(() => evaluate('({ set a(x) {} })'), 'expression_unsupported');
  errorOf(() => evaluate('({ a() { return 1 } })'), 'expression_unsupported');
  errorOf(() => evaluate('({ toJSON: () => 1 })'), 'expression_unsupported');
  errorOf(() => evaluate('[][Symbol.iterator]'), 'unknown_root');
  errorOf(() => evaluate('({})[({})]'), 'type_mismatch');
  errorOf(() => evaluate('({})[["a"]]'), 'type_mismatch');
  errorOf(() => evaluate('({ [["a"]]: 1 })'), 'type_mismatch');
  assert.equal(
    evaluate('json.stringify({ toJSON: 1, then: 2, valueOf: 3, length: 4 })'),
    '{"toJSON":1,"then":2,"valueOf":3,"length":4}',
  );
});

const refusedSources: [string, string][] = [
  ['globalThis', 'unknown_root'],
  ['process.env', 'unknown_root'],
  ['Function("return 1")()', 'expression_unsupported'],
  ['eval("1")', 'unknown_function'],
  ['require("fs")', 'unknown_function'],
  ['import("fs")', 'expression_unsupported'],
  ['import.meta', 'expression_unsupported'],
  ['new Function("1")', 'expression_unsupported'],
  ['this', 'expression_unsupported'],
  ['event.body.id = 1', 'expression_unsupported'],
  ['event.body.id++', 'expression_unsupported'],
  ['delete event.body', 'expression_unsupported'],
  ['void 0', 'expression_unsupported'],
  ['~1', 'expression_unsupported'],
  ['1 | 2', 'expression_unsupported'],
  ['1 << 2', 'expression_unsupported'],
  ['1, 2', 'expression_unsupported'],
  ['function () {}', 'expression_unsupported'],
  ['(x => x)(1)', 'expression_unsupported'],
  ['[x => x]', 'expression_unsupported'],
  ['[1].map(async x => x)', 'expression_unsupported'],
  ['[1].map(x => { return x })', 'expression_unsupported'],
  ['[1].map(function (x) { return x })', 'expression_unsupported'],
  ['[1].map((x = 1) => x)', 'expression_unsupported'],
  ['[1].map((...x) => x)', 'expression_unsupported'],
  ['[1]["map"](x => x)', 'expression_unsupported'],
  ['[1].map?.(x => x)', 'expression_unsupported'],
  ['html.escape`x`', 'expression_unsupported'],
  ['/a+/.test("a")', 'expression_unsupported'],
  ['class {}', 'expression_unsupported'],
  ['1n', 'expression_unsupported'],
  ['1e999', 'expression_unsupported'],
  ['[1,,2]', 'expression_unsupported'],
  ['a /* comment */', 'expression_syntax'],
  ['1 // comment', 'expression_syntax'],
  ['', 'expression_syntax'],
  ['   ', 'expression_syntax'],
  ['1 1', 'expression_syntax'],
  ['if (true) 1', 'expression_syntax'],
  ['{ "a": }', 'expression_syntax'],
  ['010', 'expression_syntax'],
  ['super.x', 'expression_syntax'],
  ['x.#y', 'expression_syntax'],
];

test('JavaScript outside of the subset is refused, not ignored', () => {
  for (const [text, code] of refusedSources) errorOf(() => evaluate(text, roots), code);
});

test('source text that is too long or too deep is refused before the parser recurses into it', () => {
  const sources = [
    '1 + '.repeat(25_000) + '1',
    `"${'a'.repeat(100_000)}"`,
    '('.repeat(50_000) + '1' + ')'.repeat(50_000),
    '('.repeat(2_000) + '1' + ')'.repeat(2_000),
    '['.repeat(1_000) + ']'.repeat(1_000),
    '{a:'.repeat(500) + '1' + '}'.repeat(500),
    '!'.repeat(9_000) + '1',
    '- '.repeat(3_500) + '1',
    '1 + '.repeat(1_900) + '1',
    '2 ** '.repeat(1_900) + '1',
    'a'.repeat(9_000) + '.b'.repeat(400),
    'event' + '.a'.repeat(1_900),
    '1 ? 2 : '.repeat(900) + '3',
    '`${'.repeat(500) + '1' + '}`'.repeat(500),
    `[1].map(${'x => [1].map('.repeat(80)}y => y${')'.repeat(80)})`,
    'true && '.repeat(600) + 'true',
    '[].map(x=>'.repeat(70) + '1' + ')'.repeat(70),
    'null ?? '.repeat(600) + '1',
  ];
  for (const source of sources) {
    const error = errorOf(() => evaluate(source, roots), 'expression_too_large');
    assert.ok(error.message.length < 300);
    errorOf(() => renderTemplate(`before \${{ ${source} }} after`, scopeOf(roots)), 'expression_too_large');
  }
});

test('the data that is read is never changed', () => {
  const event = { list: [3, 1, 2], object: { b: 1 } };
  const before = JSON.stringify(event);
  for (const text of [
    'event.list.toSorted()',
    'event.list.toReversed()',
    'event.list.concat(4)',
    '({ ...event.object, b: 2 })',
    'merge(event.object, { b: 3 })',
    'sortBy(event.list, x => x)',
    'event.list.map(x => x + 1)',
  ]) {
    evaluate(text, { event });
    assert.equal(JSON.stringify(event), before, text);
  }
  const made = evaluate('[event.object]', { event }) as Json[];
  assert.notEqual(made[0], event.object);
});
