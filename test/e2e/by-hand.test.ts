// `hookline run`: a run by hand goes through the inbox, and --wait brings its output and its exit code.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

let lab: CrashLab;
before(async () => {
  lab = await openCrashLab();
  await lab.start();
});
after(() => lab.end());

function run(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', import.meta.resolve('tsx'), CLI, 'run', ...args];
  const options = { cwd: lab.dataDir, env: { PATH: process.env['PATH'], ...lab.env } };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

test('a run with --wait prints the run, its page and its output, and exits 0', async () => {
  const ended = await run(['by-hand', '--input', '{"name":"Ada"}', '--wait']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^run by-hand\/manual~/);
  assert.match(ended.stdout, /http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/by-hand/);
  assert.match(ended.stdout, /"hello Ada"/);
});

test('a run that fails exits 1 with the reason that its author gave', async () => {
  const ended = await run(['by-hand', '--input', '{"name":"nobody"}', '--wait']);
  assert.equal(ended.code, 1);
  assert.match(`${ended.stdout}${ended.stderr}`, /no_name[\s\S]*a name is needed/);
});

test('an input that the flow does not take is refused before anything runs', async () => {
  const ended = await run(['by-hand', '--input', '{}']);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /name/);
});

test('an unknown flow is an error that names no secret of the server', async () => {
  const ended = await run(['nobody']);
  assert.equal(ended.code, 1);
  assert.ok(ended.stderr.length > 0);
});
