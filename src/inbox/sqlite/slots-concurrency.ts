// `concurrency`: a start that is let through holds a slot until its run is over. Counting, giving and freeing happen in the
// transaction of what causes them, so a slot is never given twice. It never asks whether a run is over: others do.
import { workflowIdOf } from '../../temporal/workflow-id.ts';
import type { StartAdmission } from '../store.ts';
import type { Connection } from './connection.ts';
import { createSlotQueue, type Group } from './slot-queue.ts';
import type { StartRows } from './start-rows.ts';

type ConcurrencyTerms = NonNullable<StartAdmission['concurrency']>;

/** What people are told of a start that was skipped. */
const SKIPPED = 'as many runs were going on as `concurrency` allows, and it says `on_limit: skip`';
const SUPERSEDED = 'a newer event came while this one waited, and `concurrency` says `on_limit: cancel_running`';

/** How a start goes on once it has a slot, and what else it leaves when it never starts. */
export interface Onward {
  pass(start: number, now: number, again: boolean): void;
  leave(start: number, now: number): void;
  /** No claim has met it. */
  isUnborn(start: number, now: number): boolean;
}

export interface ConcurrencyGate {
  /** The start gets a slot and goes on, or waits, or is skipped. */
  enter(start: number, flow: string, terms: ConcurrencyTerms, now: number, again: boolean): void;
  /** The start's slot is free for the next. */
  free(start: number, now: number): void;
  /** Its run was started. */
  started(start: number, flow: string, key: string, now: number): void;
  /** It is never started: its slot is free for the next, or it waits no more. */
  left(start: number, flow: string, key: string, now: number): void;
  holds(start: number): boolean;
  /** Whether a newer event wants its run cancelled. */
  isToCancel(start: number): boolean;
}

/** The gate on one connection. */
export function createConcurrencyGate(connection: Connection, starts: StartRows, onward: Onward): ConcurrencyGate {
  const { db } = connection;
  const queue = createSlotQueue(connection, 'concurrency');
  const ofGroup = 'flow = @flow AND key = @key';
  const count = db.prepare<Group, number>(`SELECT count(*) FROM slots WHERE ${ofGroup}`).pluck();
  const eventIdOf = db
    .prepare<[number], string>('SELECT event_id FROM starts JOIN events ON events.id = event WHERE starts.id = ?')
    .pluck();
  const insert = db.prepare(
    `INSERT INTO slots (start, flow, key, workflow_id, checked_at, wanted)
     VALUES (@start, @flow, @key, @workflowId, @now, @wanted)`,
  );
  const want = db.prepare(`UPDATE slots SET wanted = 1 WHERE ${ofGroup} AND wanted = 0`);
  const oldest = db.prepare<Group & { most: number }, { start: number; cancel: number }>(
    `SELECT start, cancel FROM slots WHERE ${ofGroup} ORDER BY start LIMIT @most`,
  );
  const toCancel = db.prepare('UPDATE slots SET cancel = 1, wanted = 1, checked_at = 0 WHERE start = ?');
  const remove = db.prepare<[number], Group>('DELETE FROM slots WHERE start = ? RETURNING flow, key');
  const held = db.prepare<[number], number>('SELECT cancel FROM slots WHERE start = ?').pluck();

  function give(group: Group, start: number, now: number, wanted: 0 | 1): void {
    const workflowId = workflowIdOf(group.flow, eventIdOf.get(start)!);
    insert.run({ ...group, start, workflowId, now, wanted });
  }

  /** `taken` is counted once: one event may let thousands through, where the limit was raised. */
  function advance(group: Group, taken: number, now: number): void {
    const { limit } = queue.newest(group);
    let next = queue.first(group);
    for (let free = limit - taken; free > 0 && next !== undefined; free -= 1) {
      const { start, again } = next;
      queue.remove(group, start);
      next = queue.first(group);
      const wanted = next === undefined ? 0 : 1;
      give(group, start, now, wanted);
      onward.pass(start, now, again);
    }
  }

  function free(start: number, now: number): void {
    // All rows: a statement that returns some is finished only with its last.
    for (const { flow, key } of remove.all(start)) {
      const group = { flow, key };
      if (queue.first(group) !== undefined) advance(group, count.get(group)!, now);
    }
  }

  /** The oldest runs make room. One that was never due is not started at all; others end when they were cancelled. Returns how many were not. */
  function cancelOldest(group: Group, most: number, now: number): number {
    let unstarted = 0;
    for (const { start, cancel } of oldest.all({ ...group, most })) {
      if (onward.isUnborn(start, now)) {
        starts.skip(start, SUPERSEDED, now);
        onward.leave(start, now);
        unstarted += remove.all(start).length;
      } else if (cancel === 0) {
        toCancel.run(start);
        connection.news.toDo = true;
      }
    }
    return unstarted;
  }

  /** Returns how many slots that freed at once. */
  function supersede(group: Group, taken: number, limit: number, now: number): number {
    for (const start of queue.fresh(group)) {
      queue.remove(group, start);
      starts.skip(start, SUPERSEDED, now);
    }
    return cancelOldest(group, Math.max(0, taken + 1 - limit), now);
  }

  return {
    enter(start, flow, { key, limit, onLimit }, now, again) {
      const group = { flow, key };
      let taken = count.get(group)!;
      const isAwaited = queue.first(group) !== undefined;
      const isFull = taken >= limit || isAwaited;
      // While somebody waits, all who hold a slot are wanted already.
      if (isFull && !isAwaited) want.run(group);
      if (isFull && !again) {
        if (onLimit === 'skip') return starts.skip(start, SKIPPED, now);
        if (onLimit === 'cancel_running') taken -= supersede(group, taken, limit, now);
      }
      queue.add(group, start, limit, again);
      starts.hold(start);
      advance(group, taken, now);
    },
    free,
    started(start, flow, key, now) {
      // It waited to be sent again, and one that had it from before did that: its run counts, until somebody finds that it is over.
      const group = { flow, key };
      if (queue.remove(group, start)) give(group, start, now, 1);
    },
    left(start, flow, key, now) {
      if (!queue.remove({ flow, key }, start)) free(start, now);
    },
    holds: (start) => held.get(start) !== undefined,
    isToCancel: (start) => held.get(start) === 1,
  };
}
