// A process that runs commands one after another, so that their modules are loaded once. Each is parsed and run as src/cli.ts does.
import { Readable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { CommandError } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';

/** What the test sends. */
export interface Asked {
  args: string[];
  cwd: string;
  env: Record<string, string | undefined>;
  stdin: string;
}

process.on('message', (asked: Asked) => void answer(asked));
process.send?.('ready');

async function answer({ args, cwd, env, stdin }: Asked): Promise<void> {
  process.chdir(cwd);
  process.env = { ...env };
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(stdin, 'base64')]), configurable: true });
  const stdout = catchWrites(process.stdout);
  const stderr = catchWrites(process.stderr);
  process.exitCode = undefined;
  const code = await run(args, stderr.text);
  process.exitCode = undefined;
  process.send?.({ code, stdout: stdout.end(), stderr: stderr.end() });
}

async function run(args: string[], errors: string[]): Promise<number> {
  const program = new Command('hookline').exitOverride();
  for (const add of commands) add(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    errors.push(`${(error as Error).message}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

function catchWrites(stream: NodeJS.WriteStream): { text: string[]; end(): string } {
  const text: string[] = [];
  const write = stream.write;
  stream.write = (chunk: unknown) => text.push(String(chunk)) > 0;
  return {
    text,
    end() {
      stream.write = write;
      return text.join('');
    },
  };
}
