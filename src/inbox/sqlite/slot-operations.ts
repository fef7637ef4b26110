// What the store is asked about places: runs that end, holders to ask after, places that are free again.
import type { HolderQuestion, SlotHolder, StartNews, UnstartedCall, UnwantedStart } from '../slots.ts';
import { createAdmitting, type AdmittedStart } from './admission.ts';
import { takeNews, type Connection, type Memory } from './connection.ts';
import { createBringForward } from './set-back.ts';
import { createUnborn } from './start-unborn.ts';

/** Places forgotten in one call. */
const PRUNED_PLACES_MAX = 500;

/** Operations on places. */
export function createSlotOperations(connection: Connection, memory: Memory) {
  const { db } = connection;
  const admitting = createAdmitting(connection, memory);
  const unborn = createUnborn(connection, memory);
  const startsOf = db.prepare<[string], number>('SELECT start FROM slots WHERE workflow_id = ?').pluck();
  // A start that is still to be made is the dispatcher's: its run is neither over nor there. One that was deleted by age was made.
  const begun = `NOT EXISTS (SELECT 1 FROM starts WHERE starts.id = slots.start AND state = 'pending')`;
  const columns = 'workflow_id AS workflowId, cancel';
  const wanted = db.prepare<[number, number], { workflowId: string; cancel: number }>(
    `SELECT ${columns} FROM slots WHERE wanted = 1 AND checked_at <= ? AND ${begun} ORDER BY checked_at LIMIT ?`,
  );
  const unchecked = db.prepare<[number, number], { workflowId: string; cancel: number }>(
    `SELECT ${columns} FROM slots WHERE checked_at <= ? AND ${begun} ORDER BY checked_at LIMIT ?`,
  );
  // Somebody waits still, or it was only an event that was skipped, and the next one asks again.
  const checked = db.prepare(
    `UPDATE slots SET checked_at = ?, wanted = cancel OR EXISTS (
       SELECT 1 FROM slot_queue WHERE gate = 'concurrency' AND slot_queue.flow = slots.flow AND slot_queue.key = slots.key)
     WHERE workflow_id = ?`,
  );
  const unstarted = db.prepare<[number], UnstartedCall>(
    `SELECT starts.id AS start, event_id AS eventId, flow, coalesce(error, '') AS reason
     FROM unstarted_calls JOIN starts ON starts.id = unstarted_calls.start JOIN events ON events.id = starts.event
     ORDER BY unstarted_calls.start LIMIT ?`,
  );
  const forgetUnstarted = db.prepare('DELETE FROM unstarted_calls WHERE start = ?');
  const forgetPlaces = db.prepare(
    `DELETE FROM rate_slots WHERE id IN (SELECT id FROM rate_slots WHERE free_at <= ? LIMIT ${PRUNED_PLACES_MAX})`,
  );
  const waiting = db.prepare<[string, string], AdmittedStart>(
    `SELECT starts.id, flow, admission FROM events JOIN starts ON starts.event = events.id
     WHERE event_id = ? AND flow = ? AND state = 'pending' AND admission IS NOT NULL`,
  );
  const countQueued = db.prepare<[], number>('SELECT count(*) FROM slot_queue').pluck();
  const countTimed = db
    .prepare<[number], number>(
      `SELECT count(*) FROM rate_slots CROSS JOIN starts ON starts.id = start
       WHERE free_at IS NULL AND state = 'pending' AND attempts = 0 AND due_at > ?`,
    )
    .pluck();

  function release(workflowId: string, now: number): void {
    for (const start of startsOf.all(workflowId)) admitting.ended(start, now);
  }

  return {
    releaseSlots(workflowId: string, now: number): StartNews | null {
      release(workflowId, now);
      return takeNews(connection);
    },
    holdersToCheck({ wantedBefore, anyBefore, limit }: HolderQuestion): SlotHolder[] {
      const rows = [...wanted.all(wantedBefore, limit), ...unchecked.all(anyBefore, limit)].slice(0, limit);
      const holders = new Map(rows.map(({ workflowId, cancel }) => [workflowId, { workflowId, cancel: cancel === 1 }]));
      return [...holders.values()];
    },
    settleHolders(holders: { workflowId: string; over: boolean }[], now: number): StartNews | null {
      for (const { workflowId, over } of holders) {
        if (over) release(workflowId, now);
        else checked.run(now, workflowId);
      }
      return takeNews(connection);
    },
    withdrawStart(
      { eventId, flow, reason }: UnwantedStart,
      now: number,
    ): { withdrawn: boolean; news: StartNews | null } {
      const start = waiting.get(eventId, flow);
      if (start === undefined || !unborn.has(start.id, now)) return { withdrawn: false, news: null };
      admitting.withdraw(start, reason, now);
      return { withdrawn: true, news: takeNews(connection) };
    },
    unstartedCalls: (limit: number): UnstartedCall[] => unstarted.all(limit),
    settleUnstartedCalls(starts: number[]): void {
      for (const start of starts) forgetUnstarted.run(start);
    },
    /** True when there may be more. */
    pruneSlots: (now: number): boolean => forgetPlaces.run(now).changes === PRUNED_PLACES_MAX,
    bringForward: createBringForward(connection, memory),
    countWaitingStarts: (now: number): number => countQueued.get()! + countTimed.get(now)!,
  };
}
