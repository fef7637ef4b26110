// `hookline validate [PATH…]`: checks flows without running anything and prints everything that is wrong.
import type { Command } from 'commander';
import { readFlowFiles, type SourceFile } from '../flow/files.ts';
import { formatProblem } from '../flow/format.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import { CommandError, commandSettings } from './command.ts';

/** Adds `validate`. */
export function addValidate(program: Command): void {
  program
    .command('validate')
    .description('Check flows and print every problem with its place in the file')
    .argument('[paths...]', 'files or folders (default: HOOKLINE_FLOWS)')
    .action(async (paths: string[]) => {
      const settings = commandSettings({}, '.env');
      const files = await readAll(paths.length > 0 ? paths : [settings.flows]);
      const catalog = loadCatalog(files, { readSchema });
      for (const problem of catalog.problems)
        process.stdout.write(`${formatProblem(problem, process.stdout.isTTY)}\n\n`);
      const errors = catalog.problems.filter((problem) => problem.severity === 'error').length;
      const warnings = catalog.problems.length - errors;
      const counts = [
        counted(files.length, 'file'),
        counted(catalog.flows.size, 'flow'),
        counted(errors, 'error'),
        counted(warnings, 'warning'),
      ];
      process.stdout.write(`${counts.join(', ')}\n`);
      if (errors > 0) process.exitCode = 1;
    });
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

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
