// `npm test`: gets the Temporal server that the tests need, then runs every *.test.ts with node's test runner.
// Arguments are passed on as file names: `npm test -- test/flow/load.test.ts`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A test file that hangs is ended after this time. */
const FILE_TIMEOUT_MS = 300_000;
const ROOTS = ['test', 'flows'];
/**
 * Folders of tests that start nothing and share nothing: their files run in one process each, since starting a process costs
 * more than most of them. Files with hooks of their own at the top keep a process of their own.
 */
const TOGETHER = ['config', 'expression', 'flow', 'interpret', 'providers', 'verify'].map((name) => join('test', name));
const TOP_HOOK = /^(before|after|beforeEach|afterEach)\(/m;

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/** What the runner is given: files, and for each folder of TOGETHER one file that imports those of the folder. */
function entries(files, scratch) {
  const together = files.filter(
    (file) => TOGETHER.includes(dirname(file)) && !TOP_HOOK.test(readFileSync(file, 'utf8')),
  );
  const groups = TOGETHER.flatMap((folder) => {
    const members = together.filter((file) => dirname(file) === folder);
    if (members.length === 0) return [];
    const entry = join(scratch, `${folder.replace(/\W/g, '-')}.mjs`);
    const lines = members.map((file) => `await import(${JSON.stringify(pathToFileURL(resolve(file)).href)});\n`);
    writeFileSync(entry, lines.join(''));
    return [entry];
  });
  return [...files.filter((file) => !together.includes(file)), ...groups];
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
