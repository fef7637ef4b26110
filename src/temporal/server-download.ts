// Gets the official Temporal CLI through the SDK's own downloader (temporal.download). That only comes with starting a server,
// so a child process starts one in memory, on a free port, and ends it at once.
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FindOptions } from './binary.ts';
import { runProgram } from './program.ts';
import { CLI_VERSION } from './server-version.ts';

/** Without a byte by then there is no internet here (some networks swallow packets instead of refusing them). */
const FIRST_BYTE_TIMEOUT_MS = 20_000;
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
const WATCH_INTERVAL_MS = 5_000;

/** Runs in the child: argument 1 is the SDK's testing module, 2 the folder, 3 the version. */
const CHILD_PROGRAM = `
const { default: testing } = await import(process.argv[1]);
const executable = { type: 'cached-download', version: process.argv[3], downloadDir: process.argv[2] };
const server = await testing.TestWorkflowEnvironment.createLocal({ server: { executable } });
await server.teardown();
`;

/**
 * Downloads into a folder beside `target` and renames, so that `target` is whole or absent.
 * @throws Error in one line when it cannot.
 */
export async function downloadServer(target: string, { progress, signal }: FindOptions): Promise<void> {
  const folder = await mkdtemp(join(dirname(target), 'download-'));
  progress(`downloading the Temporal server (CLI ${CLI_VERSION}, about 40 MB), once on this machine`);
  try {
    const testing = fileURLToPath(import.meta.resolve('@temporalio/testing'));
    await runProgram(process.execPath, ['--input-type=module', '-e', CHILD_PROGRAM, testing, folder, CLI_VERSION], {
      intervalMs: WATCH_INTERVAL_MS,
      signal,
      tick: (elapsedSeconds) => watch(folder, elapsedSeconds * 1000, progress),
    }).catch(async (error: unknown) => {
      // What counts is the file: a server that could not start on this machine says so when it is tried.
      if ((await downloaded(folder)) === null) throw error;
    });
    const file = await downloaded(folder);
    if (file === null) throw new Error('nothing was downloaded');
    await rename(file, target);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`the download from temporal.download failed (${reason(error)})`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function watch(folder: string, elapsedMs: number, progress: (line: string) => void): Promise<void> {
  const bytes = await bytesIn(folder);
  if (bytes === 0 && elapsedMs > FIRST_BYTE_TIMEOUT_MS) throw new Error('no answer; is there no internet here?');
  if (elapsedMs > DOWNLOAD_TIMEOUT_MS) throw new Error(`it took longer than ${DOWNLOAD_TIMEOUT_MS / 60_000} minutes`);
  if (bytes > 0) progress(`still downloading, ${Math.round(bytes / 1e6)} MB unpacked`);
}

/** The finished file: the downloader writes `NAME.downloading` and renames it. */
async function downloaded(folder: string): Promise<string | null> {
  const name = (await readdir(folder)).find(
    (entry) => entry.startsWith('temporal-') && !entry.endsWith('.downloading'),
  );
  return name === undefined ? null : join(folder, name);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The line of the child's output that says why, without the stack and the causes that only wrap another one. */
function reason(error: unknown): string {
  const lines = (error as Error).message.split('\n').map((line) => line.trim());
  const line =
    lines.find((text) => /error|failed/i.test(text) && !text.startsWith('at ')) ?? lines[0] ?? 'unknown reason';
  return line.split('): ').at(-1)!.replace(/\]$/, '');
}
