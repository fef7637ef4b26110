// How errors of expressions speak to authors: hints for words from elsewhere, the line and the caret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { explain } from '../../workflows/expression/index.ts';
import { errorOf, evaluate } from './scope.ts';

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

test('names that are not there are errors with a hint', () => {
  const hints: [string, string, RegExp][] = [
    ['evnt.body', 'unknown_root', /did you mean `event`\?/],
    ['events.body', 'unknown_root', /did you mean `event`\?/],
    ['body.id', 'unknown_root', /event\.body/],
    ['item.id', 'unknown_root', /these exist here: event, vars, error/],
    ['secrets.TOKEN', 'secret_not_allowed', /in `with:`/],
    ['now', 'wrong_arguments', /now\(…\)/],
    ['json.prase("1")', 'unknown_function', /did you mean `json\.parse`\?/],
    ['summ([])', 'unknown_function', /did you mean `sum`\?/],
    ['len(event.body.items)', 'unknown_function', /\.length/],
    ['Math.random()', 'unknown_function', /replay/],
    ['event.body.items.contains(1)', 'unknown_method', /\.includes/],
    ['event.body.items.size()', 'unknown_method', /\.length/],
    ['event.body.items.lenght', 'missing_key', /./],
    ['event.body.total.toUppercase()', 'unknown_method', /did you mean `\.toUpperCase\(\)`\?/],
    ['event.body.items.map', 'type_mismatch', /\.map\(…\)/],
    ['event.body.items?.map', 'type_mismatch', /\.map\(…\)/],
    ['event.body.id.toFixed', 'type_mismatch', /\.toFixed\(…\)/],
    ['event.body()', 'unknown_method', /^$/],
    ['a and b', 'expression_syntax', /&&/],
    ['not event.body.paid', 'expression_syntax', /`!`/],
    ['event.body.id = 5', 'expression_unsupported', /===/],
    ['${{ event.body.id }}', 'expression_syntax', /nothing around an expression/],
    ['event.body.id | upper', 'expression_unsupported', /no filters/],
  ];
  for (const [text, code, hint] of hints) {
    const error = errorOf(() => evaluate(text, roots), code);
    assert.match(error.hint ?? '', hint, explain(error));
  }
});

test('errors show the line of a long or broken text with a caret', () => {
  const long = `event.body.id + ${'1 + '.repeat(60)}nope + ${'1 + '.repeat(60)}1`;
  const shown = explain(errorOf(() => evaluate(long, roots), 'unknown_root')).split('\n');
  assert.ok(shown[1]!.length < 110);
  assert.ok(shown[1]!.includes('…'));
  assert.equal(shown[1]!.slice(shown[2]!.indexOf('^'), shown[2]!.lastIndexOf('^') + 1), 'nope');
  const lines = explain(
    errorOf(() => evaluate('event.body.paid &&\n  event.body.nope &&\n  true', roots), 'missing_key'),
  ).split('\n');
  assert.equal(lines[1], '    event.body.nope &&');
  assert.equal(lines[2], '               ^^^^');
});
