// Ends a process in order on Ctrl-C and SIGTERM. A second signal ends it at once (nothing acknowledged is lost by that).
import type { Logger } from 'pino';
import type { Hookline } from '../hookline.ts';

/** Backstop: whatever hangs, the process is gone within 10 s of the signal. */
const STOP_TIMEOUT_MS = 9_800;

/** Stops `hookline` on the first SIGINT or SIGTERM, then exits 0. */
export function stopOnSignals(hookline: Hookline, logger: Logger, afterStop?: () => Promise<void>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info(`${signal}: stopping; unfinished runs go on at the next start`);
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    hookline
      .stop()
      .then(() => afterStop?.())
      .then(
        () => process.exit(0),
        (error: Error) => {
          logger.error({ reason: error.message }, 'did not stop cleanly');
          process.exit(1);
        },
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
