// Which files of a folder are flows, and what becomes of those that cannot be read.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { readFlowFiles } from '../../src/flow/files.ts';
import { definitionBytesMax } from '../../src/flow/limits.ts';
import { loadCatalog } from '../../src/flow/load.ts';

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-files-'));
  await mkdir(join(folder, 'b'));
  await mkdir(join(folder, '.git'));
  await Promise.all(
    ['z.yaml', 'a.yml', 'b/c.yaml', 'a.test.yaml', 'notes.md', '.hidden.yaml', '.git/x.yaml'].map((name) =>
      writeFile(join(folder, name), `# ${name}\n`),
    ),
  );
  await symlink(join(folder, 'z.yaml'), join(folder, 'linked.yaml'));
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.yaml'));
  await symlink(folder, join(folder, 'b', 'round'));
  await writeFile(join(folder, 'huge.yaml'), Buffer.alloc(definitionBytesMax + 1, '#'));
  await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x23, 0xe9, 0x0a]));
});

after(() => rm(folder, { recursive: true, force: true }));

test('flows are the YAML files of a folder, but tests and hidden ones, in the order of their paths, each once', async () => {
  const files = await readFlowFiles(folder);
  const names = files.map(({ path }) => relative(folder, path));
  assert.deepEqual(names, ['a.yml', 'b/c.yaml', 'dangling.yaml', 'huge.yaml', 'latin.yaml', 'linked.yaml', 'z.yaml']);
});

test('a file that cannot be read is a problem of that file alone', async () => {
  const files = await readFlowFiles(folder);
  const { problems } = loadCatalog(files, { readSchema: () => ({}) });
  const found = problems.map(({ file, code }) => `${relative(folder, file)} ${code}`);
  assert.deepEqual(found, ['dangling.yaml file_unreadable', 'huge.yaml too_large', 'latin.yaml file_unreadable']);
});

test('one file can be named by itself, and is shown as it was named', async () => {
  const [file] = await readFlowFiles(join(folder, 'b', '..', 'a.yml'));
  assert.deepEqual(file, { path: join(folder, 'a.yml'), text: '# a.yml\n' });
});
