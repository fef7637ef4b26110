// Every kind of mistake, as its author sees it. UPDATE_SNAPSHOTS=1 writes the expected texts anew.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatProblem } from '../../src/flow/format.ts';
import { loadCatalog } from '../../src/flow/load.ts';
import { problemCodes } from '../../src/flow/problem-codes.ts';

const folder = join(import.meta.dirname, 'broken');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** Codes that come from the file system or from sizes that are not kept as files; files.test.ts and load.test.ts make them. */
const elsewhere = ['file_unreadable', 'too_large', 'too_many_documents'];

function load(name: string) {
  return loadCatalog([{ path: `flows/${name}`, text: readFileSync(join(folder, name), 'utf8') }], {
    hasSecret: (secret) => !secret.startsWith('UNSET_'),
    hasTrustedProxies: false,
    isWhole: name.startsWith('unused-'),
    readSchema(path) {
      if (path === './not-json.json') return JSON.parse('{ no');
      throw Object.assign(new Error(`ENOENT: no such file, open ${path}`), { code: 'ENOENT' });
    },
  });
}

for (const name of files) {
  test(`${name} is explained`, () => {
    const { problems } = load(name);
    const text = problems.map((problem) => formatProblem(problem)).join('\n\n') + '\n';
    const expected = join(folder, name.replace(/\.yaml$/, '.txt'));
    if (process.env['UPDATE_SNAPSHOTS'] === '1') writeFileSync(expected, text);
    assert.ok(existsSync(expected), `${expected} is missing: run with UPDATE_SNAPSHOTS=1 and read it`);
    assert.equal(text, readFileSync(expected, 'utf8'));
  });
}

test('there are at least 100 broken files, and none that only another repeats', () => {
  assert.ok(files.length >= 100, String(files.length));
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  assert.equal(new Set(texts).size, texts.length);
});

test('every problem code has a broken file', () => {
  const seen = new Set(files.flatMap((name) => load(name).problems.map((problem) => problem.code)));
  const missing = Object.keys(problemCodes).filter((code) => !seen.has(code) && !elsewhere.includes(code));
  assert.deepEqual(missing, []);
});

test('a broken file loads no flow of that name and every problem points into the file', () => {
  for (const name of files) {
    const { problems } = load(name);
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    assert.ok(problems.length > 0, `${name} has no problem`);
    for (const problem of problems) {
      assert.ok(problem.line >= 1 && problem.line <= lines.length, `${name}: line ${problem.line}`);
      assert.ok(
        problem.column <= (lines[problem.line - 1] ?? '').length + 1,
        `${name}:${problem.line}: column ${problem.column}`,
      );
    }
  }
});
