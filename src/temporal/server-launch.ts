// Launches one Temporal server process and waits until it serves. It must never leave a process behind when it gives up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { isServing } from './server-health.ts';
import { openServerLog, serverLogTail } from './server-log.ts';
import { isServer, stopServerProcess } from './server-process.ts';

/** A server that does not serve by then (a slow disk, say) is given up. */
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 20;
const HEALTH_TIMEOUT_MS = 1_000;
/** How often a server that is not our child is looked at. */
const WATCH_INTERVAL_MS = 250;

export interface Launch {
  path: string;
  arguments: string[];
  dataDir: string;
  databaseFile: string;
  /** host:port of its gRPC frontend. */
  address: string;
  /** Called with the process id as soon as there is one, before it serves. */
  spawned(pid: number): Promise<void>;
  /** Ends the wait; the process is then stopped. */
  signal?: AbortSignal;
}

export interface ServerProcess {
  pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<void>;
}

/**
 * Launches the server in a session of its own, so that Ctrl-C in the terminal does not end it before us.
 * It gets none of our environment but the home folder: secrets of ours are no business of it.
 * @throws Error with the end of its log when it ends or does not serve in time.
 */
export async function launchServer(launch: Launch): Promise<ServerProcess> {
  const log = await openServerLog(launch.dataDir);
  const child = spawn(launch.path, launch.arguments, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { HOME: homedir(), TMPDIR: tmpdir(), TZ: 'UTC' },
  });
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  child.unref();
  try {
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw new Error(`${launch.path} cannot be run: ${error.message}`);
    }
    const server = { pid: child.pid, ended };
    await launch.spawned(child.pid);
    await untilServing(launch, server);
    await keepPrivate(launch.databaseFile);
    return server;
  } finally {
    await log.close();
  }
}

async function untilServing(launch: Launch, server: ServerProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let alive = true;
  void server.ended.then(() => (alive = false));
  while (alive && !launch.signal?.aborted && Date.now() < deadline) {
    // A stranger may serve on that port: what counts is that our process is there as well.
    if ((await isServing(launch.address, HEALTH_TIMEOUT_MS)) && alive) return;
    await pause(READY_POLL_MS);
  }
  await stopServerProcess({ pid: server.pid, databaseFile: launch.databaseFile });
  const what = alive ? `did not serve within ${READY_TIMEOUT_MS / 1000} s` : 'ended while it started';
  throw new Error(
    `The Temporal server ${what}. Its log (${launch.dataDir}/temporal.log) ends with:\n${await serverLogTail(launch.dataDir)}`,
  );
}

/** Histories hold events' bodies: their files are for this user alone. (The server itself takes no mode.) */
async function keepPrivate(databaseFile: string): Promise<void> {
  for (const file of [databaseFile, `${databaseFile}-wal`, `${databaseFile}-shm`]) {
    await chmod(file, 0o600).catch(() => undefined);
  }
}

/** Watches a server that an earlier process of ours launched. */
export function watchServer(pid: number, databaseFile: string): ServerProcess {
  const watch = async (): Promise<void> => {
    while (await isServer({ pid, databaseFile })) await pause(WATCH_INTERVAL_MS, undefined, { ref: false });
  };
  return { pid, ended: watch() };
}
