// Finds the `temporal` program to embed: the given one, the one on PATH, our cache, the official download, a build with Go.
// It must never use a server of a version we do not run on, and never leave half a program in the cache.
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { buildServer } from './server-build.ts';
import { downloadServer } from './server-download.ts';
import { programOnPath } from './program.ts';
import { CLI_VERSION, isSupported, readServerVersion, SUPPORTED_RANGE } from './server-version.ts';

export interface ServerBinary {
  path: string;
  /** Of the server in it, e.g. `1.29.1`. */
  version: string;
}

export interface FindOptions {
  /** HOOKLINE_TEMPORAL_BINARY: this one or none. */
  explicitPath?: string;
  /** Folder for downloads and builds, shared by all checkouts of this user. */
  cacheDir?: string;
  /** Lines for a person who waits. */
  progress(line: string): void;
  signal?: AbortSignal;
}

/** The ways to look and to get, replaceable so that their order can be tested without a network. */
export interface BinaryProbes {
  /** Full path of `temporal` on PATH. */
  onPath(): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /** Server version of a program; null when it does not run. */
  version(path: string): Promise<string | null>;
  /** Puts the program at `target`, whole or not at all. Rejects with the reason when it cannot. */
  download(target: string, options: FindOptions): Promise<void>;
  build(target: string, options: FindOptions): Promise<void>;
}

const machineProbes: BinaryProbes = {
  onPath: () => programOnPath('temporal'),
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  version: readServerVersion,
  download: downloadServer,
  build: buildServer,
};

/** ~/.cache/hookline, on macOS ~/Library/Caches/hookline. */
export function defaultCacheDir(): string {
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Caches', 'hookline')
    : join(homedir(), '.cache', 'hookline');
}

/**
 * Finds or gets the program. The first time this may take minutes (a download of 40 MB, or a build), later it is instant.
 * @throws Error saying what was tried and what to do.
 */
export async function findServerBinary(
  options: FindOptions,
  probes: BinaryProbes = machineProbes,
): Promise<ServerBinary> {
  if (options.explicitPath !== undefined) return explicitBinary(options.explicitPath, probes);
  const found = await binaryOnPath(options, probes);
  if (found) return found;
  const folder = join(options.cacheDir ?? defaultCacheDir(), `temporal-${CLI_VERSION}`);
  const target = join(folder, 'temporal');
  const cached = await usable(target, probes);
  if (cached) return cached;
  await mkdir(folder, { recursive: true });
  return withFileLock(
    `${target}.lock`,
    options,
    async () => (await usable(target, probes)) ?? getBinary(target, options, probes),
  );
}

async function explicitBinary(path: string, probes: BinaryProbes): Promise<ServerBinary> {
  const version = await probes.version(path);
  if (version === null) throw new Error(`HOOKLINE_TEMPORAL_BINARY: ${path} is no temporal program that runs here`);
  if (!isSupported(version)) {
    throw new Error(
      `HOOKLINE_TEMPORAL_BINARY: ${path} is Temporal server ${version}; Hookline runs on ${SUPPORTED_RANGE}`,
    );
  }
  return { path, version };
}

async function binaryOnPath({ progress }: FindOptions, probes: BinaryProbes): Promise<ServerBinary | null> {
  const path = await probes.onPath();
  if (path === null) return null;
  const version = await probes.version(path);
  if (version !== null && isSupported(version)) return { path, version };
  progress(
    `${path} is not used: it is ${version === null ? 'of no known version' : `server ${version}`}, Hookline runs on ${SUPPORTED_RANGE}`,
  );
  return null;
}

async function usable(path: string, probes: BinaryProbes): Promise<ServerBinary | null> {
  if (!(await probes.exists(path))) return null;
  const version = await probes.version(path);
  return version !== null && isSupported(version) ? { path, version } : null;
}

async function getBinary(target: string, options: FindOptions, probes: BinaryProbes): Promise<ServerBinary> {
  const faults: string[] = [];
  for (const way of [probes.download, probes.build]) {
    options.signal?.throwIfAborted();
    try {
      await way(target, options);
      const got = await usable(target, probes);
      if (got) return got;
      faults.push(`${target} does not run on this machine`);
    } catch (error) {
      options.signal?.throwIfAborted();
      faults.push((error as Error).message);
      options.progress((error as Error).message);
    }
  }
  throw new Error(
    `No Temporal server: ${faults.join('; ')}. Install the Temporal CLI ${CLI_VERSION} (https://docs.temporal.io/cli) or Go, ` +
      'or set HOOKLINE_TEMPORAL_BINARY to a temporal program, or TEMPORAL_ADDRESS to a running cluster.',
  );
}
