// `hookline validate [PATH…]`: checks flows without running anything and prints everything that is wrong.
import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Catalog, Problem } from '../flow/catalog.ts';
import { readFlowFiles, type SourceFile } from '../flow/files.ts';
import { formatProblem } from '../flow/format.ts';
import { loadCatalog } from '../flow/load.ts';
import { helpOf } from '../flow/problem-codes.ts';
import { readSchema } from '../flow/registry.ts';
import { sarifLog } from '../flow/sarif.ts';
import { CommandError, commandSettings } from './command.ts';
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
      const paths = given.length > 0 ? given : [commandSettings({}, '.env').flows];
      const files = await readAll(paths);
      const catalog = loadCatalog(files, { readSchema, isWhole: await isFolder(paths) });
      if (flags.json) print(JSON.stringify(report(catalog, files.length), null, 2));
      else if (flags.sarif) print(JSON.stringify(sarifLog(catalog.problems, program.version() ?? ''), null, 2));
      else printProblems(catalog, files.length);
      const { errors, warnings } = countsOf(catalog.problems);
      if (errors > 0 || (flags.strict && warnings > 0)) process.exitCode = 1;
    });
}

function printProblems(catalog: Catalog, files: number): void {
  for (const problem of catalog.problems) print(`${formatProblem(problem, process.stdout.isTTY)}\n`);
  const { errors, warnings } = countsOf(catalog.problems);
  const counts = [
    counted(files, 'file'),
    counted(catalog.flows.size, 'flow'),
    counted(errors, 'error'),
    counted(warnings, 'warning'),
  ];
  print(counts.join(', '));
}

/** What `--json` prints. Lines and columns count from 1; `length` is that of the caret. */
function report(catalog: Catalog, files: number): object {
  const problems = catalog.problems.map((problem) => ({ ...problem, help: helpOf(problem.code) }));
  return { files, flows: catalog.flows.size, ...countsOf(problems), problems };
}

function countsOf(problems: Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}

/** A folder holds all there is; of single files others may be the users. */
async function isFolder(paths: string[]): Promise<boolean> {
  return paths.length === 1 && (await stat(paths[0]!)).isDirectory();
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
