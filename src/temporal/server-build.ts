// Builds the Temporal CLI from its published source with Go, where Go is installed: the way that needs no download site.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FindOptions } from './binary.ts';
import { programOnPath, runProgram } from './program.ts';
import { CLI_VERSION } from './server-version.ts';

/** About four minutes on two cores; a machine that needs longer than this is stuck. */
const BUILD_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_INTERVAL_MS = 15_000;
const MODULE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;

/**
 * Builds into a folder beside `target` and renames, so that `target` is whole or absent.
 * @throws Error with Go's own words when it cannot.
 */
export async function buildServer(target: string, { progress, signal }: FindOptions): Promise<void> {
  const go = await programOnPath('go');
  if (go === null) throw new Error('it cannot be built either: Go is not installed');
  const folder = await mkdtemp(join(dirname(target), 'build-'));
  progress(`building the Temporal server with Go (${MODULE}); this takes a few minutes, once on this machine`);
  try {
    await runProgram('env', [`GOBIN=${folder}`, go, 'install', MODULE], {
      intervalMs: PROGRESS_INTERVAL_MS,
      signal,
      tick: (elapsedSeconds) => {
        if (elapsedSeconds * 1000 > BUILD_TIMEOUT_MS)
          throw new Error(`it took longer than ${BUILD_TIMEOUT_MS / 60_000} minutes`);
        progress(`still building the Temporal server, ${elapsedSeconds} s`);
      },
    });
    await rename(join(folder, 'temporal'), target);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`the build with Go failed: ${(error as Error).message}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
