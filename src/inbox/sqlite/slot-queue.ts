// Who waits for a place, in the order of arrival. Looking at one end of a queue costs the same however long it is.
import type { Connection } from './connection.ts';

/** What is waited at. */
export type Gate = 'concurrency' | 'rate';

/** One queue: the starts of a flow with the same key. */
export interface Group {
  flow: string;
  key: string;
}

/** The first of a queue, and the limit that it came with. `again`: it was started before an unclean stop. */
export interface Waiting {
  start: number;
  limit: number;
  again: boolean;
}

export interface SlotQueue {
  first(group: Group): Waiting | undefined;
  add(group: Group, start: number, limit: number, again: boolean): void;
  remove(group: Group, start: number): boolean;
  /** The limit that the newest of those who wait came with: a changed limit holds for all from the next event on. */
  newest(group: Group): { start: number; limit: number };
  /** All that wait, but for those that were started before. */
  fresh(group: Group): number[];
}

/** The queues of one gate. */
export function createSlotQueue({ db }: Connection, gate: Gate): SlotQueue {
  const ofGroup = `gate = '${gate}' AND flow = @flow AND key = @key`;
  const first = db.prepare<Group, Omit<Waiting, 'again'> & { again: number }>(
    `SELECT start, slot_limit AS "limit", again FROM slot_queue WHERE ${ofGroup} ORDER BY start LIMIT 1`,
  );
  const add = db.prepare(
    `INSERT INTO slot_queue (gate, flow, key, start, slot_limit, again)
     VALUES ('${gate}', @flow, @key, @start, @limit, @again)`,
  );
  const remove = db.prepare(`DELETE FROM slot_queue WHERE ${ofGroup} AND start = @start`);
  const newest = db.prepare<Group, { start: number; limit: number }>(
    `SELECT start, slot_limit AS "limit" FROM slot_queue WHERE ${ofGroup} ORDER BY start DESC LIMIT 1`,
  );
  const fresh = db
    .prepare<Group, number>(`SELECT start FROM slot_queue WHERE ${ofGroup} AND again = 0 ORDER BY start`)
    .pluck();
  return {
    first({ flow, key }) {
      const row = first.get({ flow, key });
      return row === undefined ? undefined : { ...row, again: row.again === 1 };
    },
    add({ flow, key }, start, limit, again) {
      add.run({ flow, key, start, limit, again: again ? 1 : 0 });
    },
    remove: ({ flow, key }, start) => remove.run({ flow, key, start }).changes > 0,
    newest: ({ flow, key }) => newest.get({ flow, key }) ?? { start: 0, limit: 1 },
    fresh: ({ flow, key }) => fresh.all({ flow, key }),
  };
}
