// What a start of Hookline does after an unclean stop of the last one. It only repeats what is idempotent.
import type { Logger } from 'pino';
import type { DataDirLock } from './inbox/lock.ts';
import type { Store } from './inbox/store.ts';

/** Starts sent again after an unclean stop: Temporal's last commits may be gone, and starting is idempotent. */
const RESEND_AFTER_UNCLEAN_STOP_MS = 15 * 60_000;

/** After an unclean stop, sends recent starts again. False when the store cannot do it now: the next start does it then. */
export async function recover(store: Store, lock: DataDirLock, logger: Logger): Promise<boolean> {
  if (!lock.uncleanStop) return true;
  try {
    const since = Date.now() - RESEND_AFTER_UNCLEAN_STOP_MS;
    const starts = await store.reopenStarts(since);
    const wakes = await store.reopenWakes(since);
    logger.info({ starts, wakes }, 'the last stop was unclean; recent starts are sent again, which repeats nothing');
    return true;
  } catch (error) {
    logger.error({ reason: (error as Error).message }, 'recent starts could not be sent again after an unclean stop');
    return false;
  }
}
