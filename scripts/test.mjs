// `npm test`: gets the Temporal server that the tests need, then runs every *.test.ts with node's test runner.
// Arguments are passed on as file names: `npm test -- test/flow/load.test.ts`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A test file, or a group of them, that is still busy after this time is ended. One that hangs ends sooner, and says where: WATCHDOG. */
const FILE_TIMEOUT_MS = 600_000;
const WATCHDOG = new URL('test-watchdog.mjs', import.meta.url).href;
const ROOTS = ['test', 'flows'];
/**
 * Files that run in one process, each as a suite of its own: starting a process and loading all of Hookline in it costs more than
 * most of them. `with`: they also share what starting costs most of all. Long groups come first, so that the others fill the gaps.
 */
const GROUPS = [
  { name: 'examples', takes: (file, text) => /(startHarness\(\)|sharedHarness\()/.test(text), with: 'keepHarness' },
  { name: 'bench', takes: (file, text) => text.includes('startBench(') },
  ...folders('server', 'inbox', 'testing', 'docs', 'activities'),
  ...folders('config', 'expression', 'flow', 'graph', 'interpret', 'providers', 'verify'),
];

/** A group for each folder of `test/`; whole processes and servers of Temporal keep a process of their own. */
function folders(...names) {
  const isHeavy = (text) => /(start(Harness|Process|TestServer)|sharedHarness)\(/.test(text);
  return names.map((name) => ({
    name,
    takes: (file, text) => dirname(file) === join('test', name) && !isHeavy(text),
  }));
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/** What the runner is given: a file for each group, and the files that are in none. */
function entries(files, scratch) {
  const left = new Set(files);
  const groups = GROUPS.flatMap(({ name, takes, with: shared }) => {
    const members = [...left].filter((file) => takes(file, readFileSync(file, 'utf8')));
    if (members.length === 0) return [];
    for (const file of members) left.delete(file);
    const entry = join(scratch, `${name}.mjs`);
    writeFileSync(entry, groupText(members, shared));
    return [entry];
  });
  return [...groups, ...left];
}

function groupText(members, shared) {
  const url = (file) => JSON.stringify(pathToFileURL(resolve(file)).href);
  const suites = members.map(
    (file) => `describe(${JSON.stringify(file)}, async () => void (await import(${url(file)})));\n`,
  );
  const sharing =
    shared === undefined ? [] : [`import { ${shared} } from ${url('test/support/harness.ts')};\nafter(${shared}());\n`];
  return ["import { after, describe } from 'node:test';\n", ...sharing, ...suites].join('');
}

const prepared = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/prepare-tests.ts'], { stdio: 'inherit' });
if (prepared.status !== 0) process.exit(1);

const named = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'hookline-tests-'));
const child = spawn(
  process.execPath,
  [
    '--import',
    'tsx',
    '--import',
    WATCHDOG,
    '--test',
    '--test-reporter=spec',
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    `--test-concurrency=${availableParallelism()}`,
    ...(named.length > 0 ? named : entries(ROOTS.flatMap(testFiles).sort(), scratch)),
  ],
  { stdio: 'inherit', env: { ...process.env, TZ: 'UTC' } },
);
child.on('exit', (code) => {
  rmSync(scratch, { recursive: true, force: true });
  process.exit(code ?? 1);
});
