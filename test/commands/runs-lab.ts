// Commands in a process of their own, beside a Hookline that runs in the test's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exited, fromProcess } from '../support/waiting.ts';
import type { Asked } from './command-child.ts';
import type { Ended } from './running.ts';

export interface CommandRunner {
  /** Runs a command, one at a time. */
  run(args: string[]): Promise<Ended>;
  end(): Promise<void>;
}

/** `env` is the environment of the commands, beside PATH and HOME. */
export async function runCommands(env: Record<string, string>): Promise<CommandRunner> {
  const child = fork(join(import.meta.dirname, 'command-child.ts'), {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await fromProcess(child, 'it takes commands', once(child, 'message'));
  const all = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TZ: 'UTC', ...env };
  return {
    async run(args) {
      const answer = fromProcess(child, `the answer to ${args.join(' ')}`, once(child, 'message'));
      child.send({ args, cwd: tmpdir(), env: all, stdin: '' } satisfies Asked);
      return (await answer)[0] as Ended;
    },
    async end() {
      child.kill('SIGTERM');
      await exited(child);
    },
  };
}
