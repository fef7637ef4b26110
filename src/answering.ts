// `respond: result`: the receiver starts the run itself (racing the dispatcher harmlessly) and waits for its answer.
import type { Engine } from './engine.ts';
import { RECEIVER_LEASE_MS, type Store } from './inbox/store.ts';
import type { Answer } from './server/answer.ts';

/**
 * Starts the run if it is not started yet, then waits for its answer, at most `withinMs`. A repeated delivery finds the run
 * and waits for the same answer. Without Temporal the answer is `pending`: the inbox holds the delivery.
 */
export function createRunAnswer(store: Store, engine: () => Engine | undefined): Answer {
  return async (start, withinMs) => {
    const deadline = Date.now() + withinMs;
    const running = engine();
    if (!running?.connected()) return { state: 'pending' };
    // A fresh start is the receiver's alone until its lease runs out; one of a repeat is claimed like any other.
    const claimed = start.claimed ?? (await store.claimStart(start.eventId, start.flow, RECEIVER_LEASE_MS, Date.now()));
    if (claimed !== null) {
      const result = await running.startRun(claimed);
      if (result.state === 'unavailable') {
        await store.settleStarts([{ id: claimed.id, state: 'pending', retryAt: Date.now(), error: result.error }]);
        return { state: 'pending' };
      }
      if (result.state === 'invalid') {
        await store.settleStarts([{ id: claimed.id, state: 'parked', error: result.error }]);
        return { state: 'failed', error: { code: 'not_started', message: 'The run could not be started' } };
      }
      // The sender does not wait for this commit: if it is lost, the dispatcher starts the run again, which changes nothing.
      store.settleStarts([{ id: claimed.id, state: 'started' }]).catch(() => undefined);
    }
    return running.answer(start, Math.max(1, deadline - Date.now()));
  };
}
