// The workflow bundle: made once for what the workflows are now, taken from the cache until they change.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, utimes, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildScript, bundleStamp, cachedBundle, stampLine } from '../../src/temporal/bundle-files.ts';
import { loadWorkflowBundle } from '../../src/temporal/bundle.ts';

const run = promisify(execFile);
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-bundle-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('the bundle is a script with the real workflow, and is read from the cache the second time', async () => {
  const { code } = await loadWorkflowBundle();
  assert.ok(code.startsWith(stampLine(bundleStamp())));
  new Script(code);
  assert.ok(code.includes('runFlow'));
  const file = cachedBundle(bundleStamp());
  if (await exists(file)) await utimes(file, 1, 1);
  assert.ok((await loadWorkflowBundle()).code === code);
  if (await exists(file)) assert.equal((await stat(file)).mtimeMs, 1000, 'nothing was built again');
});

test('the same workflows give the same bytes, without their sources', async () => {
  const { code } = await loadWorkflowBundle();
  const file = join(folder, 'bundle.js');
  await run(process.execPath, ['--import', 'tsx', buildScript, file]);
  assert.ok((await readFile(file, 'utf8')) === code);
  const at = code.lastIndexOf('base64,') + 'base64,'.length;
  const map = JSON.parse(Buffer.from(code.slice(at), 'base64').toString()) as Record<string, unknown>;
  assert.ok(Array.isArray(map['sources']));
  assert.equal(map['sourcesContent'], undefined);
});

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
