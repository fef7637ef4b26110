// The flows of a folder, kept current: a saved file is loaded within a second, a broken save changes nothing but the log.
import { readFileSync, watch as watchFolder, type FSWatcher } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Catalog } from './catalog.ts';
import { fingerprintOf, readFlowFiles } from './files.ts';
import { isEmpty, keepLastGood } from './last-good.ts';
import { loadCatalog, type SourceFile } from './load.ts';

/** Saves come as several events, and some editors write a file in pieces. */
const debounceMs = 60;
/** Not every file system reports changes (mounts, folders inside the folder), so files are also looked at this often. */
const pollMs = 500;

export interface RegistryOptions {
  /** A flow file or a folder. */
  path: string;
  logger: Logger;
  /** Whether a secret is set; without it secrets are not looked for. */
  hasSecret?(name: string): boolean;
  /** Whether HOOKLINE_TRUSTED_PROXIES names any; undefined where that does not matter. */
  hasTrustedProxies?: boolean;
  /** Load again when files change. */
  watch: boolean;
  /** Called after every reload that found changed files. */
  onChange?: ((catalog: Catalog) => void) | undefined;
}

export interface Registry {
  /** What is loaded now. */
  current(): Catalog;
  /** Loads again now. Never rejects for what is in the files; rejects when the folder cannot be read. */
  reload(): Promise<Catalog>;
  /** Stops watching, and waits for a reload under way. */
  close(): Promise<void>;
}

/** Loads the flows. Rejects when the folder or file cannot be read at all. */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const { path, logger } = options;
  let fingerprint = await fingerprintOf(path);
  let current = await loadFirst(options);
  let queue: Promise<unknown> = Promise.resolve();

  const reload = (): Promise<Catalog> => {
    const next = queue.then(async () => {
      fingerprint = await fingerprintOf(path);
      current = await loadAgain(options, current);
      options.onChange?.(current);
      return current;
    });
    queue = next.catch(() => undefined);
    return next;
  };
  let unreadable = ''; // Why, the last time; said once, since it is looked every half second.
  const reloadChanged = async (): Promise<void> => {
    try {
      await queue;
      if ((await fingerprintOf(path)) !== fingerprint) await reload();
      unreadable = '';
    } catch (error) {
      if (unreadable === reasonOf(error)) return;
      unreadable = reasonOf(error);
      logger.error({ path, reason: unreadable }, 'flows cannot be read; the loaded ones stay in use');
    }
  };
  const watching = options.watch ? watchChanges(path, reloadChanged) : undefined;
  const close = async (): Promise<void> => {
    watching?.close();
    await queue;
  };
  return { current: () => current, reload, close };
}

async function loadFirst(options: RegistryOptions): Promise<Catalog> {
  const catalog = load(options, await readFlowFiles(options.path));
  logProblems(options.logger, catalog);
  return catalog;
}

async function loadAgain(options: RegistryOptions, previous: Catalog): Promise<Catalog> {
  const files = await readFlowFiles(options.path);
  const loaded = load(options, files);
  const { catalog, flows } = keepLastGood(previous, loaded, files);
  logProblems(options.logger, catalog);
  for (const { path } of files.filter(isEmpty))
    options.logger.warn({ file: path }, `${path} is empty: what it had stays in use; delete the file to take it away`);
  for (const flow of flows)
    options.logger.error({ flow }, 'the flow cannot be loaded as it is now; its last good version stays in use');
  options.logger.info({ flows: catalog.flows.size, sources: catalog.sources.size }, 'flows loaded');
  return catalog;
}

function load({ hasSecret, hasTrustedProxies }: RegistryOptions, files: SourceFile[]): Catalog {
  return loadCatalog(files, { readSchema, hasSecret, hasTrustedProxies, isWhole: true });
}

function logProblems(logger: Logger, catalog: Catalog): void {
  for (const { severity, code, file, line, column, message } of catalog.problems) {
    const text = `${file}:${line}:${column}: ${message}`;
    if (severity === 'error') logger.error({ code }, text);
    else logger.warn({ code }, text);
  }
}

/** Reads a JSON Schema named in a flow, relative to the flow's file. */
export function readSchema(path: string, fromFile: string): unknown {
  return JSON.parse(readFileSync(resolve(dirname(fromFile), path), 'utf8'));
}

/** Calls `changed` soon after files may have changed, one call at a time. */
function watchChanges(path: string, changed: () => Promise<void>): { close(): void } {
  let soon: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let isClosed = false;
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy || isClosed) return;
    busy = true;
    await changed().finally(() => (busy = false));
  };
  const trigger = (): void => {
    clearTimeout(soon);
    soon = setTimeout(() => void look(), debounceMs);
  };
  try {
    watcher = watchFolder(path, { persistent: false }, trigger);
    watcher.on('error', () => watcher?.close());
  } catch {
    // Where watching is not possible, looking every half second is enough.
  }
  const poll = setInterval(() => void look(), pollMs);
  poll.unref();
  return {
    close() {
      isClosed = true;
      clearTimeout(soon);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
