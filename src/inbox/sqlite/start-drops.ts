// Starts that people drop: they are skipped, a page of them with all that this frees in one transaction. None is dropped that may be on
// its way to Temporal, or was started before.
import {
  STARTS_DROPPED_MAX,
  type DroppableState,
  type DroppedStart,
  type StartNews,
  type StartsToDrop,
} from '../slots.ts';
import { createAdmitting } from './admission.ts';
import { takeNews, type Connection, type Memory } from './connection.ts';
import { createUnborn, UNBORN } from './start-unborn.ts';

interface StartRow {
  row: number;
  eventId: string;
  flow: string;
  state: DroppedStart['state'];
  error: string | null;
  admission: string | null;
}

interface Page {
  id: string | number | null;
  flow: string | null;
  before: number;
}

const OF_FLOW: Record<DroppableState, string> = {
  waiting: `starts.id IN (
    SELECT start FROM slot_queue WHERE gate IN ('concurrency', 'rate') AND flow = @flow
    UNION SELECT start FROM rate_slots WHERE flow = @flow AND free_at IS NULL)`,
  parked: `state = 'parked' AND flow = @flow`,
};

/** Operations that drop starts. */
export function createDropOperations(connection: Connection, memory: Memory) {
  const { db } = connection;
  const admitting = createAdmitting(connection, memory);
  const unborn = createUnborn(connection, memory);
  const page = (condition: string): ((at: Page) => number[]) => {
    const rows = db
      .prepare<Page, number>(
        `SELECT starts.id FROM starts JOIN events ON events.id = starts.event
         WHERE ${condition} AND starts.id < @before ORDER BY starts.id DESC LIMIT ${STARTS_DROPPED_MAX}`,
      )
      .pluck();
    return (at) => rows.all(at);
  };
  const pages: Record<StartsToDrop['of'], (at: Page) => number[]> = {
    event: page('event_id = @id AND flow = coalesce(@flow, flow)'),
    delivery: page('delivery = @id AND flow = coalesce(@flow, flow)'),
    waiting: page(OF_FLOW.waiting),
    parked: page(OF_FLOW.parked),
  };
  const rowOf = db.prepare<[number], StartRow>(
    `SELECT starts.id AS row, event_id AS eventId, flow, state, error, admission
     FROM starts JOIN events ON events.id = starts.event WHERE starts.id = ?`,
  );
  const count = (condition: string) =>
    db.prepare<{ flow: string; due: number }, number>(`SELECT count(*) FROM starts WHERE ${condition}`).pluck();
  const counts: Record<DroppableState, ReturnType<typeof count>> = {
    waiting: count(`${OF_FLOW.waiting} AND ${UNBORN}`),
    parked: count(OF_FLOW.parked),
  };
  const skipParked = db.prepare("UPDATE starts SET state = 'skipped', error = ? WHERE id = ? AND state = 'parked'");

  /** Each is read when it is its turn: what was dropped before may have let it through. */
  function drop(id: number, reason: string, now: number): DroppedStart {
    const { row, eventId, flow, state, error, admission } = rowOf.get(id)!;
    const start = { row, eventId, flow };
    if (state === 'parked') {
      // Whoever called it was told when it was refused, or is told both now.
      connection.changes.startsParked -= skipParked.run(`${reason} (it had failed: ${error})`, id).changes;
      return { ...start, state: 'skipped', dropped: true };
    }
    if (admission === null || !unborn.has(id, now)) return { ...start, state, dropped: false };
    admitting.withdraw({ id, flow, admission }, reason, now);
    return { ...start, state: 'skipped', dropped: true };
  }

  return {
    dropStarts(
      { of, id, flow, before = Number.MAX_SAFE_INTEGER }: StartsToDrop,
      reason: string,
      now: number,
    ): { starts: DroppedStart[]; news: StartNews | null } {
      const starts = pages[of]({ id: id ?? null, flow: flow ?? null, before }).map((each) => drop(each, reason, now));
      return { starts, news: takeNews(connection) };
    },
    countDroppable: (state: DroppableState, flow: string, now: number): number =>
      counts[state].get({ flow, due: unborn.dueAfter(now) })!,
  };
}
