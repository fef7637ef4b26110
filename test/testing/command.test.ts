// `hookline test` as a command: what is chosen, how it ends, the files it writes, and that it runs again on a change.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, type Running } from '../commands/running.ts';
import { eventually, exited } from '../support/waiting.ts';
import { casesOf, flowOf } from './lab.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const FLOW = flowOf('  - id: say\n    if: input.loud == true\n    then: [{ return: HELLO }]\n  - return: hello\n');
const CASES = casesOf(`  - name: quiet
    input: { loud: false }
    expect: { output: hello }
  - name: loud
    input: { loud: true }
    expect: { output: HELLO }
`);

let running: Running;
before(async () => {
  running = await open({ receives: false, files: { 'demo.yaml': FLOW, 'demo.test.yaml': CASES } });
});
after(() => running?.end());

test('the flows folder is tested when nothing is named, and all passed is 0', async () => {
  const { code, stdout } = await running.hookline(['test']);

  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /^flows\/demo\.test\.yaml\n {2}✓ quiet\n {2}✓ loud\n\ncoverage\n {4}100% {2}flows\/demo\.yaml demo: steps 3\/3, branches 2\/2\n/,
  );
  assert.match(stdout, /2 cases in 1 file: 2 passed \([\d.]+ s\); coverage 100%\n$/);
});

test('a test file, a flow file or a folder can be named; --filter chooses cases', async () => {
  for (const path of ['flows/demo.test.yaml', 'flows/demo.yaml', 'flows', '.']) {
    const { code, stdout, stderr } = await running.hookline(['test', path]);
    assert.equal(code, 0, `${path}: ${stdout}${stderr}`);
  }
  const { stdout } = await running.hookline(['test', '--filter', 'LOUD']);
  assert.match(stdout, /1 case in 1 file: 1 passed/);
  assert.doesNotMatch(stdout, /quiet/);
});

test('too little coverage is 1, and says what is missing', async () => {
  const whole = await running.hookline(['test', '--coverage-min', '100']);
  const part = await running.hookline(['test', '--filter', 'loud', '--coverage-min', '80%']);

  assert.equal(whole.code, 0);
  assert.equal(part.code, 1);
  assert.match(part.stdout, /never ran {4}flows\/demo\.yaml:8 return\n/);
  assert.match(part.stderr, /coverage is 60%, --coverage-min asks for 80%/);
});

test('a flow without cases counts as not covered when its folder is tested', async () => {
  await running.write('flows/other.yaml', FLOW.replace('demo', 'other'));
  const { stdout, code } = await running.hookline(['test', '--coverage-min', '60']);
  await running.write('flows/other.yaml', '');

  assert.equal(code, 1);
  assert.match(stdout, / 0% {2}flows\/other\.yaml other: steps 0\/3/);
});

test('a case that fails is 1; a test file with errors, no case and wrong usage are 2', async () => {
  await mkdir(join(running.folder, 'more'), { recursive: true });
  await running.write('more/demo.yaml', FLOW);
  await running.write('more/demo.test.yaml', CASES.replace('output: hello', 'output: hi'));
  const failed = await running.hookline(['test', 'more']);
  await running.write('more/demo.test.yaml', CASES.replace('expect:', 'expects:'));
  const broken = await running.hookline(['test', 'more']);
  await running.write('more/demo.test.yaml', CASES);
  await running.write('more/demo.yaml', FLOW.replace('steps:', 'stesp:'));
  const brokenFlow = await running.hookline(['test', 'more']);
  const nothing = await running.hookline(['test', '--filter', 'no such case']);
  const missing = await running.hookline(['test', 'nowhere']);
  const untested = await running.hookline(['test', 'more/demo.test.yaml', '--coverage-min', 'all']);

  assert.deepEqual(
    [failed, broken, brokenFlow, nothing, missing, untested].map(({ code }) => code),
    [1, 2, 2, 2, 2, 2],
  );
  assert.match(failed.stdout, /expected {2}"hi"\n +actual {4}"hello"/);
  assert.match(
    broken.stdout,
    /more\/demo\.test\.yaml:5:5: error\[unknown_field\]: .*\n.*\n +\^+\n {2}hint: Did you mean `expect`\?/,
  );
  assert.match(brokenFlow.stdout, /more\/demo\.yaml:4:1: error\[/);
  assert.match(nothing.stderr, /no case of flows contains "no such case"/);
  assert.match(missing.stderr, /nowhere does not exist/);
});

test('a flow file without tests says where they would stand', async () => {
  await mkdir(join(running.folder, 'alone'), { recursive: true });
  await running.write('alone/lonely.yaml', FLOW);
  const { code, stderr } = await running.hookline(['test', 'alone/lonely.yaml']);

  assert.equal(code, 2);
  assert.match(stderr, /they stand in alone\/lonely\.test\.yaml/);
});

test('--junit writes a file and --json prints nothing but JSON', async () => {
  const { stdout } = await running.hookline(['test', '--json', '--junit', join(running.folder, 'report.xml')]);

  assert.equal(JSON.parse(stdout).passed, 2);
  assert.match(await readFile(join(running.folder, 'report.xml'), 'utf8'), /tests="2" failures="0" errors="0"/);
});

test('--schema prints the JSON Schema of test files', async () => {
  const schema = JSON.parse((await running.hookline(['test', '--schema'])).stdout);

  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.ok('expect' in schema.properties.cases.items.properties);
});

test('--watch runs again when a flow or its tests change, until it is stopped', async () => {
  const folder = join(running.folder, 'watched');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'demo.yaml'), FLOW);
  await writeFile(join(folder, 'demo.test.yaml'), CASES);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, 'test', folder, '--watch'], {
    cwd: running.folder,
    env: running.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (printed += data.toString()));
  }
  /** Waits for a text and forgets what came before its end. */
  const awaitText = async (pattern: RegExp): Promise<void> => {
    const found = await eventually(`${pattern} is printed`, () => pattern.exec(printed));
    printed = printed.slice(found.index + found[0].length);
  };
  try {
    await awaitText(/2 passed[\s\S]*watching/);
    await writeFile(join(folder, 'demo.yaml'), FLOW.replace('return: hello', 'return: changed'));
    await awaitText(/1 passed, 1 failed/);
    await writeFile(join(folder, 'demo.test.yaml'), CASES.replace('output: hello', 'output: changed'));
    await awaitText(/2 passed/);
    child.kill('SIGINT');
    assert.equal(await exited(child), 0);
  } finally {
    child.kill('SIGKILL');
  }
});
