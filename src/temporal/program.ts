// Looks programs up on PATH and runs them with our environment. It must never read the environment itself: config.ts does.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** How much of a failed program's output an error shows. */
const OUTPUT_CHARACTERS_MAX = 400;

/** Full path of a program on PATH, or null. `name` must be a plain word. */
export async function programOnPath(name: string): Promise<string | null> {
  const found = await run('sh', ['-c', `command -v ${name}`]).catch(() => null);
  return found?.stdout.trim() || null;
}

export interface ProgramRun {
  /** Called every `intervalMs` while it runs, with the seconds since it began. Throw to give up. */
  tick(elapsedSeconds: number): void | Promise<void>;
  intervalMs: number;
  signal?: AbortSignal;
}

/**
 * Runs a program to its end.
 * @throws Error with the end of its output when it fails, what `tick` threw, or the signal's reason.
 */
export async function runProgram(
  path: string,
  words: string[],
  { tick, intervalMs, signal }: ProgramRun,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const began = Date.now();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX)));
  }
  let givenUp: unknown;
  const giveUp = (reason: unknown): void => {
    givenUp ??= reason;
    child.kill('SIGKILL');
  };
  const timer = setInterval(
    () =>
      void Promise.resolve(Math.round((Date.now() - began) / 1000))
        .then(tick)
        .catch(giveUp),
    intervalMs,
  );
  const abort = (): void => giveUp(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (givenUp !== undefined) throw givenUp;
    if (code !== 0) throw new Error(output.trim() || `${path} ended with code ${code}`);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', abort);
  }
}
