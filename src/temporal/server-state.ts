// What is known about the embedded server across our own restarts: `temporal.json` in the data folder.
// It must never be written halfway: a torn file would lose track of a running server.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerState {
  /** Process id; null while it is being started, or after it was stopped. */
  pid: number | null;
  port: number;
  uiPort: number;
  /** Absolute path of the SQLite file. */
  databaseFile: string;
  /** Version of the server that made the database, e.g. `1.29.1`. */
  version: string;
  /** ISO 8601. */
  startedAt: string;
}

const STATE_FILE = 'temporal.json';

/** The state, or null when there is none or it cannot be understood. */
export async function readServerState(dataDir: string): Promise<ServerState | null> {
  const text = await readFile(join(dataDir, STATE_FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const state = JSON.parse(text) as Partial<ServerState>;
    const complete =
      typeof state.version === 'string' && typeof state.databaseFile === 'string' && Number.isInteger(state.port);
    return complete ? (state as ServerState) : null;
  } catch {
    return null;
  }
}

/** Replaces the state as a whole. */
export async function writeServerState(dataDir: string, state: ServerState): Promise<void> {
  const file = join(dataDir, STATE_FILE);
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
  await rename(draft, file);
}
