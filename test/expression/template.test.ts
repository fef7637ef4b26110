// Templates: where expressions begin and end, what becomes of their values, and secrets as slots.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { parseTemplateText, renderTemplate, renderWithSecrets } from '../../workflows/expression/index.ts';
import { errorOf, scopeOf } from './scope.ts';

const scope = scopeOf({
  event: { body: { id: 5, name: 'Ada', nil: null, items: [1, { a: '}}' }], template: '${{ secrets.TOKEN }}' } },
  vars: {},
});
const render = (value: Json): Json => renderTemplate(value, scope);

test('one whole expression keeps its type', () => {
  assert.equal(render('${{ event.body.id }}'), 5);
  assert.equal(render('${{event.body.id}}'), 5);
  assert.deepEqual(render('${{ event.body.items }}'), [1, { a: '}}' }]);
  assert.equal(render('${{ event.body.nil }}'), null);
  assert.equal(render('${{\n  event.body.id +\n  1\n}}\n'), 6);
  assert.equal(render(' ${{ event.body.id }}'), ' 5');
  assert.equal(render('${{ event.body.id }}${{ event.body.id }}'), '55');
});

test('mixed text becomes a string', () => {
  assert.equal(render('Hello ${{ event.body.name }}, ${{ event.body.id > 1 }}!'), 'Hello Ada, true!');
  assert.equal(render('[${{ event.body.nil }}|${{ event.body?.nope }}]'), '[|]');
  assert.equal(render('items: ${{ event.body.items }}'), 'items: [1,{"a":"}}"}]');
});

test('a whole value that is undefined leaves its key out, and is null in an array', () => {
  assert.deepEqual(render({ a: '${{ event.body?.nope }}', b: ['${{ event.body?.nope }}', 1], c: '${{ null }}' }), {
    b: [null, 1],
    c: null,
  });
  assert.equal(render('${{ undefined }}'), null);
});

test('the end of an expression is where JavaScript ends it', () => {
  assert.deepEqual(render('${{ { a: { b: 1 } } }}'), { a: { b: 1 } });
  assert.deepEqual(render('${{ {a: {b: 1}}}}'), { a: { b: 1 } });
  assert.equal(render('${{ "}}" }} and ${{ \'${{\' }}'), '}} and ${{');
  assert.equal(render('${{ `a${ "}}" }b` }}'), 'a}}b');
  assert.equal(render('${{ (event.body.items.map(x => ({ x })).length) }}}}'), '2}}');
  assert.equal(render('${{ event.body.items[1].a }}}'), '}}}');
});

test('`$${{` is a literal, and results are never scanned again', () => {
  assert.equal(render('$${{ event.body.id }}'), '${{ event.body.id }}');
  assert.equal(render('$$${{ x }}'), '$${{ x }}');
  assert.equal(render('a $${{ b }} ${{ event.body.id }}'), 'a ${{ b }} 5');
  assert.equal(render('${{ event.body.template }}'), '${{ secrets.TOKEN }}');
  assert.equal(render('x ${{ event.body.template }}'), 'x ${{ secrets.TOKEN }}');
  assert.equal(render('{{ not.ours }} ${ nor.this } }} $'), '{{ not.ours }} ${ nor.this } }} $');
});

test('everything that is not text is left as it is; keys are never templates', () => {
  const value = { n: 1, b: false, z: null, deep: [{ '${{ key }}': '${{ event.body.id }}' }], empty: {}, text: '' };
  assert.deepEqual(render(value), { ...value, deep: [{ '${{ key }}': 5 }] });
});

test('parts and offsets of a text', () => {
  assert.deepEqual(parseTemplateText('a ${{  event.id }} b'), {
    parts: ['a ', { expression: 'event.id', offset: 7 }, ' b'],
    whole: false,
  });
  assert.deepEqual(parseTemplateText('${{ (1) }}'), { parts: [{ expression: '(1)', offset: 4 }], whole: true });
  assert.deepEqual(parseTemplateText('plain'), { parts: ['plain'], whole: false });
  assert.deepEqual(parseTemplateText(''), { parts: [], whole: false });
});

test('what is not closed, empty or followed by more is an error at its place', () => {
  const cases: [string, number, RegExp][] = [
    ['Hi ${{ event.id', 3, /not closed/],
    ['Hi ${{ event.id }', 3, /not closed/],
    ['Hi ${{', 3, /not closed/],
    ['Hi ${{ }}', 3, /empty/],
    ['Hi ${{ event.id event.x }}', 16, /Unexpected text/],
    ['Hi ${{ event. }}', 14, /Unexpected token/],
    ['Hi ${{ "open }}', 7, /Unterminated/],
    ['Hi ${{ a /* }} */ }}', 9, /Comments/],
  ];
  for (const [text, offset, message] of cases) {
    const error = errorOf(() => parseTemplateText(text), 'expression_syntax');
    assert.equal(error.offset, offset, text);
    assert.equal(error.text, text);
    assert.match(error.message, message);
  }
  errorOf(() => parseTemplateText('${{ 1 }}'.repeat(1_001)), 'expression_too_large');
  errorOf(() => render('${{ "x".repeat(600000) }}-${{ "x".repeat(600000) }}'), 'budget_exceeded');
});

test('secrets become slots with a JSON pointer, and null in their place', () => {
  const rendered = renderWithSecrets(
    {
      token: '${{ secrets.TOKEN }}',
      'a/b~c': { list: [1, 'Bearer ${{ secrets.A_B }}'] },
      text: 'id=${{ event.body.id }}&key=${{secrets.KEY}}${{ secrets.KEY }}&n=${{ event.body.nil }}',
      plain: '${{ event.body.id }}',
      literal: '$${{ secrets.TOKEN }}',
    },
    scope,
  );
  assert.deepEqual(rendered.value, {
    token: null,
    'a/b~c': { list: [1, null] },
    text: null,
    plain: 5,
    literal: '${{ secrets.TOKEN }}',
  });
  assert.deepEqual(rendered.secrets, [
    { pointer: '/token', parts: [{ secret: 'TOKEN' }] },
    { pointer: '/a~1b~0c/list/1', parts: ['Bearer ', { secret: 'A_B' }] },
    { pointer: '/text', parts: ['id=5&key=', { secret: 'KEY' }, { secret: 'KEY' }, '&n='] },
  ]);
  assert.deepEqual(renderWithSecrets('${{ secrets.TOKEN }}', scope), {
    value: null,
    secrets: [{ pointer: '', parts: [{ secret: 'TOKEN' }] }],
  });
});

test('data that looks like a secret’s marker resolves nothing', () => {
  const rendered = renderWithSecrets({ a: '${{ event.body.template }}', b: ['${{ { secret: "TOKEN" } }}'] }, scope);
  assert.deepEqual(rendered, { value: { a: '${{ secrets.TOKEN }}', b: [{ secret: 'TOKEN' }] }, secrets: [] });
});

test('a secret anywhere else is an error', () => {
  const uses = ['${{ secrets.TOKEN }}', 'Bearer ${{ secrets.TOKEN }}', '${{ secrets }}', '${{ secrets.TOKEN + "x" }}'];
  for (const use of uses) errorOf(() => render({ a: use }), 'secret_not_allowed');
  const inside = [
    '${{ secrets.TOKEN + "x" }}',
    '${{ "x" + secrets.TOKEN }}',
    '${{ base64.encode(secrets.TOKEN) }}',
    '${{ secrets["TOKEN"] }}',
    '${{ secrets?.TOKEN }}',
    '${{ secrets }}',
    '${{ secrets.TOKEN.length }}',
    '${{ [secrets.TOKEN] }}',
    '${{ event.body.nil ?? secrets.TOKEN }}',
    '${{ `${secrets.TOKEN}` }}',
  ];
  for (const use of inside) errorOf(() => renderWithSecrets({ a: use }, scope), 'secret_not_allowed');
});
