// The command line: help, versions, exit codes, and what each command says when it cannot do its work.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-cli-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the built command in the test's folder. */
function hookline(args: string[], env: Record<string, string> = {}, cwd = folder): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } };
    execFile(process.execPath, [join(ROOT, 'bin/hookline.js'), ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

test('--version prints the version of package.json, --help every command', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  assert.deepEqual(await hookline(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  const help = await hookline(['--help']);
  assert.equal(help.code, 0);
  for (const command of ['dev', 'serve', 'validate', 'run', 'init', 'sources', 'deliveries', 'verify', 'send', 'test'])
    assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
});

test('whoever reads no further, like head, gets no stack trace', async () => {
  const child = spawn(process.execPath, [join(ROOT, 'bin/hookline.js'), 'schema'], { cwd: folder });
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.deepEqual([code, stderr], [0, '']);
});

test('an unknown command or option is wrong usage: exit code 2, with a suggestion', async () => {
  const command = await hookline(['validat']);
  assert.equal(command.code, 2);
  assert.match(command.stderr, /Did you mean validate/);
  assert.equal((await hookline(['serve', '--only', 'everything'])).code, 2);
});

test('a setting that cannot be used ends the start with exit code 2 and names it', async () => {
  const ended = await hookline(['serve'], { HOOKLINE_PORT: '99999' });
  assert.deepEqual(ended, {
    code: 2,
    stdout: '',
    stderr: 'HOOKLINE_PORT must be a whole number from 0 to 65535 (it is "99999")\n',
  });
});

test('a folder that cannot be used ends the start with exit code 2, one line and the setting', async () => {
  await writeFile(join(folder, 'a-file'), '');
  await mkdir(join(folder, 'flows'));
  for (const command of ['dev', 'serve']) {
    const noFlows = await hookline([command], { HOOKLINE_FLOWS: './nowhere' });
    assert.match(noFlows.stderr, /^The flows folder \S*nowhere does not exist: set HOOKLINE_FLOWS[^\n]*\n$/);
    assert.equal(noFlows.code, 2);
    const noData = await hookline([command], { HOOKLINE_FLOWS: './flows', HOOKLINE_DATA_DIR: './a-file/data' });
    assert.match(
      noData.stderr,
      /^The data folder \S*a-file\/data cannot be used \([^\n]*\): set HOOKLINE_DATA_DIR[^\n]*\n$/,
    );
    assert.equal(noData.code, 2);
  }
});

test('init makes a folder that validates, and leaves existing flows alone', async () => {
  const made = await hookline(['init', 'mine']);
  assert.equal(made.code, 0, made.stderr);
  const valid = await hookline(['validate', 'mine/flows']);
  assert.equal(valid.code, 0, valid.stdout);
  assert.match(valid.stdout, /^1 file, 1 flow, 0 errors, 0 warnings/);
  const again = await hookline(['init', 'mine']);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /has files already/);
  assert.equal(valid.stderr, '');
});

test("the README's first flow is the one that init makes", async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, shown] = /```yaml\n([\s\S]*?)```/.exec(readme)!;
  const made = await readFile(join(folder, 'mine/flows/hello.yaml'), 'utf8');
  const plain = (text: string): string =>
    text
      .replaceAll("'", '"')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n');
  assert.equal(plain(made), plain(shown!));
});

test('validate prints every problem with its place, and exits 1', async () => {
  await writeFile(
    join(folder, 'broken.yaml'),
    'flow: broken\ntriggers:\n  - webhook: broken\nsteps:\n  - uses: http.requst\n',
  );
  const ended = await hookline(['validate', 'broken.yaml']);
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /broken\.yaml:3:\d+/);
  assert.match(ended.stdout, /broken\.yaml:5:\d+[\s\S]*http\.request/);
  assert.match(ended.stdout, /\^/);
});

test('validate of a path that is not there is wrong usage', async () => {
  const ended = await hookline(['validate', 'nowhere']);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /nowhere does not exist/);
});

test('run says so when nothing answers, and when the input is no JSON', async () => {
  const nobody = await hookline(['run', 'hello', '--url', 'http://127.0.0.1:9']);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /Nothing answers at http:\/\/127\.0\.0\.1:9/);
  assert.equal((await hookline(['run', 'hello', '--input', '{'])).code, 2);
});
