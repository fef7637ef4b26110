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
  started(start: number, flow: string, terms: RateTerms, already: boolean, now: number): void;
  /** Its run may have been started, whatever became of the one before an unclean stop. */
  tried(start: number): void;
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
  const newestOf = db.prepare<Group, { start: number; limit: number }>(
    `SELECT start, slot_limit AS "limit" FROM rate_slots WHERE ${ofGroup} ORDER BY start DESC LIMIT 1`,
  );
  const insert = db.prepare(
    'INSERT INTO rate_slots (flow, key, start, slot_limit, again) VALUES (@flow, @key, @start, @limit, @again)',
  );
  const freeNext = db.prepare<Group & { skipped: number }, { id: number; freeAt: number }>(
    `SELECT id, free_at AS freeAt FROM rate_slots WHERE ${ofGroup} AND free_at IS NOT NULL
     ORDER BY free_at, id LIMIT 1 OFFSET @skipped`,
  );
  const takeOver = db.prepare(
    'UPDATE rate_slots SET start = @start, slot_limit = @limit, again = @again, free_at = NULL WHERE id = @id',
  );
  const openOf = db.prepare<[number], Place>(
    'SELECT id, flow, key, again FROM rate_slots WHERE start = ? AND free_at IS NULL',
  );
  const countAnew = db.prepare('UPDATE rate_slots SET again = 0 WHERE start = ? AND free_at IS NULL');
  const setFree = db.prepare('UPDATE rate_slots SET free_at = ?, per_ms = coalesce(?, per_ms) WHERE id = ?');

  /** A changed limit holds from the next event on: whoever comes from another gate later has to keep to it. */
  function limitNow(group: Group): number {
    const waiting = queue.newest(group);
    const placed = newestOf.get(group);
    return placed !== undefined && placed.start > waiting.start ? placed.limit : waiting.limit;
  }

  /** Gives places to those who wait, as far as it is known when one is free. They are counted once: one event may let thousands through. */
  function fill({ flow, key }: Group, now: number): void {
    const group = { flow, key };
    let next = queue.first(group);
    if (next === undefined) return;
    forget.run({ ...group, now });
    const most = limitNow(group);
    let taken = count.get(group)!;
    for (; next !== undefined; next = queue.first(group)) {
      const { start, limit } = next;
      const again = next.again ? 1 : 0;
      let at = now;
      if (taken < most) {
        insert.run({ ...group, start, limit, again });
        taken += 1;
      } else {
        // Where the limit was lowered, the places that are free first are given up.
        const place = freeNext.get({ ...group, skipped: taken - most });
        if (place === undefined) return;
        takeOver.run({ start, limit, again, id: place.id });
        at = place.freeAt;
      }
      queue.remove(group, start);
      starts.due(start, at);
    }
  }

  return {
    enter(start, flow, { key, limit }, now, again) {
      const group = { flow, key };
      queue.add(group, start, limit, again);
      starts.hold(start);
      fill(group, now);
    },
    started(start, flow, { key, perMs }, already, now) {
      const open = openOf.get(start);
      // The place that it had when it was started first still counts; it may wait for another, to be sent again.
      if (open === undefined) return void queue.remove({ flow, key }, start);
      setFree.run(already && open.again === 1 ? now : now + perMs, perMs, open.id);
      fill(open, now);
    },
    tried: (start) => void countAnew.run(start),
    left(start, flow, key, freeAt, now) {
      const group = { flow, key };
      const open = openOf.get(start);
      if (open !== undefined) setFree.run(freeAt, null, open.id);
      else queue.remove(group, start);
      fill(group, now);
    },
  };
}
