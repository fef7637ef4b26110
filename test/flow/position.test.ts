// Problems point at the characters that are wrong, through every way in which YAML writes text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from './load-support.ts';

/** What the caret underlines, for each problem of a flow with these steps. */
function underlined(steps: string): string[] {
  const text = `flow: test\ntriggers: [{ manual: true }]\nsteps:\n${steps}`;
  return loadText(text).problems.map(({ sourceLine, column, length, line }) => {
    assert.equal(sourceLine, text.split('\n')[line - 1]);
    return `${line}: ${sourceLine.slice(column - 1, column - 1 + length)}`;
  });
}

const cases: Record<string, [steps: string, expected: string[]]> = {
  'plain text': ['  - return: ${{ evnt.id }}\n', ['4: evnt']],
  'a bare expression': ['  - if: evnt.id\n    return: 1\n', ['4: evnt']],
  'a bare expression in braces': ['  - if: "${{ evnt.id }}"\n    return: 1\n', ['4: evnt']],
  'double quotes with escapes': ['  - return: "\\t\\u00e9 \\"a\\" \\x41 ${{ evnt.id }}"\n', ['4: evnt']],
  'single quotes': ["  - return: 'it''s ''x'' ${{ evnt.id }}'\n", ['4: evnt']],
  'a literal block': ['  - return: |\n      one\n\n        two ${{ evnt.id }}\n      three\n', ['7: evnt']],
  'a folded block': ['  - return: >-  # folded\n      one\n      two\n\n      ${{ evnt.id }}\n', ['8: evnt']],
  'a block with an indentation indicator': ['  - return: |2-\n        one\n      ${{ evnt.id }}\n', ['6: evnt']],
  'plain text over several lines': ['  - return: one\n      two\n      ${{ evnt.id }}\n', ['6: evnt']],
  'double quotes over several lines': ['  - return: "one\n      two \\\n      three ${{ evnt.id }}"\n', ['6: evnt']],
  'an expression over several lines': [
    '  - return: |-\n      ${{ [\n        event.id,\n        evnt.id,\n      ] }}\n',
    ['7: evnt'],
  ],
  'the second expression of a text': ['  - return: "${{ event.id }} and ${{ evnt.id }}"\n', ['4: evnt']],
  'a flow map': ['  - { return: { a: [1, "${{ evnt.id }}"] } }\n', ['4: evnt']],
  'a value behind an alias': ['  - if: event.id == 1\n    return: &x "${{ evnt.id }}"\n  - return: *x\n', ['5: evnt']],
  'characters outside the BMP before it': ['  - return: "😀😀 ${{ evnt.id }}"\n', ['4: evnt']],
  'a key': ['  - uses: log.write\n    with: { message: a, levl: info }\n', ['5: levl']],
  'a merged key': ['  - <<: { timout: 5m }\n    return: 1\n', ['4: timout']],
  'CRLF line ends': ['  - uses: log.write\r\n    with: { message: a, levl: info }\r\n', ['5: levl']],
};

for (const [name, [steps, expected]] of Object.entries(cases)) {
  test(`the caret is right in ${name}`, () => {
    if (name.startsWith('CRLF')) {
      const { problems } = loadText(`flow: test\r\ntriggers: [{ manual: true }]\r\nsteps:\r\n${steps}`);
      assert.deepEqual(
        problems.map(({ line, column, sourceLine }) => `${line}: ${sourceLine.slice(column - 1, column + 3)}`),
        expected,
      );
      return;
    }
    assert.deepEqual(underlined(steps), expected);
  });
}
