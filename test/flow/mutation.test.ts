// Example flows and sources with random damage: whatever a slip of the hand makes of a file, the loader answers with problems.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProblem } from '../../src/flow/format.ts';
import { loadText } from './load-support.ts';

const folder = join(import.meta.dirname, '../../flows');
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
/** The examples use few fields of sources; these use all. */
const sources = ['source-fields', 'impossible-combination', 'retired', 'secret-settings', 'sender-gives-up'];
const texts = [
  ...examples.map((name) => readFileSync(join(folder, name), 'utf8')),
  ...sources.map((name) => readFileSync(join(import.meta.dirname, 'broken', `${name}.yaml`), 'utf8')),
];

const damage = fc.record({
  file: fc.nat(texts.length - 1),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(12),
  inserted: fc.constantFrom(
    '',
    '\n',
    ' ',
    '\t',
    ':',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    '"',
    "'",
    '${{',
    '}}',
    ' #',
    '&a ',
    '*a',
    '!',
    '|',
    '---\n',
    'null',
    '<<: ',
    '\u0000',
    '😀',
  ),
});

test('no damage makes the loader throw, and every problem points into the file', () => {
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      let text = texts[damages[0]!.file]!;
      for (const { at, removed, inserted } of damages) {
        const from = Math.floor(at * text.length);
        text = text.slice(0, from) + inserted + text.slice(from + removed);
      }
      const lines = text.split('\n');
      for (const problem of loadText(text).problems) {
        assert.ok(problem.line >= 1 && problem.line <= lines.length);
        assert.ok(problem.column >= 1 && problem.column <= lines[problem.line - 1]!.length + 1);
        assert.ok(formatProblem(problem).includes('^'));
      }
    }),
    { numRuns: 600 },
  );
});
