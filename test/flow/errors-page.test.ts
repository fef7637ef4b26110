// docs/errors.md has a place for every code that a person can meet.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { refusalReference } from '../../src/docs/refusal-reference.ts';
import { loadErrorReference, runErrorReference } from '../../src/flow/error-reference.ts';
import { helpOf, problemCodes } from '../../src/flow/problem-codes.ts';
import { refusalReasons } from '../../src/server/reasons.ts';
import { ERROR_CODES } from '../../workflows/error-codes.ts';
import { EXPRESSION_ERROR_CODES } from '../../workflows/expression/error.ts';

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

test('every run error has an anchor with its meaning, those of expressions too', () => {
  for (const [code, meaning] of Object.entries({ ...ERROR_CODES, ...EXPRESSION_ERROR_CODES })) {
    assert.ok(page.includes(`<a id="run-${code}"></a>`), code);
    assert.ok(page.toLowerCase().includes(meaning.toLowerCase()), code);
  }
});

/** Every file of a folder. */
function textsBelow(folder: string): { name: string; text: string }[] {
  const root = new URL(`../../${folder}/`, import.meta.url);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => ({ name: `${folder}/${name}`, text: readFileSync(new URL(name, root), 'utf8') }));
}

test('every code that runs, connectors and tests of flows give is one of the lists', () => {
  const codes = Object.keys({ ...ERROR_CODES, ...EXPRESSION_ERROR_CODES });
  const given = /(?:[{,]\s*code: |\bConnectorError\(\s*|\bstepFailure\(\s*)'([a-z_]+)'/g;
  const found = ['workflows', 'activities', 'src/testing']
    .flatMap(textsBelow)
    .flatMap(({ name, text }) => [...text.matchAll(given)].map(([, code]) => ({ name, code: code! })));
  assert.ok(found.length > 30, String(found.length));
  assert.deepEqual(
    found.filter(({ code }) => !codes.includes(code)),
    [],
  );
});

test('every problem that a flow file or a test file gives has a code of the list', () => {
  const codes = Object.keys(problemCodes);
  const added = /(?:report|refuse|wrong|add(?:Hidden)?)\(\s*'([a-z]+_[a-z_]+)'/g;
  const found = ['src/flow', 'src/testing']
    .flatMap(textsBelow)
    .flatMap(({ name, text }) => [...text.matchAll(added)].map(([, code]) => ({ name, code: code! })));
  assert.ok(found.length > 80, String(found.length));
  assert.ok(found.some(({ name }) => name === 'src/testing/check-test.ts'));
  assert.deepEqual(
    found.filter(({ code }) => !codes.includes(code)),
    [],
  );
});

test('every reason to refuse a request has an anchor, with what to do', () => {
  for (const [reason, { sentence }] of refusalReasons()) {
    assert.ok(page.includes(`<a id="refused-${reason}"></a>`), reason);
    assert.ok(page.includes(sentence), reason);
  }
});

test('the page is what the tables say (npm run docs writes it)', () => {
  assert.ok(page.includes(loadErrorReference()));
  assert.ok(page.includes(runErrorReference()));
  assert.ok(page.includes(refusalReference()));
});
