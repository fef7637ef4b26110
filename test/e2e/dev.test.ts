// A new user's first minute: `npm start` with nothing configured, the pasted curl, the run's page, a saved file, Ctrl-C.
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandLine } from '../../src/temporal/server-process.ts';
import { freePorts } from '../support/free-port.ts';
import { exited } from '../support/waiting.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const WAIT_MS = 120_000;

let folder: string;
let child: ChildProcess;
let output = '';
let port: number;

/** Resolves when what was printed since `from` matches. */
async function printed(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const match = pattern.exec(output.slice(from));
    if (match) return match;
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${pattern} was not printed:\n${output}`);
    await sleep(25);
  }
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-dev-'));
  await cp(join(ROOT, 'flows'), join(folder, 'flows'), { recursive: true });
  const ports = await freePorts(3);
  port = ports[0]!;
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    HOOKLINE_PORT: String(port),
    HOOKLINE_TEMPORAL_PORT: String(ports[1]),
    HOOKLINE_TEMPORAL_UI_PORT: String(ports[2]),
    HOOKLINE_FLOWS: join(folder, 'flows'),
    HOOKLINE_DATA_DIR: join(folder, '.hookline'),
  };
  // `npm start` in a group of its own, so that the signal below reaches it as a terminal's Ctrl-C would: all of the group.
  child = spawn('npm', ['start'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await printed(/Ctrl-C stops everything/);
});
after(async () => {
  const ended = child.exitCode !== null || child.signalCode !== null;
  if (!ended && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

test('it prints where things are and every flow with its URL', () => {
  assert.match(output, new RegExp(`Receiver +http://127\\.0\\.0\\.1:${port}`));
  assert.match(output, /Temporal UI +http:\/\/127\.0\.0\.1:\d+/);
  for (const flow of [
    'github-issue-to-slack',
    'user-created',
    'payment-to-order',
    'message-interceptor',
    'monitoring-alert',
  ]) {
    assert.ok(output.includes(flow), flow);
  }
  const ours = output.split('\n').filter((line) => !line.startsWith('npm '));
  assert.doesNotMatch(ours.join('\n'), /warn|error/i, 'nothing that frightens');
});

test('the printed curl starts a run whose calls and mail are shown, and whose page the printed link opens', async () => {
  const [, curl] = /\n\n(    curl -sS [\s\S]*?)\n\n/.exec(output)!;
  const from = output.length;
  const { stdout } = await run('sh', ['-c', curl!]);
  assert.match(stdout, /"id"/);
  await printed(/→ email +to .*@/, from);
  await printed(/→ crm +/, from);
  const [, link] = /Then see that run: (\S+)/.exec(output)!;
  const page = await fetch(link!);
  assert.equal(page.status, 200);
  const [, namespace, workflow] = /namespaces\/([^/]+)\/workflows\/(.+)$/.exec(link!)!;
  const api = await fetch(`${new URL(link!).origin}/api/v1/namespaces/${namespace}/workflows/${workflow}`);
  assert.equal(api.status, 200, 'the linked run exists');
});

test('a saved flow is in use within a second, and a broken save keeps the last good one', async () => {
  const file = join(folder, 'flows', 'saved.yaml');
  const flow = (value: string): string =>
    `flow: saved\ntriggers:\n  - webhook: saved\n    auth: none\n    respond: result\nsteps:\n  - return: ${value}\n`;
  const post = async (): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${port}/hooks/saved`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    return { status: answer.status, text: await answer.text() };
  };
  const becomes = async (expected: string): Promise<void> => {
    const deadline = Date.now() + WAIT_MS;
    while ((await post()).text !== expected) {
      if (Date.now() > deadline) assert.equal((await post()).text, expected);
      await sleep(100);
    }
  };
  await writeFile(file, flow('first'));
  await becomes('first');
  await writeFile(file, flow('second'));
  await becomes('second');
  const from = output.length;
  await writeFile(file, flow('third').replace('steps:', 'stepz:'));
  await printed(/stepz/, from);
  assert.deepEqual(await post(), { status: 200, text: 'second' });
});

test('a second start on the same port says in one line which setting changes it', async () => {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    HOOKLINE_PORT: String(port),
    HOOKLINE_DATA_DIR: join(folder, 'other'),
  };
  const failed = await run(process.execPath, ['bin/hookline.js', 'dev'], { cwd: ROOT, env }).then(
    () => assert.fail('it started'),
    (error: { code: number; stderr: string }) => error,
  );
  assert.equal(failed.code, 1);
  assert.equal(failed.stderr.trim(), `Port ${port} is taken; set HOOKLINE_PORT to another one`);
});

test('Ctrl-C stops all of it and leaves no process behind', async () => {
  const { pid: temporalPid } = JSON.parse(await readFile(join(folder, '.hookline/temporal.json'), 'utf8')) as {
    pid: number;
  };
  assert.notEqual(await commandLine(temporalPid), '');
  process.kill(-child.pid!, 'SIGINT');
  await exited(child);
  assert.equal(await commandLine(temporalPid), '', 'the Temporal server is gone too');
  assert.throws(() => process.kill(-child.pid!, 0), { code: 'ESRCH' });
});
