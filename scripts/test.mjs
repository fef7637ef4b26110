// `npm test`: gets the Temporal server that the tests need, then runs every *.test.ts with node's test runner.
// Arguments are passed on as file names: `npm test -- test/flow/load.test.ts`.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** A test file that hangs is ended after this time. */
const FILE_TIMEOUT_MS = 300_000;
const ROOTS = ['test', 'flows'];

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const prepared = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/prepare-tests.ts'], { stdio: 'inherit' });
if (prepared.status !== 0) process.exit(1);

const named = process.argv.slice(2);
const files = named.length > 0 ? named : ROOTS.flatMap(testFiles).sort();
const child = spawn(
  process.execPath,
  [
    '--import',
    'tsx',
    '--test',
    '--test-reporter=spec',
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    `--test-concurrency=${availableParallelism()}`,
    ...files,
  ],
  { stdio: 'inherit', env: { ...process.env, TZ: 'UTC' } },
);
child.on('exit', (code) => process.exit(code ?? 1));
