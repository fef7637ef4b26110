// The secret store: where a value comes from, and what a name may not do.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSecretLookup, withDevelopmentSecrets } from '../../src/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-secrets-'));

test('the environment wins over the folder, and the folder serves what the environment lacks', () => {
  writeFileSync(join(folder, 'A'), 'from-file\n');
  writeFileSync(join(folder, 'B'), 'only-file\n');
  const lookup = createSecretLookup({ A: 'from-environment' }, folder);
  assert.equal(lookup('A'), 'from-environment');
  assert.equal(lookup('B'), 'only-file');
  assert.equal(lookup('C'), undefined);
});

test('an empty secret counts as not set', () => {
  writeFileSync(join(folder, 'EMPTY'), '\n');
  assert.equal(createSecretLookup({ D: '' }, folder)('D'), undefined);
  assert.equal(createSecretLookup({}, folder)('EMPTY'), undefined);
});

test('a name that is no name never reaches the file system', () => {
  writeFileSync(join(folder, 'outside'), 'x');
  const lookup = createSecretLookup({}, join(folder, 'inner'));
  for (const name of ['../outside', '/etc/passwd', '..', '', 'a/b', 'a\0b'])
    assert.equal(lookup(name), undefined, name);
});

test('a development secret is made once, kept for the next start and readable by its owner only', () => {
  const file = join(folder, 'development.json');
  const made: string[] = [];
  const first = withDevelopmentSecrets(
    () => undefined,
    file,
    (name) => made.push(name),
  );
  const value = first('TOKEN');
  assert.match(value ?? '', /^whsec_[0-9a-f]{48}$/);
  assert.equal(first('TOKEN'), value);
  assert.deepEqual(made, ['TOKEN']);
  assert.equal(
    withDevelopmentSecrets(
      () => undefined,
      file,
      () => assert.fail('made again'),
    )('TOKEN'),
    value,
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(readFileSync(file, 'utf8').includes('TOKEN'));
});
