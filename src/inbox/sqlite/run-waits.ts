// Ends all that a run waits for: what it had up to a moment, for what came later belongs to a run that began since under the same id.
import type { WaitRows } from '../waits.ts';
import type { Connection } from './connection.ts';

/** The newest rows by now. */
export function createNewestRows({ db }: Connection): () => WaitRows {
  // Where ids that were given are kept, also those of rows deleted since: https://www.sqlite.org/autoinc.html
  const given = db.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
  return () => ({ waiter: given.get('waiters') ?? 0, wake: given.get('wakes') ?? 0 });
}

/** Forgets waiters of a run and what it was still to be told. */
export function createRunEnding({ db }: Connection): (workflowId: string, newest: WaitRows) => void {
  const deleteKeys = db.prepare(
    'DELETE FROM waiter_keys WHERE waiter IN (SELECT id FROM waiters WHERE workflow_id = ? AND id <= ?)',
  );
  const deleteWaiters = db.prepare('DELETE FROM waiters WHERE workflow_id = ? AND id <= ?');
  const deleteUnsent = db.prepare('DELETE FROM wakes WHERE workflow_id = ? AND id <= ? AND sent_at IS NULL');
  return (workflowId, { waiter, wake }) => {
    deleteKeys.run(workflowId, waiter);
    deleteWaiters.run(workflowId, waiter);
    deleteUnsent.run(workflowId, wake);
  };
}
