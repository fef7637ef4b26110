// Takes the parts of a process apart, one after the other, whatever one of them says.
import type { Logger } from 'pino';

/** A part's name, for the log, and how to stop it. */
export type StopStep = [part: string, stop: () => Promise<unknown> | void];

/** Runs every step in order; one that fails is logged and the next one runs all the same. The promise is the same for every caller. */
export function stopInOrder(logger: Logger, steps: StopStep[]): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => (stopping ??= runSteps(logger, steps));
}

async function runSteps(logger: Logger, steps: StopStep[]): Promise<void> {
  for (const [part, stop] of steps) {
    const startedAt = performance.now();
    try {
      await stop();
      logger.debug({ part, ms: Math.round(performance.now() - startedAt) }, 'stopped');
    } catch (error) {
      logger.error({ part, reason: (error as Error).message }, 'did not stop cleanly');
    }
  }
}
