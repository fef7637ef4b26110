// How a problem looks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../src/flow/catalog.ts';
import { formatProblem } from '../../src/flow/format.ts';

const problem: Problem = {
  code: 'unknown_field',
  severity: 'error',
  file: 'flows/a.yaml',
  line: 3,
  column: 5,
  length: 4,
  message: '`heer` is not known',
  hint: 'Did you mean `here`?',
  sourceLine: '    heer: 1',
};

test('a problem is its place, its line, a caret and a hint', () => {
  assert.equal(
    formatProblem(problem),
    'flows/a.yaml:3:5: error[unknown_field]: `heer` is not known\n      heer: 1\n      ^^^^\n  hint: Did you mean `here`?',
  );
});

test('colours change nothing but colours', () => {
  const colored = formatProblem(problem, true);
  assert.notEqual(colored, formatProblem(problem));
  // oxlint-disable-next-line no-control-regex
  assert.equal(colored.replace(/\u001b\[\d+m/g, ''), formatProblem(problem));
});

test('tabs stay tabs before the caret', () => {
  const [, line, caret] = formatProblem({ ...problem, sourceLine: '\ta\tbcde', column: 4 }).split('\n');
  assert.equal(line, '  \ta\tbcde');
  assert.equal(caret, '  \t \t^^^^');
});

test('a long line is cut around the caret', () => {
  const sourceLine = `${'x'.repeat(500)}here${'y'.repeat(500)}`;
  const [, line = '', caret = ''] = formatProblem({ ...problem, sourceLine, column: 501 }).split('\n');
  assert.ok(line.length < 200);
  assert.equal(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'here');
});

test('control characters of a file do not reach the terminal', () => {
  const text = formatProblem({ ...problem, sourceLine: '    heer: \u001b[2J', message: 'a \u0007 b' });
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f]/);
});
