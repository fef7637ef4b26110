// The static check: what an expression refers to, and what is wrong with it, without any value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closestWord, inspectExpression } from '../../workflows/expression/index.ts';
import { GENERATED_ROOTS } from './generated-data.ts';
import { createGenerator, createRandom } from './generated-expressions.ts';
import { evaluate } from './scope.ts';

const roots = ['event', 'steps', 'vars', 'config', 'run'];
const inspect = (text: string, secrets = false) => inspectExpression(text, { roots, secrets });

/** References as text: `steps.a.output` with a `?` when optional. */
function referencesOf(text: string): string[] {
  return inspect(text).references.map((found) => {
    assert.ok(text.slice(found.offset, found.offset + found.length).startsWith(found.root), 'offset and length');
    return [found.root, ...found.path].join('.') + (found.optional ? '?' : '');
  });
}

test('references are found with their paths, as far as these are written out', () => {
  const cases: [string, string[]][] = [
    ['event.body.items[0]["sku"]', ['event.body.items.0.sku']],
    ['steps.stock.output.body.id + vars.x', ['steps.stock.output.body.id', 'vars.x']],
    ['event.body[vars.key].x', ['vars.key', 'event.body']],
    ['event.body.items.length > 0', ['event.body.items']],
    ['event.body.items.map(x => x.id + vars.n)', ['event.body.items', 'vars.n']],
    ['event.body.items.filter(event => event.ok)', ['event.body.items']],
    ['event?.body.x', ['event.body.x?']],
    ['event.body.x ?? vars.y', ['event.body.x?', 'vars.y']],
    ['(event.body.x ?? vars.y) ?? 1', ['event.body.x?', 'vars.y?']],
    ['event.body.list.join(",") ?? ""', ['event.body.list?']],
    ['typeof event.body.x', ['event.body.x?']],
    ['`${event.id}: ${{ a: [run.id] }.a}`', ['event.id', 'run.id']],
    ['keys(event.body).includes(vars.x)', ['event.body', 'vars.x']],
    ['{ ...vars, [event.type]: run.flow }', ['vars', 'event.type', 'run.flow']],
    ['entries(vars).map(([k, { v: w }]) => k + w)', ['vars']],
    ['event', ['event']],
    ['undefined ?? Math.PI * Math.abs(-1)', []],
    ['[1, "2"].map(Number)', []],
  ];
  for (const [text, expected] of cases) {
    const found = inspect(text);
    assert.deepEqual(
      found.problems.map((problem) => problem.message),
      [],
      text,
    );
    assert.deepEqual(referencesOf(text), expected, text);
  }
});

test('settings must be named, and are listed once', () => {
  assert.deepEqual(inspect('config.A + config.B + config["A"]').configNames, ['A', 'B']);
  for (const text of ['config', 'config[event.x]', 'keys(config)']) {
    assert.equal(inspect(text).problems[0]?.code, 'unknown_root', text);
  }
});

test('secrets stand alone, and only where they may', () => {
  assert.deepEqual(inspect('secrets.TOKEN', true), {
    references: [],
    problems: [],
    configNames: [],
    secretNames: ['TOKEN'],
  });
  assert.equal(inspect('secrets.TOKEN').problems[0]?.code, 'secret_not_allowed');
  for (const text of [
    'secrets.TOKEN + "x"',
    'base64.encode(secrets.TOKEN)',
    'secrets["TOKEN"]',
    'secrets?.TOKEN',
    'secrets',
    'secrets.A.b',
    '[secrets.A]',
    'event.map(x => secrets.A)',
  ]) {
    assert.deepEqual(
      inspect(text, true).problems.map((problem) => problem.code),
      ['secret_not_allowed'],
      text,
    );
  }
});

test('problems have a code, the place, and a hint in the author’s words', () => {
  const cases: [string, string, string, RegExp][] = [
    ['evnt.body', 'unknown_root', 'evnt', /did you mean `event`/],
    ['item.id', 'unknown_root', 'item', /these exist here/],
    ['[1].map(x => y)', 'unknown_root', 'y', /./],
    ['payload.id', 'unknown_root', 'payload', /event\.body/],
    ['event.body.name.contains("x")', 'unknown_method', 'contains', /\.includes/],
    ['event.body.items.size()', 'unknown_method', 'size', /\.length/],
    ['event.body.items.length()', 'unknown_method', 'length', /without parentheses/],
    ['event.body.name.matches("x")', 'unknown_method', 'matches', /text\.matches/],
    ['event.body.items.sort()', 'unknown_method', 'sort', /toSorted/],
    ['event.body.name.toUpperCas()', 'unknown_method', 'toUpperCas', /toUpperCase/],
    ['len(event.body)', 'unknown_function', 'len', /\.length/],
    ['JSON.stringify(event)', 'unknown_function', 'JSON.stringify', /json\.stringify/],
    ['Date.now()', 'unknown_function', 'Date.now', /now\(\)/],
    ['Math.random()', 'unknown_function', 'Math.random', /replay/],
    ['time.formt(event.time, "yyyy")', 'unknown_function', 'time.formt', /time\.format/],
    ['sum', 'wrong_arguments', 'sum', /sum\(…\)/],
    ['json.parse', 'wrong_arguments', 'json.parse', /json\.parse\(…\)/],
    ['now(1)', 'wrong_arguments', 'now(1)', /now\(\)/],
    ['text.matches(event.id)', 'wrong_arguments', 'text.matches(event.id)', /text\.matches\(text, pattern\)/],
    ['event.body.name.padStart()', 'wrong_arguments', 'event.body.name.padStart()', /padStart\(length, fill\?\)/],
    ['event.body.items.map(event.fn)', 'wrong_arguments', 'event.fn', /arrow function/],
    ['event.body.name.split(x => x)', 'wrong_arguments', 'x => x', /split/],
    ['event(1)', 'type_mismatch', 'event', /^$/],
    ['event.body?.x == null', 'type_mismatch', 'event.body?.x == null', /\?\? null/],
    ['event.body.items == []', 'type_mismatch', 'event.body.items == []', /\.length === 0/],
    ['event.body !== {}', 'type_mismatch', 'event.body !== {}', /keys\(value\)/],
    ['"abc".size', 'missing_key', 'size', /\.length/],
    ['[1].map', 'type_mismatch', 'map', /\.map\(…\)/],
    ['event.paid and event.ok', 'expression_syntax', 'and', /&&/],
    ['event.paid or event.ok', 'expression_syntax', 'or', /\|\|/],
    ['not event.paid', 'expression_syntax', 'event', /`!`/],
    ['event.total = 5', 'expression_unsupported', 'event.total = 5', /===/],
    ['/a/.test(event.id)', 'expression_unsupported', '/a/', /text\.matches/],
    ['new Date()', 'expression_unsupported', 'new Date()', /now\(\)/],
    ['event.name | upper', 'expression_unsupported', 'event.name | upper', /no filters/],
    ['{{ event.id }}', 'expression_syntax', '{', /nothing around an expression/],
    ['event.id ? 1', 'expression_syntax', '', /^$/],
  ];
  for (const [text, code, place, hint] of cases) {
    const { problems } = inspect(text);
    const [problem] = problems;
    assert.equal(problem?.code, code, `${text}: ${problem?.message}`);
    assert.match(problem!.hint ?? '', hint, text);
    const shown = text.slice(problem!.offset, problem!.offset + problem!.length);
    assert.ok(place === '' || shown.startsWith(place[0]!), `${text}: ${shown}`);
    if (code !== 'expression_syntax') assert.equal(shown, place, text);
  }
});

test('all problems are reported, not only the first', () => {
  const { problems } = inspect('evnt.id + vars.name.contains(nope) + len(stepz.a)');
  assert.deepEqual(
    problems.map((problem) => problem.code),
    ['unknown_root', 'unknown_method', 'unknown_root', 'unknown_function', 'unknown_root'],
  );
});

test('what evaluates has no problems, but comparisons with a literal and calls of a hidden function', () => {
  const names = Object.keys(GENERATED_ROOTS);
  const generate = createGenerator(createRandom(11));
  let checked = 0;
  for (let round = 0; round < 5_000; round++) {
    const { ours } = generate();
    try {
      evaluate(ours, GENERATED_ROOTS);
    } catch {
      continue;
    }
    checked++;
    for (const { message } of inspectExpression(ours, { roots: names }).problems) {
      assert.match(message, /cannot be compared with each other|`sum` is a value/, ours);
    }
  }
  assert.ok(checked > 2_000);
});

test('the nearest word is near, or none', () => {
  const words = ['event', 'steps', 'vars', 'constructor'];
  assert.equal(closestWord('evnet', words), 'event');
  assert.equal(closestWord('Event', words), 'event');
  assert.equal(closestWord('stps', words), 'steps');
  assert.equal(closestWord('banana', words), undefined);
  assert.equal(closestWord('event', words), undefined);
  assert.equal(closestWord('', words), undefined);
  assert.equal(closestWord('x'.repeat(10_000), words), undefined);
});
