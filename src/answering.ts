// `respond: result`: the receiver starts the run itself (racing the dispatcher harmlessly) and waits for its answer.
import type { Engine } from './engine.ts';
import type { StartTurns } from './inbox/start-turns.ts';
import { RECEIVER_LEASE_MS, type Store } from './inbox/store.ts';
import type { Answer, Answered, AnswerStart } from './server/answer.ts';

/** How often it is looked whether a start that waits for its turn was skipped meanwhile. */
const TURN_LOOK_MS = 500;

/** Temporal refused the run for good. */
const NOT_STARTED: Answered = {
  state: 'failed',
  error: { code: 'not_started', message: 'The run could not be started' },
};

/**
 * Starts the run if it is not started yet, then waits for its answer, at most `withinMs`. A repeated delivery finds the run
 * and waits for the same answer. Without Temporal the answer is `pending`: the inbox holds the delivery. A start that its flow's
 * admission holds back is the dispatcher's: its turn is waited for.
 * @param alreadyStarted told of a start that counts (`concurrency`) and had been started before: its run may be over by now.
 */
export function createRunAnswer(
  store: Pick<Store, 'claimStart' | 'settleStarts' | 'startStatus'>,
  engine: () => Engine | undefined,
  turns: StartTurns,
  alreadyStarted?: (workflowId: string) => void,
): Answer {
  return async (start, withinMs) => {
    const deadline = Date.now() + withinMs;
    const running = engine();
    if (!running?.connected()) return { state: 'pending' };
    // A fresh start is the receiver's alone until its lease runs out; one of a repeat is claimed like any other.
    const claimed = start.claimed ?? (await store.claimStart(start.eventId, start.flow, RECEIVER_LEASE_MS, Date.now()));
    let { eventId } = start;
    if (claimed === null) {
      const turn = await turnOf(store, turns, start, deadline);
      if ('state' in turn) return turn;
      ({ eventId } = turn);
    } else {
      const result = await running.startRun(claimed);
      if (result.state === 'unavailable') {
        await store.settleStarts([{ id: claimed.id, state: 'pending', retryAt: Date.now(), error: result.error }]);
        return { state: 'pending' };
      }
      if (result.state === 'invalid') {
        await store.settleStarts([{ id: claimed.id, state: 'parked', error: result.error }]);
        return NOT_STARTED;
      }
      // The sender does not wait for this commit: if it is lost, the dispatcher starts the run again, which changes nothing.
      const already = result.state === 'already';
      store.settleStarts([{ id: claimed.id, state: 'started', ...(already && { already }) }]).catch(() => undefined);
      if (already && claimed.admission?.concurrency !== undefined) alreadyStarted?.(result.workflowId);
    }
    return running.answer({ ...start, eventId }, Math.max(1, deadline - Date.now()));
  };
}

/** The event whose run was started, or that nobody knows of; else the answer that stands for it. What was gathered is in another's run. */
async function turnOf(
  store: Pick<Store, 'startStatus'>,
  turns: StartTurns,
  start: AnswerStart,
  deadline: number,
): Promise<Answered | { eventId: string }> {
  const { flow } = start;
  for (let { eventId } = start; ;) {
    const status = await store.startStatus(eventId, flow);
    if (status?.state === 'skipped') return { state: 'skipped' };
    if (status?.state === 'parked') return NOT_STARTED;
    if (status?.state === 'gathered' && status.runEvent !== undefined) {
      eventId = status.runEvent;
      continue;
    }
    if (status?.state !== 'pending' && status?.state !== 'gathering') return { eventId };
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) return { state: 'pending' };
    if (await turns.wait(eventId, flow, Math.min(leftMs, TURN_LOOK_MS))) return { eventId };
  }
}
