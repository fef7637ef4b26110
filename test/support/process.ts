// Starts the real command line as a child process, to be killed and started again. It ends only what it started.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Hookline that runs in a process of its own. */
export interface HooklineProcess {
  url: string;
  pid: number;
  /** Everything it has printed so far, standard error included. */
  output(): string;
  /** Sends a signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const READY_POLL_MS = 50;
/** Many times what it takes on an idle machine: it is 25 s where five times as much runs as there are processors for. */
const READY_WAIT_MS = 150_000;
/** Longer than a graceful stop may take, on the slowest machine. */
const END_WAIT_MS = 90_000;

/**
 * Starts `hookline COMMAND…` with exactly this environment (and PATH, HOME) and waits until `/readyz` says ready.
 * `env.HOOKLINE_PORT` must name a port. The working folder is the data dir, so that no developer's `.env` is read.
 */
export async function startProcess(command: string[], env: Record<string, string>): Promise<HooklineProcess> {
  const { HOOKLINE_PORT: port, HOOKLINE_DATA_DIR: dataDir } = env;
  if (port === undefined || port === '0' || dataDir === undefined)
    throw new Error('A process needs a port and a data dir');
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, ...command], {
    cwd: dataDir,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  // A test that ends without ending its process must not leave it behind; SIGTERM also ends the Temporal server below it.
  const endWithTest = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithTest);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => {
      process.off('exit', endWithTest);
      resolve({ code, signal });
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, () => output);
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    end: async (signal) => {
      child.kill(signal);
      const overdue = sleep(END_WAIT_MS, undefined, { ref: false }).then(() => {
        child.kill('SIGKILL');
        throw new Error(`${command.join(' ')} did not end ${END_WAIT_MS} ms after ${signal}:\n${output}`);
      });
      return Promise.race([ended, overdue]);
    },
  };
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + READY_WAIT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended before it was ready:\n${output()}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(READY_POLL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`it was not ready after ${READY_WAIT_MS} ms:\n${output()}`);
}

/** Ends the Temporal server that a killed process left behind in a data dir; for clean-up after a crash test. */
export async function endOrphanServer(dataDir: string): Promise<void> {
  const text = await readFile(join(dataDir, 'temporal.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const { pid } = JSON.parse(text) as { pid: number };
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
