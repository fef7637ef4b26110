// `hookline test [PATH]`: runs the cases beside flows, without a server. Exit code 0 all passed, 1 some did not (or too
// little was covered), 2 it could not be judged: wrong usage, or a test file or flow with errors.
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fingerprintOf } from '../flow/files.ts';
import { percentOf } from '../testing/coverage.ts';
import { jsonReport, junitReport } from '../testing/report-files.ts';
import { shownPercent, textReport } from '../testing/report-text.ts';
import { testJsonSchema } from '../testing/schema.ts';
import { runSuite, SelectionError, selectionOf, type Selection, type SuiteResult } from '../testing/suite.ts';
import { CommandError, commandSettings } from './command.ts';
import { json, note, print } from './printing.ts';

/** How often `--watch` looks: not every file system reports changes. */
const WATCH_POLL_MS = 300;

interface Flags {
  filter?: string;
  coverageMin?: string;
  junit?: string;
  json?: boolean;
  watch?: boolean;
  schema?: boolean;
}

/** Adds `test`. */
export function addTest(program: Command): void {
  program
    .command('test')
    .description('Run the test cases of flows, without a server')
    .argument('[path]', 'a folder, a test file or a flow file (default: HOOKLINE_FLOWS)')
    .option('--filter <text>', 'only cases whose file, flow or name contains this')
    .option('--coverage-min <percent>', 'fail when fewer steps and branches were covered')
    .option('--junit <file>', 'write a JUnit report')
    .option('--json', 'print the report as JSON')
    .option('--watch', 'run again when a flow or test file changes')
    .option('--schema', 'print the JSON Schema of test files, for editors')
    .action(async (path: string | undefined, flags: Flags) => {
      if (flags.schema) return print(json(testJsonSchema()));
      const coverageMin = percentIn(flags.coverageMin);
      const selection = await select(path, flags.filter);
      process.exitCode = await runOnce(selection, flags, coverageMin);
      if (flags.watch) await watch(selection, flags, coverageMin);
    });
}

function percentIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(text.replace(/%$/, ''));
  if (text.trim() !== '' && percent >= 0 && percent <= 100) return percent;
  throw new CommandError('--coverage-min takes a number from 0 to 100', 2);
}

async function select(path: string | undefined, filter: string | undefined): Promise<Selection> {
  try {
    const selection = await selectionOf(path, commandSettings({}, '.env').flows);
    return filter === undefined ? selection : { ...selection, filter };
  } catch (error) {
    if (error instanceof SelectionError) throw new CommandError(error.message, 2);
    throw error;
  }
}

/** Runs, reports, and says how the command is to end. */
async function runOnce(selection: Selection, flags: Flags, coverageMin: number | undefined): Promise<0 | 1 | 2> {
  const suite = await runSuite(selection);
  if (flags.junit !== undefined) await writeReport(flags.junit, junitReport(suite));
  if (flags.json) print(json(jsonReport(suite)));
  else process.stdout.write(textReport(suite, process.stdout.isTTY && process.env['NO_COLOR'] === undefined));
  return verdict(suite, selection, coverageMin);
}

async function writeReport(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: Error) => {
    throw new CommandError(`${file} cannot be written: ${error.message}`, 2);
  });
}

function verdict(suite: SuiteResult, { tests, filter }: Selection, coverageMin: number | undefined): 0 | 1 | 2 {
  if (suite.problems.some(({ severity }) => severity === 'error')) return 2;
  if (suite.results.length === 0) {
    note(
      filter === undefined
        ? `no *.test.yaml in ${tests} has a case`
        : `no case of ${tests} contains ${JSON.stringify(filter)}`,
    );
    return 2;
  }
  if (suite.results.some(({ differences }) => differences.length > 0)) return 1;
  const percent = percentOf(suite.coverage);
  if (coverageMin === undefined || percent >= coverageMin) return 0;
  note(`coverage is ${shownPercent(percent)}, --coverage-min asks for ${coverageMin}%`);
  return 1;
}

/** Until the process is asked to stop. */
async function watch(selection: Selection, flags: Flags, coverageMin: number | undefined): Promise<void> {
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true));
  let last = await marksOf(selection);
  note('watching; Ctrl-C ends');
  while (!stopped) {
    await new Promise((resolve) => setTimeout(resolve, WATCH_POLL_MS));
    const marks = await marksOf(selection);
    if (marks === last || stopped) continue;
    last = marks;
    process.exitCode = await runOnce(selection, flags, coverageMin);
  }
}

/** What changes with the files; a folder that is gone for a moment changes nothing. */
async function marksOf({ flows, tests }: Selection): Promise<string> {
  const marks = await Promise.all([flows, tests].map((path) => fingerprintOf(path, true).catch(() => 'gone')));
  return marks.join('\n');
}
