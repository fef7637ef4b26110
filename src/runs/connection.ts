// How commands reach the Temporal server that runs are on: a cluster, or the embedded server of the data folder. It starts nothing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { DataConverter } from '@temporalio/common';
import type { Settings } from '../config.ts';
import { SQLITE_FILE } from '../inbox/sqlite.ts';
import { connectSettings, connectTemporal, type TemporalConnection } from '../temporal/connect.ts';
import { createDataConverter, type Blobs } from '../temporal/external-storage.ts';
import { readServerState } from '../temporal/server-state.ts';

/** A connection to where runs are. */
export interface RunsConnection extends TemporalConnection {
  namespace: string;
  taskQueue: string;
  dataConverter: DataConverter;
  /** Of the embedded server. */
  uiUrl?: string;
}

/** Nobody answers where runs should be; the message says what to do. */
export class NoTemporalError extends Error {
  override name = 'NoTemporalError';
}

/**
 * Connects as the settings say. Large payloads are read from the data folder, beside the process that writes them.
 * @throws NoTemporalError when there is no server, or it does not answer.
 */
export async function connectToRuns(settings: Settings): Promise<RunsConnection> {
  const { address, uiUrl } = await serverOf(settings);
  const blobs = readBlobs(settings.dataDir);
  const dataConverter = createDataConverter(blobs);
  const { temporalNamespace: namespace, taskQueue } = settings;
  try {
    const { connection, client, close } = await connectTemporal({
      address,
      ...connectSettings(settings),
      dataConverter,
    });
    const closeAll = async (): Promise<void> => {
      await close();
      blobs.close();
    };
    return { connection, client, close: closeAll, namespace, taskQueue, dataConverter, uiUrl };
  } catch (error) {
    blobs.close();
    throw new NoTemporalError(`Temporal at ${address} does not answer: ${(error as Error).message}`, { cause: error });
  }
}

async function serverOf(settings: Settings): Promise<{ address: string; uiUrl?: string }> {
  const { temporalUiUrl } = settings;
  if (settings.temporalAddress !== undefined) return { address: settings.temporalAddress, uiUrl: temporalUiUrl };
  const state = await readServerState(settings.dataDir);
  if (state === null || state.pid === null) {
    throw new NoTemporalError(
      `No Temporal server runs for the data folder ${settings.dataDir}. Start Hookline (\`npx hookline dev\`), or set TEMPORAL_ADDRESS or HOOKLINE_DATA_DIR.`,
    );
  }
  return { address: `127.0.0.1:${state.port}`, uiUrl: temporalUiUrl ?? `http://127.0.0.1:${state.uiPort}` };
}

/** The store's blobs, opened beside the process that owns it when the first one is needed. */
function readBlobs(dataDir: string): Blobs & { close(): void } {
  const file = join(dataDir, SQLITE_FILE);
  let database: Database.Database | undefined;
  return {
    // A blob that a command writes is one that it has read: it is there.
    putBlob: async () => undefined,
    async getBlob(key) {
      if (!existsSync(file)) return null;
      database ??= new Database(file, { readonly: true, fileMustExist: true });
      const row = database.prepare('SELECT bytes FROM blobs WHERE key = ?').get(key) as { bytes: Buffer } | undefined;
      return row?.bytes ?? null;
    },
    close: () => void database?.close(),
  };
}
