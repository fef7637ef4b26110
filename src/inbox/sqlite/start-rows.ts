// The row of one start, as far as admission changes it: held back, let through, skipped, known to have been started.
import { CALL_SOURCE } from '../../../workflows/run-life.ts';
import { NEVER_DUE_AT } from '../slots.ts';
import type { Connection } from './connection.ts';

export interface StartRows {
  /** No claim meets it until it is due. */
  hold(start: number): void;
  /** It may begin at `at` (Unix ms). */
  due(start: number, at: number): void;
  /** It never starts a run; `reason` is for people. */
  skip(start: number, reason: string, now: number): void;
  /** Its run was started; false when that was recorded before. */
  markStarted(start: number, now: number): boolean;
}

export function createStartRows(connection: Connection): StartRows {
  const { db } = connection;
  const setDue = db.prepare("UPDATE starts SET due_at = ? WHERE id = ? AND state = 'pending'");
  const setSkipped = db.prepare(
    "UPDATE starts SET state = 'skipped', settled_at = ?, error = ? WHERE id = ? AND state = 'pending'",
  );
  const setStarted = db.prepare(
    "UPDATE starts SET state = 'started', settled_at = ?, error = NULL WHERE id = ? AND state = 'pending'",
  );
  const noteCall = createUnstartedCalls(connection);
  return {
    hold: (start) => void setDue.run(NEVER_DUE_AT, start),
    due(start, at) {
      setDue.run(at, start);
      connection.news.dueAt = Math.min(connection.news.dueAt ?? at, at);
    },
    skip(start, reason, now) {
      connection.changes.startsPending -= setSkipped.run(now, reason, start).changes;
      noteCall(start);
    },
    markStarted(start, now) {
      const { changes } = setStarted.run(now, start);
      connection.changes.startsPending -= changes;
      return changes > 0;
    },
  };
}

/** Notes a start that never starts a run, where a flow may wait for it: it is to be told. */
export function createUnstartedCalls(connection: Connection): (start: number) => void {
  const note = connection.db.prepare(
    `INSERT OR IGNORE INTO unstarted_calls (start) SELECT id FROM starts WHERE id = ? AND source = '${CALL_SOURCE}'`,
  );
  return (start) => {
    if (note.run(start).changes > 0) connection.news.toDo = true;
  };
}
