// Functions and methods: every example of the reference holds, and the edges that examples do not show.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../workflows/definition.ts';
import type { Entry } from '../../workflows/expression/entry.ts';
import { explain } from '../../workflows/expression/index.ts';
import { EXPRESSION_ERROR_CODES } from '../../workflows/expression/error.ts';
import { FUNCTIONS } from '../../workflows/expression/functions/index.ts';
import { METHODS } from '../../workflows/expression/methods/index.ts';
import { expressionErrorReference, expressionReference } from '../../workflows/expression/reference.ts';
import { errorOf, evaluate } from './scope.ts';

function gives(cases: [string, Json | undefined][]): void {
  for (const [text, value] of cases) assert.deepEqual(evaluate(text), value, text);
}

function refuses(cases: [string, string, RegExp?][]): void {
  for (const [text, code, message] of cases) {
    const error = errorOf(() => evaluate(text), code);
    if (message !== undefined) assert.match(explain(error), message);
  }
}

const rows: Entry[] = [...FUNCTIONS.values(), ...Object.values(METHODS).flatMap((table) => [...table.values()])];

test('every example of the reference gives what it says', () => {
  for (const { name, example, returns } of rows) {
    if (name === 'uuid') continue;
    const value = evaluate(example.expression);
    assert.deepEqual(value, example.result, name);
    const type = Array.isArray(value) ? 'array' : typeof value;
    assert.ok(returns === 'any' || returns === type, `${name} gives ${type}`);
  }
});

test('every function, method and error code is in the reference', () => {
  const reference = expressionReference();
  for (const { name } of rows) assert.ok(reference.includes(`${name}(`), name);
  for (const code of Object.keys(EXPRESSION_ERROR_CODES))
    assert.ok(expressionErrorReference().includes(`\`${code}\``), code);
});

test('the methods are JavaScript’s, and no others', () => {
  const named = (type: keyof typeof METHODS): string => [...METHODS[type].keys()].join(' ');
  assert.equal(
    named('string'),
    'at endsWith includes indexOf lastIndexOf padEnd padStart repeat replace replaceAll slice split startsWith toLowerCase toUpperCase trim trimEnd trimStart',
  );
  assert.equal(
    named('array'),
    'at concat every filter find findIndex flat flatMap includes indexOf join map reduce slice some toReversed toSorted',
  );
  assert.equal(named('number'), 'toFixed');
});

test('wrong counts and types of arguments say what is wanted', () => {
  refuses([
    ['"a".slice(1, 2, 3)', 'wrong_arguments', /takes 0 to 2 arguments, this has 3[^]*slice\(start\?, end\?\)/],
    ['"a".padStart()', 'wrong_arguments', /takes 1 to 2/],
    ['now(1)', 'wrong_arguments', /takes 0 arguments/],
    ['keys()', 'wrong_arguments', /takes 1 argument, this has 0/],
    ['"a".padStart("3")', 'type_mismatch', /wants a number as `length`, this is a string[^]*Number\(value\)/],
    ['"a".includes(1)', 'type_mismatch', /wants a string[^]*String\(value\)/],
    ['keys([1])', 'type_mismatch', /wants an object as `object`, this is an array/],
    ['sum(null)', 'type_mismatch', /\?\?/],
    ['groupBy([], 1)', 'wrong_arguments', /arrow function or string/],
  ]);
});

test('text methods replace plain text, and `$` means itself', () => {
  gives([
    ['"a.b.c".replace(".", "$&")', 'a$&b.c'],
    ['"a.b.c".replaceAll(".", "$1")', 'a$1b$1c'],
    ['"abc".replaceAll("", "-")', '-a-b-c-'],
    ['"a😀b".split("")', ['a', '\ud83d', '\ude00', 'b']],
    ['"abc".at(9)', undefined],
    ['"abc".slice(-2)', 'bc'],
    ['"".repeat(1e6)', ''],
    ['"ß".toUpperCase()', 'SS'],
    ['"abc".padEnd(2)', 'abc'],
  ]);
  refuses([['"a".repeat(-1)', 'invalid_value']]);
});

test('array methods are JavaScript’s, and refuse what would become "[object Object]"', () => {
  gives([
    ['[10, 9, 1].toSorted()', [1, 10, 9]],
    ['["b", null, "a"].toSorted()', ['a', 'b', null]],
    ['[3, 1, 2].toSorted((a, b) => b - a)', [3, 2, 1]],
    ['[1, null, undefined, "x"].join()', '1,,,x'],
    ['[].reduce((a, b) => a + b, 0)', 0],
    ['[[1, [2, [3]]]].flat(2)', [1, 2, [3]]],
    ['[1, 2].concat([[3]], 4)', [1, 2, [3], 4]],
    ['[].every(x => false)', true],
    ['[1].find(x => x === 2)', undefined],
  ]);
  refuses([
    ['[{}].join()', 'type_mismatch', /pick a value/],
    ['[[1]].toSorted()', 'type_mismatch'],
    ['[2, 1].toSorted((a, b) => a > b)', 'type_mismatch', /must give a number/],
    ['[].reduce((a, b) => a + b)', 'invalid_value'],
    ['(1).toFixed(101)', 'invalid_value'],
  ]);
});

test('lists are grouped, sorted, chunked and summed by an arrow function or a key', () => {
  gives([
    ['sortBy([{ n: 2, id: 1 }, { n: 1 }, { n: 2, id: 2 }], "n")', [{ n: 1 }, { n: 2, id: 1 }, { n: 2, id: 2 }]],
    ['sortBy(["b", "a"], x => x, "desc")', ['b', 'a']],
    ['groupBy([1, 2, 3], x => x % 2)', { 0: [2], 1: [1, 3] }],
    ['unique([{ id: 1, a: 1 }, { id: 1, a: 2 }], "id")', [{ id: 1, a: 1 }]],
    ['unique(["a", "a", 1, "1"])', ['a', 1, '1']],
    ['sum([])', 0],
    ['min([])', undefined],
    ['max(["2026-01-01", "2026-02-01"])', '2026-02-01'],
    ['range(3)', [0, 1, 2]],
    ['range(3, 0, -1)', [3, 2, 1]],
    ['range(2, 1)', []],
    ['chunk([], 2)', []],
    ['omit({ a: 1, b: 2, c: 3 }, ["a", "b"])', { c: 3 }],
    ['pick({ a: 1 }, "a", "nope")', { a: 1 }],
  ]);
  refuses([
    ['sortBy([1, "a"], x => x)', 'type_mismatch', /all of one kind/],
    ['sortBy([{ n: null }], "n")', 'type_mismatch'],
    ['sortBy([{ n: 1 }], "m")', 'missing_key'],
    ['sortBy([], "m", "up")', 'invalid_value'],
    ['sum(["1"])', 'type_mismatch', /Number\(/],
    ['unique([{}])', 'type_mismatch', /x => x\.id/],
    ['groupBy([null], x => x)', 'type_mismatch'],
    ['chunk([1], 0)', 'invalid_value'],
    ['range(1, 2, 0)', 'invalid_value'],
    ['fromEntries([1])', 'type_mismatch'],
  ]);
});

test('conversions are strict', () => {
  gives([
    ['Number(" 1.5e3 ")', 1500],
    ['Number(true)', 1],
    ['String(null)', 'null'],
    ['String(1e21)', '1e+21'],
    ['Boolean([])', true],
    ['json.stringify({ a: undefined, b: "é\\n" })', '{"b":"é\\n"}'],
    ['json.stringify([1], null, 2)', '[\n  1\n]'],
    ['json.parse("null")', null],
  ]);
  refuses([
    ['Number("")', 'invalid_value'],
    ['Number("1,5")', 'invalid_value'],
    ['Number(null)', 'invalid_value', /\?\? 0/],
    ['Number("0x10")', 'invalid_value'],
    ['Number("Infinity")', 'invalid_value'],
    ['String({})', 'type_mismatch', /json\.stringify/],
    ['json.parse("{a: 1}")', 'invalid_value'],
    ['json.stringify(undefined)', 'type_mismatch'],
  ]);
});

test('encodings agree with Node', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (text) => {
      const bytes = Buffer.from(text, 'utf8');
      assert.equal(evaluate('base64.encode(t)', { t: text }), bytes.toString('base64'));
      assert.equal(evaluate('sha256.hex(t)', { t: text }), createHash('sha256').update(bytes).digest('hex'));
      assert.equal(evaluate('base64.decode(t)', { t: bytes.toString('base64') }), bytes.toString('utf8'));
      assert.equal(evaluate('base64.decode(t)', { t: bytes.toString('base64url') }), bytes.toString('utf8'));
      if (!/[\ud800-\udfff]/u.test(text)) {
        assert.equal(evaluate('url.encode(t)', { t: text }), encodeURIComponent(text));
        assert.equal(evaluate('url.decode(url.encode(t))', { t: text }), text);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
  for (const length of [55, 56, 63, 64, 65, 119, 120, 1_000]) {
    const text = 'a'.repeat(length);
    assert.equal(evaluate('sha256.hex(t)', { t: text }), createHash('sha256').update(text).digest('hex'));
  }
  refuses([
    ['base64.decode("a")', 'invalid_value'],
    ['base64.decode("a b*")', 'invalid_value'],
    ['base64.decode("gA==")', 'invalid_value', /no UTF-8/],
    ['base64.decode("4pg=")', 'invalid_value', /no UTF-8/],
    ['base64.decode("wIA=")', 'invalid_value', /no UTF-8/],
    ['base64.decode("7aCA")', 'invalid_value', /no UTF-8/],
    ['url.encode("\\ud800")', 'invalid_value'],
    ['url.decode("%zz")', 'invalid_value'],
    ['url.query({ a: { b: 1 } })', 'type_mismatch'],
  ]);
});

test('texts are safe inside HTML, Slack and URLs', () => {
  gives([
    [
      'html.escape("<a href=\\"x\\" title=\'y\'>&</a>")',
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
    ],
    ['slack.escape("<@U1> & <!channel>")', '&lt;@U1&gt; &amp; &lt;!channel&gt;'],
    ['url.query({ "a b": "c&d", e: [1, true], f: null })', 'a%20b=c%26d&e=1&e=true'],
    ['url.query({})', ''],
  ]);
});

test('patterns are RE2 and match anywhere', () => {
  gives([
    ['text.matches("hello world", "o w")', true],
    ['text.matches("hello", "^ell")', false],
    ['text.matches("HELLO", "(?i)hello")', true],
    ['text.extract("a=1;b=2", "b=(\\\\d)")', '2'],
    ['text.extract("2026-01-31", "(\\\\d+)-(\\\\d+)")', ['2026', '01']],
    ['text.extract("ac", "a(b)?c")', null],
    ['text.extract("x", "y")', undefined],
    [
      'text.extractAll("a1b2", "([a-z])([0-9])")',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['text.extractAll("abc", "")', ['', '', '', '']],
    ['text.extractAll("a😀b", ".")', ['a', '😀', 'b']],
    ['text.replace("John Smith", "(?P<first>\\\\w+) (\\\\w+)", "$2, $<first>")', 'Smith, John'],
    ['text.replace("5", "5", "$$5 $&")', '$5 5'],
    ['text.replace("abc", "x*", "-")', '-a-b-c-'],
    ['text.replace("aaa", "a", "")', ''],
  ]);
  refuses([
    ['text.matches("a", "(?=a)")', 'invalid_value', /looking ahead/],
    ['text.matches("a", "(a)\\\\1")', 'invalid_value', /references to groups/],
    ['text.replace("a", "a", "$1")', 'invalid_value', /no group/],
    ['text.replace("a", "a", "$<x>")', 'invalid_value', /no group/],
  ]);
});
