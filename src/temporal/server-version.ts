// Versions of the Temporal server: which we run on, and which may open one another's database.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The CLI release that is downloaded or built; it holds server 1.29.1. Newer tags cannot be `go install`ed (a replace directive). */
export const CLI_VERSION = 'v1.5.1';
/** Servers we run on: from 1.29 (tested) below 1.32. The tuning keys of server-arguments.ts exist in them. */
const MINOR_MIN = 29;
const MINOR_END = 32;
const VERSION_TIMEOUT_MS = 10_000;

/** Words for people, e.g. in "needs server >=1.29 <1.32". */
export const SUPPORTED_RANGE = `>=1.${MINOR_MIN} <1.${MINOR_END}`;

/** The server version in `temporal --version`'s answer, e.g. `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`; null when it says none. */
export function parseServerVersion(text: string): string | null {
  return /\bServer v?(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? null;
}

export function isSupported(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major === 1 && minor !== undefined && minor >= MINOR_MIN && minor < MINOR_END;
}

/** True when both versions use the same SQLite schema: it changes with minor versions only, and the server never migrates it. */
export function sameSchema(one: string, other: string): boolean {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
  return minor(one) === minor(other);
}

/** Asks a `temporal` program for its server's version. Null when it is no such program, or does not answer. */
export async function readServerVersion(path: string): Promise<string | null> {
  const answer = await run(path, ['--version'], { timeout: VERSION_TIMEOUT_MS }).catch(() => null);
  return answer === null ? null : parseServerVersion(answer.stdout);
}
