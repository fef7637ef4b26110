// `hookline validate [PATH…]`: checks flows without running anything and prints everything that is wrong.
import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { type Command, Option } from 'commander';
import type { LoadedFlow, Problem } from '../flow/catalog.ts';
import { readFlowFiles, type SourceFile } from '../flow/files.ts';
import { formatProblem } from '../flow/format.ts';
import { loadCatalog } from '../flow/load.ts';
import { helpOf } from '../flow/problem-codes.ts';
import { readSchema } from '../flow/registry.ts';
import { sarifLog } from '../flow/sarif.ts';
import { CommandError, commandSettings } from './command.ts';
import { fireLine, fireTimes } from './fire-times.ts';
import { counted, print } from './printing.ts';

interface Flags {
  json?: boolean;
  sarif?: boolean;
  strict?: boolean;
}

/** Adds `validate`. */
export function addValidate(program: Command): void {
  program
    .command('validate')
    .description('Check flows and print every problem with its place in the file')
    .argument('[paths...]', 'files or folders (default: HOOKLINE_FLOWS)')
    .addOption(new Option('--json', 'print the problems as JSON').conflicts('sarif'))
    .addOption(new Option('--sarif', 'print the problems as SARIF 2.1.0, for code scanning'))
    .option('--strict', 'fail for warnings too')
    .addHelpText('after', '\nExit codes: 0 no error (with --strict: no warning either), 1 a problem, 2 wrong usage.')
    .action(async (given: string[], flags: Flags) => {
      const { flows } = commandSettings({}, '.env');
      const paths = given.length > 0 ? given : [flows];
      const files = await readAll(paths);
      const checked = check(files, await filesAround(paths, files, flows), await isFolder(paths));
      if (flags.json) print(JSON.stringify(report(checked), null, 2));
      else if (flags.sarif) print(JSON.stringify(sarifLog(checked.problems, program.version() ?? ''), null, 2));
      else printChecked(checked);
      const { errors, warnings } = countsOf(checked.problems);
      if (errors > 0 || (flags.strict && warnings > 0)) process.exitCode = 1;
    });
}

/** What was found in the files that were asked about. */
interface Checked {
  files: number;
  flows: LoadedFlow[];
  problems: Problem[];
}

/** Checks files, in sight of those around them, of which nothing is told. */
function check(files: SourceFile[], around: SourceFile[], isWhole: boolean): Checked {
  const catalog = loadCatalog([...around, ...files], { readSchema, isWhole });
  const asked = new Set(files.map(({ path }) => path));
  return {
    files: files.length,
    flows: [...catalog.flows.values()].filter(({ definition }) => asked.has(definition.file)),
    problems: catalog.problems.filter(({ file }) => asked.has(file)),
  };
}

function printChecked({ files, flows, problems }: Checked): void {
  for (const problem of problems) print(`${formatProblem(problem, process.stdout.isTTY)}\n`);
  const times = fireTimes(flows, Date.now());
  for (const each of times) print(fireLine(each));
  if (times.length > 0) print('');
  const { errors, warnings } = countsOf(problems);
  const counts = [
    counted(files, 'file'),
    counted(flows.length, 'flow'),
    counted(errors, 'error'),
    counted(warnings, 'warning'),
  ];
  print(counts.join(', '));
}

/** What `--json` prints. Lines and columns count from 1; `length` is that of the caret. */
function report({ files, flows, problems: found }: Checked): object {
  const problems = found.map((problem) => ({ ...problem, help: helpOf(problem.code) }));
  return { files, flows: flows.length, ...countsOf(problems), problems, schedules: fireTimes(flows, Date.now()) };
}

function countsOf(problems: Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}

/** A folder holds all there is; of single files others may be the users. */
async function isFolder(paths: string[]): Promise<boolean> {
  return paths.length === 1 && (await stat(paths[0]!)).isDirectory();
}

/** The other files of the flows folder, when all that was asked about stands in it: they declare what those refer to. */
async function filesAround(paths: string[], files: SourceFile[], flows: string): Promise<SourceFile[]> {
  const folder = resolve(flows);
  if (!paths.every((path) => resolve(path).startsWith(folder + sep))) return [];
  const asked = new Set(files.map(({ path }) => resolve(path)));
  const all = await readFlowFiles(flows).catch(() => []);
  return all.filter(({ path }) => !asked.has(resolve(path)));
}

async function readAll(paths: string[]): Promise<SourceFile[]> {
  const lists = await Promise.all(
    paths.map((path) =>
      readFlowFiles(path).catch((error: NodeJS.ErrnoException) => {
        throw new CommandError(error.code === 'ENOENT' ? `${path} does not exist` : `${path}: ${error.message}`, 2);
      }),
    ),
  );
  return lists.flat();
}
