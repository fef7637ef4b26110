// The embedded Temporal server with its Web UI: started, adopted when an earlier process of ours left it running, restarted
// when it dies, stopped. It must be called by the process that holds the data folder's lock, and by no other.
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { serverArguments } from './server-arguments.ts';
import { isServing } from './server-health.ts';
import { keepRunning } from './server-keeper.ts';
import { launchServer, watchServer, type ServerProcess } from './server-launch.ts';
import { boundServerLog } from './server-log.ts';
import { claimPort } from './server-ports.ts';
import { commandLine, isServer, stopServerProcess } from './server-process.ts';
import { readServerState, writeServerState, type ServerState } from './server-state.ts';
import { sameSchema } from './server-version.ts';

const DATABASE_FILE = 'temporal.db';
const ADOPT_TIMEOUT_MS = 5_000;

export interface EmbeddedOptions {
  binary: { path: string; version: string };
  /** Folder for database, log and state; made when missing. */
  dataDir: string;
  /** 0 takes a free one (of an adopted server: whatever it has). */
  port: number;
  uiPort: number;
  namespace: string;
  logger: Logger;
  /** Address to bind to, 127.0.0.1 by default. */
  bindHost?: string;
  /** False runs it as `temporal server start-dev` comes, for comparison. */
  tuned?: boolean;
}

export interface EmbeddedServer {
  /** host:port for clients. */
  address: string;
  uiUrl: string;
  /** Of the process that runs now; changes when the server is restarted. */
  pid(): number;
  /** True when a running server was taken over instead of started. */
  adopted: boolean;
  /** Calls back whenever the server has died by itself (it is then restarted). */
  onExit(listener: () => void): void;
  /** Stops it: SIGTERM, SIGKILL after 5 s. Resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the server, or adopts the one that runs on this data folder, and keeps it running.
 * @throws Error in words for the user: a taken port, a database of another version, a server that does not start.
 */
export async function startEmbeddedServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const host = options.bindHost ?? '127.0.0.1';
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const databaseFile = join(dataDir, DATABASE_FILE);
  const left = await readServerState(dataDir);
  await refuseOtherVersion(options, dataDir, databaseFile, left);

  const { namespace, tuned = true } = options;
  const argumentsFor = (port: number, uiPort: number): string[] =>
    serverArguments({ databaseFile, host, port, uiPort, namespace, tuned });
  const adopted = await adoptOrReplace(options, left, argumentsFor);
  const port = adopted ? left!.port : await claimPort(host, options.port, 'HOOKLINE_TEMPORAL_PORT');
  const uiPort = adopted ? left!.uiPort : await claimPort(host, options.uiPort, 'HOOKLINE_TEMPORAL_UI_PORT');
  const shownHost = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const address = `${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${port}`;

  const startedAt = adopted ? left!.startedAt : new Date().toISOString();
  const state = (pid: number | null): ServerState => ({
    pid,
    port,
    uiPort,
    databaseFile,
    version: options.binary.version,
    startedAt,
  });
  const launch = async (signal?: AbortSignal): Promise<ServerProcess> => {
    await writeServerState(dataDir, state(null)); // The version is on record before the database exists.
    return launchServer({
      path: options.binary.path,
      arguments: argumentsFor(port, uiPort),
      dataDir,
      databaseFile,
      address,
      spawned: (pid) => writeServerState(dataDir, state(pid)),
      signal,
    });
  };
  const first = adopted ?? (await launch());
  const kept = keepRunning(first, launch, options.logger);
  const unbound = boundServerLog(dataDir);
  return {
    address,
    uiUrl: `http://${address.slice(0, address.lastIndexOf(':'))}:${uiPort}`,
    pid: () => kept.current().pid,
    adopted: adopted !== null,
    onExit: kept.onExit,
    stop: async () => {
      unbound();
      const last = await kept.release();
      await stopServerProcess({ pid: last.pid, databaseFile });
      await writeServerState(dataDir, state(null));
    },
  };
}

async function refuseOtherVersion(
  { binary }: EmbeddedOptions,
  dataDir: string,
  databaseFile: string,
  left: ServerState | null,
): Promise<void> {
  const exists = await stat(databaseFile).then(
    () => true,
    () => false,
  );
  if (!exists || (left !== null && sameSchema(left.version, binary.version))) return;
  const made =
    left === null
      ? 'a Temporal server of unknown version (temporal.json is missing)'
      : `Temporal server ${left.version}`;
  throw new Error(
    `${databaseFile} was made by ${made} and ${binary.path} is server ${binary.version}, which cannot read it. ` +
      `Either set HOOKLINE_TEMPORAL_BINARY to a temporal program with the older server, or move temporal.db* and temporal.json ` +
      `out of ${dataDir} (finished and running runs in them are then gone; deliveries stay in the inbox).`,
  );
}

/** Takes over the running server of this data folder when it is what we would start; stops it when it is anything else. */
async function adoptOrReplace(
  { binary, port, uiPort, logger }: EmbeddedOptions,
  left: ServerState | null,
  argumentsFor: (port: number, uiPort: number) => string[],
): Promise<ServerProcess | null> {
  if (left === null || left.pid === null) return null;
  const identity = { pid: left.pid, databaseFile: left.databaseFile };
  if (!(await isServer(identity))) return null;
  const wanted = argumentsFor(port === 0 ? left.port : port, uiPort === 0 ? left.uiPort : uiPort).join(' ');
  const same = left.version === binary.version && (await commandLine(left.pid)).endsWith(` ${wanted}`);
  if (same && (await isServing(`127.0.0.1:${left.port}`, ADOPT_TIMEOUT_MS))) {
    logger.info({ pid: left.pid }, 'the Temporal server of an earlier start is still running and is used');
    return watchServer(left.pid, left.databaseFile);
  }
  logger.info({ pid: left.pid }, 'the Temporal server of an earlier start is replaced');
  await stopServerProcess(identity);
  return null;
}
