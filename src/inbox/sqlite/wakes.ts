// Wakes: which run is to be told of which event next, and what came of it. A claim writes nothing; its lease is in memory. A wait
// is told of its events in their order, so the next one waits until the one before was sent.
import type { WaitRows, WakeOutcome } from '../waits.ts';
import { AWAITED_COLUMNS, type AwaitedRow } from './awaited-row.ts';
import { setLease, type Connection, type Memory } from './connection.ts';
import { createNewestRows, createRunEnding } from './run-waits.ts';

/** `attempts` of a wake that nobody ever sends: its run found the event itself, and it is kept for people to see. */
export const FOUND_ATTEMPTS = -1;

/** A claimed wake on its way from the thread. */
export interface ClaimedWakeRow extends AwaitedRow {
  id: number;
  waiter: string;
  workflowId: string;
  attempts: number;
  newest: WaitRows;
}

/** Operations on wakes. */
export function createWakeOperations(connection: Connection, memory: Pick<Memory, 'wakeLeases'>) {
  const { db } = connection;
  /** Wake id → Unix ms until which it is another's. A new thread has none: a run ignores what it is told twice. */
  const { wakeLeases: leases } = memory;
  const due = db
    .prepare<[number], number>(
      `SELECT id FROM wakes WHERE sent_at IS NULL AND due_at <= ? AND NOT EXISTS (
         SELECT 1 FROM wakes AS earlier
         WHERE earlier.waiter = wakes.waiter AND earlier.event < wakes.event AND earlier.sent_at IS NULL)
       ORDER BY due_at, id`,
    )
    .pluck();
  const claimed = db.prepare<[number], Omit<ClaimedWakeRow, 'newest'>>(
    `SELECT wakes.id, waiter, workflow_id AS workflowId, attempts, ${AWAITED_COLUMNS}
     FROM wakes JOIN events ON events.id = wakes.event JOIN deliveries ON deliveries.id = events.delivery WHERE wakes.id = ?`,
  );
  const settleSent = db.prepare('UPDATE wakes SET sent_at = ? WHERE id = ?');
  const settlePending = db.prepare(
    'UPDATE wakes SET due_at = ?, attempts = attempts + ? WHERE id = ? AND sent_at IS NULL',
  );
  const runOf = db.prepare<[number], string>('SELECT workflow_id FROM wakes WHERE id = ?').pluck();
  const reopen = db.prepare(`UPDATE wakes SET sent_at = NULL WHERE sent_at >= ? AND attempts <> ${FOUND_ATTEMPTS}`);
  const newestRows = createNewestRows(connection);
  const endRun = createRunEnding(connection);

  /** Those whose outcome nobody told, and those that only a clock set back keeps: none is given for longer than `leaseMs`. */
  function endLeases(leaseMs: number, now: number): void {
    for (const [id, until] of leases) if (until <= now || until > now + leaseMs) leases.delete(id);
  }

  function dueAndFree(limit: number, now: number): number[] {
    const ids: number[] = [];
    for (const id of due.iterate(now)) {
      if (!leases.has(id)) ids.push(id);
      if (ids.length >= limit) break;
    }
    return ids;
  }

  return {
    claimWakes(limit: number, leaseMs: number, now: number): ClaimedWakeRow[] {
      endLeases(leaseMs, now);
      const newest = newestRows();
      return dueAndFree(limit, now).flatMap((id) => {
        setLease(connection, leases, id, now + leaseMs);
        const row = claimed.get(id);
        return row === undefined ? [] : { ...row, newest };
      });
    },
    settleWakes(outcomes: WakeOutcome[]): void {
      const now = Date.now();
      for (const outcome of outcomes) {
        setLease(connection, leases, outcome.id, null);
        if (outcome.state === 'sent') settleSent.run(now, outcome.id);
        else if (outcome.state === 'pending') {
          settlePending.run(outcome.retryAt, outcome.error === undefined ? 0 : 1, outcome.id);
        } else {
          const workflowId = runOf.get(outcome.id);
          if (workflowId !== undefined) endRun(workflowId, outcome.newest);
        }
      }
    },
    reopenWakes: (since: number): number => reopen.run(since).changes,
  };
}
