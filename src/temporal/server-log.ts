// The embedded server's own log, `temporal.log` in the data folder: bounded, one older file kept.
// It must never be the reason that a start fails.
import { open, rename, stat, truncate, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const LOG_FILE = 'temporal.log';
/** A log of this size is set aside at a start, and emptied while the server runs. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;
const CHECK_INTERVAL_MS = 60_000;
/** How much of the end of the log an error message shows. */
const TAIL_LINES_MAX = 5;

/** Opens the log for appending; one that has grown too large becomes `temporal.log.1` first. */
export async function openServerLog(dataDir: string): Promise<FileHandle> {
  const file = join(dataDir, LOG_FILE);
  if ((await bytesOf(file)) > LOG_BYTES_MAX) await rename(file, `${file}.1`).catch(() => undefined);
  return open(file, 'a', 0o600); // Warnings may quote what runs hold.
}

/** Empties the log whenever it has grown too large (the server appends, so it goes on at the start). Returns how to end this. */
export function boundServerLog(dataDir: string): () => void {
  const file = join(dataDir, LOG_FILE);
  const check = async (): Promise<void> => {
    if ((await bytesOf(file)) > LOG_BYTES_MAX) await truncate(file).catch(() => undefined);
  };
  const timer = setInterval(() => void check(), CHECK_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The last lines of the log, for an error message. */
export async function serverLogTail(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, LOG_FILE), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES_MAX).join('\n');
}

async function bytesOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
