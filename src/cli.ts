// The `hookline` command line. Exit codes: 0 done, 1 it failed, 2 wrong usage or settings.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandError } from './commands/command.ts';
import { commands } from './commands/index.ts';

// Workflow code formats times; the zone must be fixed before the first worker thread starts.
process.env['TZ'] = 'UTC';

// `hookline runs list | head` closes the pipe; what is printed after that is nobody's, and no reason to fail.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

/** The package's version; the file stands two folders above dist/src and one above src. */
function version(): string {
  for (const candidate of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(candidate, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      continue; // The other layout (source or build).
    }
  }
  return 'unknown';
}

async function main(): Promise<number> {
  const program = new Command('hookline')
    .description('Incoming webhooks start durable Temporal workflows written as YAML flows.')
    .version(version(), '-V, --version')
    .showHelpAfterError('(hookline --help shows all commands)')
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of commands) add(program);
  try {
    await program.parseAsync();
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const shown = process.env['HOOKLINE_LOG_LEVEL'] === 'debug' ? (error as Error).stack : (error as Error).message;
  process.stderr.write(`${shown}\n`);
  return 1;
}

process.exitCode = await main();
