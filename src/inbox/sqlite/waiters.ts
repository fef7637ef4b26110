// Runs that wait: kept by what they wait for, found by the keys of an event, forgotten when they woke, expired or ended.
import { RUN_SOURCE } from '../../../workflows/run-life.ts';
import type {
  KeyShape,
  NewWaiter,
  Question,
  TakenEvent,
  UncheckedRuns,
  WaitingCaller,
  WaitRows,
  WaitStats,
} from '../waits.ts';
import type { Connection } from './connection.ts';
import { createEventKeys, type IndexedEvents, type StoredKey } from './event-keys.ts';
import { createNewestRows, createRunEnding } from './run-waits.ts';
import { FOUND_ATTEMPTS } from './wakes.ts';

/** Rows deleted in one call, so that acknowledgements wait for one small step at most. */
const PRUNED_ROWS_MAX = 500;

/** Operations on waiters. */
export function createWaiterOperations(connection: Connection) {
  const { db } = connection;
  const { declareKeys, keyOf, lookUp } = createEventKeys(connection);
  const insertWaiter = db.prepare(
    'INSERT INTO waiters (waiter, workflow_id, once, since, except_event, expires_at, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertKey = db.prepare(
    'INSERT INTO waiter_keys (shape, hash, waiter) VALUES (?, ?, ?) ON CONFLICT (shape, hash, waiter) DO NOTHING',
  );
  const idOf = db.prepare<[string], number>('SELECT id FROM waiters WHERE waiter = ?').pluck();
  const remove = createRemoval(connection);
  const deleteUnsent = db.prepare('DELETE FROM wakes WHERE waiter = ? AND sent_at IS NULL');
  const deleteUnasked = db.prepare(
    `DELETE FROM wakes WHERE waiter = ? AND sent_at IS NULL AND NOT EXISTS (
       SELECT 1 FROM waiter_keys JOIN event_keys ON event_keys.shape = waiter_keys.shape AND event_keys.hash = waiter_keys.hash
       WHERE waiter_keys.waiter = ? AND event_keys.event = wakes.event)`,
  );
  const insertFound = db.prepare(
    `INSERT INTO wakes (waiter, workflow_id, event, due_at, attempts, sent_at) VALUES (?, ?, ?, ?, ${FOUND_ATTEMPTS}, ?)
     ON CONFLICT (waiter, event) DO NOTHING`,
  );
  const markSent = db.prepare('UPDATE wakes SET sent_at = ? WHERE waiter = ? AND event = ? AND sent_at IS NULL');
  const newestRows = createNewestRows(connection);
  const endRun = createRunEnding(connection);
  const unchecked = db
    .prepare<[number, number], string>(
      'SELECT workflow_id FROM waiters WHERE checked_at < ? GROUP BY workflow_id ORDER BY min(checked_at) LIMIT ?',
    )
    .pluck();
  const callers = db.prepare<[string, number, number], WaitingCaller>(
    `SELECT DISTINCT waiters.id AS row, waiters.waiter, workflow_id AS workflowId
     FROM key_shapes JOIN waiter_keys ON waiter_keys.shape = key_shapes.id JOIN waiters ON waiters.id = waiter_keys.waiter
     WHERE key_shapes.source = ? AND waiters.id > ? ORDER BY waiters.id LIMIT ?`,
  );
  const markChecked = db.prepare('UPDATE waiters SET checked_at = ? WHERE workflow_id = ?');
  const expired = db
    .prepare<[number], number>(
      `SELECT id FROM waiters WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ${PRUNED_ROWS_MAX}`,
    )
    .pluck();
  const deleteSent = db.prepare(
    `DELETE FROM wakes WHERE id IN (SELECT id FROM wakes WHERE sent_at IS NOT NULL AND sent_at < ? LIMIT ${PRUNED_ROWS_MAX})`,
  );
  const unusedShapes = db
    .prepare<[number], number>(
      `SELECT id FROM key_shapes
       WHERE declared_at < ? AND NOT EXISTS (SELECT 1 FROM waiter_keys WHERE waiter_keys.shape = key_shapes.id)`,
    )
    .pluck();
  const deleteKeysOf = db.prepare('DELETE FROM event_keys WHERE shape = ?');
  const deleteShape = db.prepare('DELETE FROM key_shapes WHERE id = ?');
  const counts = db.prepare<[], WaitStats>(
    `SELECT (SELECT count(*) FROM waiters) AS waiters,
       (SELECT count(*) FROM wakes WHERE sent_at IS NULL) AS wakesPending`,
  );

  function removeNamed(waiter: string): void {
    const id = idOf.get(waiter);
    if (id !== undefined) remove(id);
  }

  return {
    declareKeys: (shapes: KeyShape[], now: number): void => declareKeys(shapes, now),
    registerWaiter(waiter: NewWaiter, now: number): void {
      const { id, workflowId, once, since, except, expiresAt } = waiter;
      // Always a row of its own: what is said later of older ones must not end it.
      removeNamed(id);
      const added = insertWaiter.run(id, workflowId, once ? 1 : 0, since, except, expiresAt, now);
      for (const type of waiter.types) {
        const { shape, hash } = keyOf(waiter, type, now);
        insertKey.run(shape, hash, added.lastInsertRowid);
      }
      deleteUnasked.run(id, added.lastInsertRowid);
    },
    lookUpEvents: (question: Question, limit: number): IndexedEvents => lookUp(question, limit, Date.now()),
    recordFound({ id, workflowId }: Pick<NewWaiter, 'id' | 'workflowId'>, position: number, now: number): void {
      removeNamed(id);
      insertFound.run(id, workflowId, position, now, now);
    },
    forgetWaiter(waiter: string, taken?: TakenEvent): void {
      removeNamed(waiter);
      if (taken !== undefined) {
        const { workflowId, position, at } = taken;
        insertFound.run(waiter, workflowId, position, at, at);
        markSent.run(at, waiter, position);
      }
      deleteUnsent.run(waiter);
    },
    uncheckedRuns: (checkedBefore: number, limit: number): UncheckedRuns => ({
      runs: unchecked.all(checkedBefore, limit),
      newest: newestRows(),
    }),
    callers: (afterRow: number, limit: number): WaitingCaller[] => callers.all(RUN_SOURCE, afterRow, limit),
    settleRuns(runs: { workflowId: string; over: boolean }[], newest: WaitRows, now: number): void {
      for (const { workflowId, over } of runs) {
        if (over) endRun(workflowId, newest);
        else markChecked.run(now, workflowId);
      }
    },
    /** True when there may be more. */
    pruneWaits({
      now,
      sentBefore,
      declaredBefore,
    }: {
      now: number;
      sentBefore: number;
      declaredBefore: number;
    }): boolean {
      const old = expired.all(now);
      for (const id of old) remove(id);
      const sent = deleteSent.run(sentBefore);
      for (const shape of unusedShapes.all(declaredBefore)) {
        deleteKeysOf.run(shape);
        deleteShape.run(shape);
      }
      return old.length === PRUNED_ROWS_MAX || sent.changes === PRUNED_ROWS_MAX;
    },
    waitStats: (): WaitStats => counts.get()!,
  };
}

/** Deletes a waiter with its keys. */
function createRemoval({ db }: Connection): (id: number) => void {
  const deleteKeys = db.prepare('DELETE FROM waiter_keys WHERE waiter = ?');
  const deleteWaiter = db.prepare('DELETE FROM waiters WHERE id = ?');
  return (id) => {
    deleteKeys.run(id);
    deleteWaiter.run(id);
  };
}

interface Found {
  id: number;
  waiter: string;
  workflowId: string;
  once: number;
}

/** Leaves wakes for everybody who waits for an event with these keys; returns how many. Part of the transaction that stores the event. */
export function createWaking(connection: Connection) {
  const { db } = connection;
  const waitersOf = db.prepare<[number, Buffer, number, number, string], Found>(
    `SELECT waiters.id, waiters.waiter, workflow_id AS workflowId, once FROM waiter_keys JOIN waiters ON waiters.id = waiter_keys.waiter
     WHERE shape = ? AND hash = ? AND since <= ? AND (expires_at IS NULL OR expires_at > ?) AND except_event <> ?`,
  );
  const insertWake = db.prepare(
    'INSERT INTO wakes (waiter, workflow_id, event, due_at) VALUES (?, ?, ?, ?) ON CONFLICT (waiter, event) DO NOTHING',
  );
  const remove = createRemoval(connection);
  return (keys: StoredKey[], event: number, eventId: string, receivedAt: number): number => {
    let wakes = 0;
    for (const { shape, hash } of keys) {
      for (const found of waitersOf.all(shape, hash, receivedAt, receivedAt, eventId)) {
        wakes += insertWake.run(found.waiter, found.workflowId, event, receivedAt).changes;
        if (found.once === 1) remove(found.id);
      }
    }
    return wakes;
  };
}
