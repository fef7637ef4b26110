// One process at a time per data folder, and word of how the last one ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockDataDir } from '../../src/inbox/lock.ts';
import { exited, fromProcess } from '../support/waiting.ts';

const MODULE = new URL('../../src/inbox/lock.ts', import.meta.url).href;
const HOLD = `const { lockDataDir } = await import(${JSON.stringify(MODULE)});
await lockDataDir(process.argv[1]);
process.stdout.write('locked');
setInterval(() => {}, 1000);`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-lock-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function holder(dir: string) {
  const args = ['--import', 'tsx', '--input-type=module', '-e', HOLD, dir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await fromProcess(child, 'it holds the folder', once(child.stdout, 'data'));
  return child;
}

test('a folder is taken once; releasing it twice is harmless and frees it', async () => {
  const dir = join(folder, 'new', 'deep');
  const first = await lockDataDir(dir);
  assert.equal(first.uncleanStop, false);
  await assert.rejects(lockDataDir(dir), { name: 'DataDirLockedError' });
  await first.release();
  await first.release();
  const second = await lockDataDir(dir);
  assert.equal(second.uncleanStop, false);
  await second.release();
});

test('the error names the other process and the setting', async () => {
  const dir = join(folder, 'held');
  const child = await holder(dir);
  await assert.rejects(lockDataDir(dir), (error: Error) => {
    assert.match(error.message, new RegExp(`pid ${child.pid}`));
    assert.match(error.message, /HOOKLINE_DATA_DIR/);
    return true;
  });
  child.kill('SIGKILL');
  await exited(child);
});

test('a killed process leaves the folder free, and the next one knows of the unclean stop', async () => {
  const dir = join(folder, 'killed');
  const child = await holder(dir);
  child.kill('SIGKILL');
  await exited(child);
  const failed = await lockDataDir(dir);
  assert.equal(failed.uncleanStop, true);
  await failed.release();
  const next = await lockDataDir(dir);
  assert.equal(next.uncleanStop, true, 'the one before did not get to recover');
  next.recovered();
  await next.release();
  const clean = await lockDataDir(dir);
  assert.equal(clean.uncleanStop, false);
  await clean.release();
});
