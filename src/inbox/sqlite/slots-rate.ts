// `rate`: so many places, each taken when a start is let through and free again `per` after its run was started. The run starts
// somewhere between these two, so no window of `per` ever sees more starts than there are places, whatever the delay in between.
import type { Connection } from './connection.ts';
import { createSlotQueue, type Group } from './slot-queue.ts';
import type { StartRows } from './start-rows.ts';

/** What a flow says of it. */
export interface RateTerms {
  key: string;
  limit: number;
  perMs: number;
}

interface Place extends Group {
  id: number;
  again: number;
}

export interface RateGate {
  /** The start gets a place, at once or at a time that is known, or waits in order. */
  enter(start: number, flow: string, terms: RateTerms, now: number, again: boolean): void;
  /** Its run was started between letting it through and now. `already`: it had been started before. */
  started(start: number, perMs: number, already: boolean, now: number): void;
  /** It is never started: its place is free from `freeAt` on, and it waits no more. */
  left(start: number, flow: string, key: string, freeAt: number, now: number): void;
}

/** The gate on one connection. */
export function createRateGate(connection: Connection, starts: StartRows): RateGate {
  const { db } = connection;
  const queue = createSlotQueue(connection, 'rate');
  const ofGroup = 'flow = @flow AND key = @key';
  const forget = db.prepare(`DELETE FROM rate_slots WHERE ${ofGroup} AND free_at <= @now`);
  const count = db.prepare<Group, number>(`SELECT count(*) FROM rate_slots WHERE ${ofGroup}`).pluck();
  const insert = db.prepare('INSERT INTO rate_slots (flow, key, start, again) VALUES (@flow, @key, @start, @again)');
  const freeNext = db.prepare<Group & { skipped: number }, { id: number; freeAt: number }>(
    `SELECT id, free_at AS freeAt FROM rate_slots WHERE ${ofGroup} AND free_at IS NOT NULL
     ORDER BY free_at, id LIMIT 1 OFFSET @skipped`,
  );
  const takeOver = db.prepare('UPDATE rate_slots SET start = @start, again = @again, free_at = NULL WHERE id = @id');
  const openOf = db.prepare<[number], Place>(
    'SELECT id, flow, key, again FROM rate_slots WHERE start = ? AND free_at IS NULL',
  );
  const setFree = db.prepare('UPDATE rate_slots SET free_at = ? WHERE id = ?');

  /** When the start may begin, which is its place from then on; null when no place is known to become free. */
  function place(group: Group, start: number, limit: number, again: boolean, now: number): number | null {
    const terms = { flow: group.flow, key: group.key, start, again: again ? 1 : 0 };
    forget.run({ flow: terms.flow, key: terms.key, now });
    const taken = count.get({ flow: terms.flow, key: terms.key })!;
    if (taken < limit) {
      insert.run(terms);
      return now;
    }
    // Where the limit was lowered, the places that are free first are given up.
    const next = freeNext.get({ flow: terms.flow, key: terms.key, skipped: taken - limit });
    if (next === undefined) return null;
    takeOver.run({ start, again: terms.again, id: next.id });
    return next.freeAt;
  }

  function fill(group: Group, now: number): void {
    for (let next = queue.first(group); next !== undefined; next = queue.first(group)) {
      const at = place(group, next.start, queue.newestLimit(group), next.again, now);
      if (at === null) return;
      queue.remove(group, next.start);
      starts.due(next.start, at);
    }
  }

  return {
    enter(start, flow, { key, limit }, now, again) {
      const group = { flow, key };
      queue.add(group, start, limit, again);
      starts.hold(start);
      fill(group, now);
    },
    started(start, perMs, already, now) {
      const open = openOf.get(start);
      if (open === undefined) return;
      // The place that it had when it was started first still counts.
      setFree.run(already && open.again === 1 ? now : now + perMs, open.id);
      fill(open, now);
    },
    left(start, flow, key, freeAt, now) {
      const group = { flow, key };
      const open = openOf.get(start);
      if (open !== undefined) setFree.run(freeAt, open.id);
      else queue.remove(group, start);
      fill(group, now);
    },
  };
}
