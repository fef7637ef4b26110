// Processes seen from outside: is that pid really our Temporal server, and how it is stopped.
// It must never signal a process that it has not recognised by its command line.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';

const run = promisify(execFile);

/** Time a server gets to close its database after SIGTERM before it is killed. */
export const STOP_GRACE_MS = 5_000;
const STOP_POLL_MS = 20;

/** What tells our server from any other process. */
export interface ServerIdentity {
  pid: number;
  /** The database file, an absolute path: the argument that no other process has. */
  databaseFile: string;
}

/** True when `pid` is alive and is a Temporal server on that database file. */
export async function isServer({ pid, databaseFile }: ServerIdentity): Promise<boolean> {
  const words = await commandLine(pid);
  return `${words} `.includes(` server start-dev --db-filename ${databaseFile} `);
}

/** The words of a process's command line, a space between them; empty when there is no such process (or it is a zombie). */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ').trimEnd();
  }
  const listed = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return listed?.stdout.trimEnd() ?? '';
}

/** Stops a server: SIGTERM, then SIGKILL after STOP_GRACE_MS. Resolves when it is gone. */
export async function stopServerProcess(identity: ServerIdentity): Promise<void> {
  if (!(await isServer(identity))) return;
  signal(identity.pid, 'SIGTERM');
  if (await goneWithin(identity, STOP_GRACE_MS)) return;
  signal(identity.pid, 'SIGKILL');
  if (await goneWithin(identity, STOP_GRACE_MS)) return;
  throw new Error(`The Temporal server (process ${identity.pid}) does not end, not even after SIGKILL`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function goneWithin({ pid }: ServerIdentity, waitMs: number): Promise<boolean> {
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline) {
    if (await isGone(pid)) return true;
    await pause(STOP_POLL_MS);
  }
  return false;
}

/**
 * True when nothing of a process is left but perhaps its exit code. Its command line is empty a little earlier, while it
 * still holds its port: a server started then would find the port taken.
 */
async function isGone(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') {
    const listed = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => undefined);
    return listed === undefined || listed.stdout.trim().startsWith('Z');
  }
  // pid (name) state …, see proc_pid_stat(5). The first thread may be done before the others are.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (!/\) Z [^)]*$/.test(status)) return status === '';
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  return threads.length <= 1;
}
