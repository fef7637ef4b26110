// docs/errors.md has a place for every code that a person can meet.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadErrorReference, runErrorReference } from '../../src/flow/error-reference.ts';
import { helpOf, problemCodes } from '../../src/flow/problem-codes.ts';
import { ERROR_CODES } from '../../workflows/error-codes.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

test('every load error has an anchor with its meaning and its remedy', () => {
  const headings = [...page.matchAll(/^#### (\S+)$/gm)].map((found) => found[1]);
  assert.deepEqual(headings.sort(), Object.keys(problemCodes).sort());
  for (const { meaning, remedy } of Object.values(problemCodes))
    assert.ok(page.includes(meaning) && page.includes(remedy), meaning);
});

test('the help of a problem leads to its anchor', () => {
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map((found) => found[1]!.toLowerCase().replaceAll(' ', '-'));
  for (const code of Object.keys(problemCodes)) {
    const [file, anchor] = helpOf(code).split('#');
    assert.equal(file, 'docs/errors.md');
    assert.equal(anchors.filter((each) => each === anchor).length, 1, code);
  }
});

test('every run error has an anchor with its meaning', () => {
  for (const [code, meaning] of Object.entries(ERROR_CODES)) {
    assert.ok(page.includes(`<a id="run-${code}"></a>`), code);
    assert.ok(page.includes(meaning), code);
  }
});

test('the page is what the tables say (npm run docs writes it)', () => {
  assert.ok(page.includes(loadErrorReference()));
  assert.ok(page.includes(runErrorReference()));
});
