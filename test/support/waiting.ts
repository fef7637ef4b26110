// Waits of tests: for what is to happen, with a limit far beyond what the slowest machine takes, and an error that says what did not.
// Nothing here may wait for ever, and nothing may only sleep and hope.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** It passes only on a machine that is very busy, or when all is lost. */
const WAIT_MS = 60_000;
const LOOK_EVERY_MS = 25;

/** Looks until `check` gives something, and gives that; rejects after `waitMs`. */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  waitMs = WAIT_MS,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const found = await check();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`not within ${waitMs} ms: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** What `awaited` gives; rejects when that is not there after `waitMs`. */
export async function within<T>(what: string, awaited: Promise<T>, waitMs = WAIT_MS): Promise<T> {
  const there = new AbortController();
  const late = sleep(waitMs, undefined, { signal: there.signal }).then(() => {
    throw new Error(`not within ${waitMs} ms: ${what}`);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    late.catch(() => undefined);
    there.abort();
  }
}

/** What `awaited` gives, which the process is to bring about; rejects when the process ends before. */
export async function fromProcess<T>(child: ChildProcess, what: string, awaited: Promise<T>): Promise<T> {
  const there = new AbortController();
  const early = ended(child, there.signal).then((how) => {
    throw new Error(`the process ended with ${how} before: ${what}`);
  });
  try {
    return await within(what, Promise.race([awaited, early]));
  } finally {
    early.catch(() => undefined);
    there.abort();
  }
}

/** Resolves with its exit code or signal when the process has ended, also when it had before. */
export function exited(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return within(`process ${child.pid} ends`, ended(child));
}

async function ended(child: ChildProcess, signal?: AbortSignal): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal });
  return child.exitCode ?? child.signalCode!;
}
