// `serve --only receiver` and `serve --only worker`: two processes do what one does, and each says what it is ready for.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { postTo, waitForRun } from '../support/harness.ts';
import { startProcess, type HooklineProcess } from '../support/process.ts';
import { eventually, exited } from '../support/waiting.ts';

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
  worker?.kill('SIGTERM');
  if (worker) await exited(worker);
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
  assert.equal(await exited(startWorker({})), 1);
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

test('what a run asks of people in the worker is decided at the receiver, and the run goes on', async () => {
  const { status, body } = await postTo(receiver.url, 'ask', { id: 'a-1' });
  assert.equal(status, 202);
  const { id } = await untilAsked();
  const decision = { decision: 'approved', by: 'Ada', form: { why: 'it may' } };
  const headers = { 'content-type': 'application/json' };
  const url = `${receiver.url}/api/approvals/${id}`;
  const decided = await fetch(url, { method: 'POST', headers, body: JSON.stringify(decision) });
  assert.equal(decided.status, 200, await decided.text());
  const outcome = await waitForRun(await lab.client(), 'ask', body.id);
  assert.equal(outcome.state, 'completed', workerOutput);
  const { by, form } = (outcome as { output: Record<string, unknown> }).output;
  assert.deepEqual([by, form], ['Ada', { why: 'it may' }]);
});

test('runs in the worker call, emit to and wait for one another through the inbox of the receiver', async () => {
  const { status, body } = await postTo(receiver.url, 'chain', { id: 'c-1', n: 21 });
  assert.equal(status, 202);
  const outcome = await waitForRun(await lab.client(), 'chain', body.id);
  assert.deepEqual((outcome as { output: unknown }).output, '42 answered', workerOutput);
});

function untilAsked(): Promise<{ id: string }> {
  return eventually('a run asks for an approval', async () => {
    const answer = await fetch(`${receiver.url}/api/approvals?flow=ask`);
    return ((await answer.json()) as { approvals: { id: string }[] }).approvals[0];
  });
}
