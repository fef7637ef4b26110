// A real `hookline serve --only receiver` without a Temporal server (what is started waits in the inbox), and commands that talk to it.
import { execFile, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../support/free-port.ts';
import { exited, fromProcess } from '../support/waiting.ts';
import type { Asked } from './command-child.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_WAIT_MS = 60_000;
const POLL_MS = 50;

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  folder: string;
  url: string;
  /** The environment of its commands. */
  env: Record<string, string>;
  /** Runs a command in the folder, one at a time. */
  hookline(
    args: string[],
    more?: { stdin?: string | Buffer; env?: Record<string, string | undefined> },
  ): Promise<Ended>;
  /** Runs a line of a shell in the folder, in which `npx hookline` is this Hookline. */
  shell(line: string): Promise<Ended>;
  write(name: string, content: string | Buffer): Promise<void>;
  end(): Promise<void>;
}

const COMMAND = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' '${join(ROOT, 'src/cli.ts')}'`;

/** A folder with flows (`copy` or `files` below `flows/`), and a receiver on it unless `receives` is false. */
export async function open(options: {
  copy?: string;
  files?: Record<string, string>;
  secrets?: Record<string, string>;
  receives?: boolean;
}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-commands-'));
  if (options.copy !== undefined) await cp(options.copy, join(folder, 'flows'), { recursive: true });
  else await cp(join(ROOT, 'flows/schemas'), join(folder, 'flows/schemas'), { recursive: true });
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, 'flows', name), text);
  const [port] = await freePorts(1);
  const secrets = Object.entries(options.secrets ?? {}).map(([name, value]) => [`HOOKLINE_SECRET_${name}`, value]);
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TZ: 'UTC',
    HOOKLINE_PORT: String(port),
    HOOKLINE_HOST: '127.0.0.1',
    HOOKLINE_FLOWS: './flows',
    HOOKLINE_DATA_DIR: './.hookline',
    // Nobody listens there: a cluster that is away is waited for, and deliveries are taken meanwhile.
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    ...Object.fromEntries(secrets),
  };
  const url = `http://127.0.0.1:${port}`;
  const child = options.receives === false ? undefined : await start(folder, env, url);
  let commands: ChildProcess | undefined;
  return {
    folder,
    url,
    env,
    async hookline(args, { stdin = '', env: more } = {}) {
      commands ??= await startCommands();
      const answer = fromProcess(commands, `the answer to ${args.join(' ')}`, once(commands, 'message'));
      const bytes = Buffer.from(stdin).toString('base64');
      commands.send({ args, cwd: folder, env: { ...env, ...more }, stdin: bytes } satisfies Asked);
      return (await answer)[0] as Ended;
    },
    shell: (line) => shell(line.replaceAll('npx hookline', COMMAND), folder, env),
    write: (name, content) => writeFile(join(folder, name), content),
    async end() {
      if (commands) await stop(commands);
      if (child) await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function shell(line: string, cwd: string, env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', line], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

async function startCommands(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'command-child.ts'), {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await fromProcess(child, 'it takes commands', once(child, 'message'));
  return child;
}

async function start(folder: string, env: Record<string, string>, url: string): Promise<ChildProcess> {
  const args = ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli.ts'), 'serve', '--only', 'receiver'];
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  process.once('exit', () => child.kill('SIGKILL'));
  const deadline = Date.now() + START_WAIT_MS;
  for (;;) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return child;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it did not start:\n${output}`);
    await sleep(POLL_MS);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await exited(child);
}
