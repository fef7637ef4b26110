// Attacks by growth: texts, arrays, patterns and nesting that would take memory or time without end are refused before.
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

test('texts that would grow huge are refused before they are made', () => {
  const bombs = [
    '"x".repeat(1e9)',
    '"x".repeat(1000).repeat(1000).repeat(1000)',
    '"x".padStart(1e9)',
    '"x".padEnd(1e15, "ab")',
    'event.body.big.replaceAll("x", "yyyyyyyyyyyyyyyyyyyy")',
    'event.body.big.replaceAll("", event.body.big)',
    'event.body.big.split("").join(event.body.big)',
    'event.body.list.join(event.body.big)',
    'range(100).map(x => event.body.big).join("")',
    'range(40).reduce((text, x) => text + text, "x")',
    'range(40).reduce((text, x) => `${text}${text}`, "x")',
    'event.body.big + event.body.big',
    'url.encode("é".repeat(500000))',
    'html.escape("&".repeat(900000))',
    'json.stringify(range(40).reduce((list, x) => [list, list], "x"))',
    'json.stringify({ a: range(30).reduce((list, x) => ({ a: list, b: list }), 1) }, null, 10)',
    'text.replace(event.body.big, "x", "yyyyyyyyyyyyyyyyyyyyyyyy")',
    'text.replace(event.body.big, "", "y")',
    'base64.encode("x".repeat(999999))',
    'sha256.hex(event.body.big) + sha256.hex(event.body.big) + sha256.hex(event.body.big)',
    '(1).toFixed(100).repeat(1e5)',
  ];
  for (const bomb of bombs) errorOf(() => evaluate(bomb, roots), 'budget_exceeded');
});

test('arrays, objects and callbacks that would grow huge are refused', () => {
  const bombs = [
    'range(1e9)',
    'range(0, 1, 1e-300)',
    'range(0, 1e300)',
    '[...event.body.list, ...event.body.list, ...event.body.list]',
    'event.body.list.concat(event.body.list, event.body.list)',
    'event.body.list.map(x => event.body.list)',
    'event.body.list.flatMap(x => [x, x, x, x])',
    'range(1000).flatMap(x => range(1000))',
    'range(100).map(x => event.body.list).flat()',
    'range(40).reduce((list, x) => [...list, ...list], [1])',
    'range(40).reduce((list, x) => list.concat(list), [1])',
    'range(40).reduce((list, x) => [list, list], [1])',
    'range(40).reduce((object, x) => ({ a: object, b: object }), {})',
    'range(40).reduce((list, x) => [list, list], [1]).flat(100)',
    'range(300).reduce((list, x) => [list], [])',
    'event.body.list.map(x => event.body.list.map(y => x * y))',
    'event.body.list.filter(x => event.body.list.includes(x))',
    'event.body.list.map(x => [...event.body.list])',
    'event.body.list.toSorted((a, b) => range(100).length - 50)',
    'Math.max(...event.body.list)',
    'max(...event.body.list)',
    '[].concat(...event.body.list)',
    'fromEntries(range(90000).flatMap(x => [["a" + x, x], ["b" + x, x]]))',
    'event.body.big.split("")',
    'json.parse("[".repeat(100000) + "]".repeat(100000))',
    'json.parse("[" + "[],".repeat(300000) + "1]")',
    '[1].flat(1e9)',
    'event.body.list.map(x => json.stringify(event.body.list))',
    'event.body.list.map(x => uuid()).map(x => uuid()).map(x => uuid())',
    'range(1000).map(x => event.body.big.lastIndexOf("xy"))',
  ];
  for (const bomb of bombs) errorOf(() => evaluate(bomb, roots), 'budget_exceeded');
});

test('searches that are slow in the worst case are counted by their worst case', () => {
  const half = 'event.body.big.slice(1) + "y"';
  for (const method of ['includes', 'indexOf', 'lastIndexOf', 'split']) {
    errorOf(() => evaluate(`event.body.big.${method}(${half})`, roots), 'budget_exceeded');
  }
  errorOf(() => evaluate(`event.body.big.replaceAll(${half}, "")`, roots), 'budget_exceeded');
  assert.equal(evaluate('event.body.big.includes("needle in a large text")', roots), false);
});

test('patterns cannot be slow, huge or outside of RE2', () => {
  const evil = 'a'.repeat(30) + '!';
  assert.equal(evaluate(`text.matches("${evil}", "^(a+)+$")`), false);
  assert.equal(evaluate(`text.matches("${evil}", "^(a|a)*$")`), false);
  assert.equal(evaluate(`text.matches("${evil}", "(.*)*(.*)*(.*)*x")`), false);
  for (const pattern of [
    '((a{100}){100}){100}',
    'a{1000}{1000}',
    '(a{1,999}){999}',
    '((((a{9}){9}){9}){9}){9}',
    '(?:x{500}){500}',
    'a'.repeat(1_001),
  ]) {
    errorOf(() => evaluate(`text.matches("aaa", "${pattern}")`), 'budget_exceeded');
  }
  for (const pattern of ['(?=a)', '(?<=a)b', '(a)\\\\1', '(', '[', 'a{2,1}', '*', '(?P<n', '\\\\p{Nope}']) {
    errorOf(() => evaluate(`text.matches("aaa", "${pattern}")`), 'invalid_value');
  }
  errorOf(() => evaluate('text.matches(event.body.big, "^(x|xx|xxx|xxxx)*[yz]$")', roots), 'budget_exceeded');
  errorOf(() => evaluate('text.extractAll(event.body.big, "x*?[yz]|x")', roots), 'budget_exceeded');
  errorOf(() => evaluate(`text.extractAll("a".repeat(50000), "a.*?[yz]|a")`, roots), 'budget_exceeded');
});

test('values that are nested too deeply are refused where they would be walked', () => {
  let deep: Json = 1;
  for (let level = 0; level < 5_000; level++) deep = [deep];
  assert.equal(evaluate('event', { event: deep }), deep);
  errorOf(() => evaluate('[event]', { event: deep }), 'budget_exceeded');
  errorOf(() => evaluate('json.stringify(event)', { event: deep }), 'budget_exceeded');
  errorOf(() => evaluate('event.flat(1000)', { event: deep }), 'budget_exceeded');
  errorOf(() => renderTemplate('x ${{ event }}', scopeOf({ event: deep })), 'budget_exceeded');
  errorOf(() => renderTemplate(deep, scopeOf()), 'expression_too_large');
});

test('what expressions give cannot grow from one evaluation to the next without end', () => {
  let value: Json = ['x'];
  errorOf(() => {
    for (let round = 0; round < 40; round++) value = evaluate('[vars, vars]', { vars: value }) as Json;
  }, 'budget_exceeded');
});
