// `serve --only receiver` and `serve --only worker`: two processes do what one does, and each says what it is ready for.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { waitForRun } from '../support/harness.ts';
import { startProcess, type HooklineProcess } from '../support/process.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const POSTS = 30;

let lab: CrashLab;
let receiver: HooklineProcess;
let worker: ChildProcess | undefined;
let workerOutput = '';

before(async () => {
  lab = await openCrashLab();
  receiver = await startProcess(['serve', '--only', 'receiver'], lab.env);
});
after(async () => {
  const ended = worker && new Promise((resolve) => worker?.once('exit', resolve));
  worker?.kill('SIGTERM');
  await ended;
  await receiver.end('SIGTERM');
  await lab.end();
});

function startWorker(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, 'serve', '--only', 'worker'], {
    cwd: lab.dataDir,
    env: { PATH: process.env['PATH'], TZ: 'UTC', ...lab.env, ...env },
  });
  child.stdout.on('data', (chunk: Buffer) => (workerOutput += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (workerOutput += chunk.toString()));
  return child;
}

test('a worker without an address says which setting it needs', async () => {
  const child = startWorker({});
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 1);
  assert.match(workerOutput, /TEMPORAL_ADDRESS/);
});

test('the receiver acknowledges and starts runs without a worker; the worker runs them', async () => {
  lab.outside.on('POST /first', {});
  lab.outside.on('POST /second', {});
  const ids = Array.from({ length: POSTS }, (_, index) => `split-${index}`);
  for (const id of ids) assert.ok(await lab.post(id));
  const client = await lab.client();
  assert.deepEqual(lab.outside.calls, []);
  worker = startWorker({ TEMPORAL_ADDRESS: `127.0.0.1:${lab.env['HOOKLINE_TEMPORAL_PORT']}` });
  for (const id of ids)
    assert.equal((await waitForRun(client, 'two-calls', `crash~${id}`)).state, 'completed', workerOutput);
});
