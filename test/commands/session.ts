// The commands as the command line has them, many in one process: starting one costs seconds where the machine is busy.
// Each message `{args, env}` is one command; its answer says what it printed and how it ended.
import { Command } from 'commander';
import { CommandError } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';

export interface CommandRun {
  args: string[];
  env: Record<string, string>;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function run({ args, env }: CommandRun): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const originals = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: string | Uint8Array) => {
      printed[name] += String(text);
      return true;
    };
  }
  process.env = { ...env };
  process.exitCode = undefined;
  try {
    const program = new Command('hookline').exitOverride();
    for (const add of commands) add(program);
    const code = await program.parseAsync(args, { from: 'user' }).then(() => Number(process.exitCode ?? 0), failed);
    return { code, ...printed };
  } finally {
    process.stdout.write = originals.stdout;
    process.stderr.write = originals.stderr;
    process.exitCode = undefined;
  }

  function failed(error: Error): number {
    printed.stderr += `${error.message}\n`;
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

process.on('message', (message: CommandRun) => {
  void run(message).then((ended) => process.send?.(ended));
});
process.on('disconnect', () => process.exit(0));
