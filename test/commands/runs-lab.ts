// Commands in a process of their own, beside a Hookline that runs in the test's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const gone = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the process of commands ended with ${code}`)),
  );
  gone.catch(() => undefined); // At its end it is meant to.
  await Promise.race([once(child, 'message'), gone]);
  const all = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TZ: 'UTC', ...env };
  return {
    async run(args) {
      const answer = once(child, 'message') as Promise<[Ended]>;
      child.send({ args, cwd: tmpdir(), env: all, stdin: '' } satisfies Asked);
      return (await Promise.race([answer, gone]))[0];
    },
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
