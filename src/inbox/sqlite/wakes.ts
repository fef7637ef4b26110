// Wakes: which run is to be told of which event next, and what came of it. A claim writes nothing; its lease is in memory. A wait
// is told of its events in their order, so the next one waits until the one before was sent.
import type { WakeOutcome } from '../waits.ts';
import { AWAITED_COLUMNS, type AwaitedRow } from './awaited-row.ts';
import type { Connection } from './connection.ts';

/** A claimed wake on its way from the thread. */
export interface ClaimedWakeRow extends AwaitedRow {
  id: number;
  waiter: string;
  workflowId: string;
  attempts: number;
}

/** Operations on wakes. */
export function createWakeOperations({ db }: Connection) {
  /** Wake id → Unix ms until which it is another's. A reopened database has none: a run ignores what it is told twice. */
  const leases = new Map<number, number>();
  const due = db
    .prepare<[number], number>(
      `SELECT id FROM wakes WHERE sent_at IS NULL AND due_at <= ? AND NOT EXISTS (
         SELECT 1 FROM wakes AS earlier
         WHERE earlier.waiter = wakes.waiter AND earlier.event < wakes.event AND earlier.sent_at IS NULL)
       ORDER BY due_at, id`,
    )
    .pluck();
  const claimed = db.prepare<[number], ClaimedWakeRow>(
    `SELECT wakes.id, waiter, workflow_id AS workflowId, attempts, ${AWAITED_COLUMNS}
     FROM wakes JOIN events ON events.id = wakes.event JOIN deliveries ON deliveries.id = events.delivery WHERE wakes.id = ?`,
  );
  const settleSent = db.prepare('UPDATE wakes SET sent_at = ? WHERE id = ?');
  const settlePending = db.prepare(
    'UPDATE wakes SET due_at = ?, attempts = attempts + ? WHERE id = ? AND sent_at IS NULL',
  );
  const runOf = db.prepare<[number], string>('SELECT workflow_id FROM wakes WHERE id = ?').pluck();
  const deleteWakes = db.prepare('DELETE FROM wakes WHERE workflow_id = ?');
  const deleteKeys = db.prepare(
    'DELETE FROM waiter_keys WHERE waiter IN (SELECT id FROM waiters WHERE workflow_id = ?)',
  );
  const deleteWaiters = db.prepare('DELETE FROM waiters WHERE workflow_id = ?');
  const reopen = db.prepare('UPDATE wakes SET sent_at = NULL WHERE sent_at >= ?');

  function dueAndFree(limit: number, now: number): number[] {
    const ids: number[] = [];
    for (const id of due.iterate(now)) {
      if ((leases.get(id) ?? 0) <= now) ids.push(id);
      if (ids.length >= limit) break;
    }
    return ids;
  }

  return {
    claimWakes(limit: number, leaseMs: number, now: number): ClaimedWakeRow[] {
      return dueAndFree(limit, now).flatMap((id) => {
        leases.set(id, now + leaseMs);
        return claimed.get(id) ?? [];
      });
    },
    settleWakes(outcomes: WakeOutcome[]): void {
      const now = Date.now();
      for (const outcome of outcomes) {
        leases.delete(outcome.id);
        if (outcome.state === 'sent') settleSent.run(now, outcome.id);
        else if (outcome.state === 'pending') {
          settlePending.run(outcome.retryAt, outcome.error === undefined ? 0 : 1, outcome.id);
        } else {
          const workflowId = runOf.get(outcome.id);
          if (workflowId === undefined) continue;
          deleteWakes.run(workflowId);
          deleteKeys.run(workflowId);
          deleteWaiters.run(workflowId);
        }
      }
    },
    reopenWakes: (since: number): number => reopen.run(since).changes,
  };
}
