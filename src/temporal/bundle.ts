// Loads the workflow bundle: the built one when it fits, else one made now and cached.
// It must never run webpack in this process: that would add 100 MB for its whole life.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildScript, bundleStamp, cachedBundle, codeExtension, prebuiltBundle, stampLine } from './bundle-files.ts';

const ERROR_CHARACTERS_MAX = 4_000;

/** @throws Error with webpack's words when the workflows cannot be bundled. */
export async function loadWorkflowBundle(): Promise<{ code: string }> {
  const stamp = bundleStamp();
  const cached = cachedBundle(stamp);
  for (const file of [prebuiltBundle, cached]) {
    const code = await readFile(file, 'utf8').catch(() => '');
    if (code.startsWith(stampLine(stamp))) return { code };
  }
  try {
    await build(cached);
    return { code: await readFile(cached, 'utf8') };
  } catch (error) {
    // Installed where we may not write: make it for this process alone.
    if (!/EACCES|EROFS|EPERM/.test((error as Error).message)) throw error;
    return buildUncached();
  }
}

async function buildUncached(): Promise<{ code: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-bundle-'));
  try {
    const file = join(folder, 'bundle.js');
    await build(file);
    return { code: await readFile(file, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs build-bundle in a child process, under tsx when we do. */
async function build(target: string): Promise<void> {
  const loader = codeExtension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [];
  const child = spawn(process.execPath, [...loader, buildScript, target], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-ERROR_CHARACTERS_MAX)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`The workflows could not be bundled:\n${errors.trim()}`);
}
