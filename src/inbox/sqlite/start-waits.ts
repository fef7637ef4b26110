// Why a start waits for other runs of its flow, as people ask for it. Read-only.
import type { Database } from 'better-sqlite3';
import { createGatheredStarts } from './gathered-starts.ts';
import { NEVER_DUE_AT, type StartStatus, type StartWait } from '../slots.ts';
import type { Gate } from './slot-queue.ts';

/** What is needed of the row of a start. */
export interface WaitingRow {
  id: number;
  state: StartStatus['state'];
  dueAt: number;
  attempts: number;
  admission: string | null;
}

interface QueuedRow {
  gate: Gate;
  before: number;
  holders: number;
}

/** The wait of a start in one open database; undefined when it waits for no run. */
export function createStartWaits(db: Database): (row: WaitingRow) => StartWait | undefined {
  const queued = db.prepare<[number], QueuedRow>(
    `SELECT gate,
       (SELECT count(*) FROM slot_queue AS other
        WHERE other.gate = own.gate AND other.flow = own.flow AND other.key = own.key AND other.start < own.start) AS before,
       (SELECT count(*) FROM slots WHERE slots.flow = own.flow AND slots.key = own.key) AS holders
     FROM slot_queue AS own WHERE start = ?`,
  );
  return ({ id, state, dueAt, attempts, admission }) => {
    if (state !== 'pending' || admission === null) return undefined;
    const row = dueAt === NEVER_DUE_AT ? queued.get(id) : undefined;
    if (row?.gate === 'concurrency') return { for: 'concurrency', ahead: row.holders + row.before };
    if (row?.gate === 'rate') return { for: 'rate', ahead: row.before, until: null };
    // One that was tried before waits for Temporal.
    return dueAt > Date.now() && attempts === 0 ? { for: 'rate', ahead: 0, until: dueAt } : undefined;
  };
}

/** Where the start of an event for a flow stands. */
export function createStartStatus(db: Database): (eventId: string, flow: string) => StartStatus | null {
  const waitOf = createStartWaits(db);
  const find = db.prepare<[string, string], WaitingRow>(
    `SELECT starts.id, state, due_at AS dueAt, attempts, admission FROM starts JOIN events ON events.id = starts.event
     WHERE event_id = ? AND flow = ?`,
  );
  const eventRow = db.prepare<[string], number>('SELECT id FROM events WHERE event_id = ?').pluck();
  const gatheredOf = createGatheredStarts(db);

  function gathered(eventId: string, flow: string): StartStatus | null {
    const event = eventRow.get(eventId);
    const found = event === undefined ? undefined : gatheredOf(event).find((each) => each.flow === flow);
    if (found === undefined) return null;
    const { state, waits, runEvent } = found;
    return { state, ...(waits && { waits }), ...(runEvent !== undefined && { runEvent }) };
  }

  return (eventId, flow) => {
    const row = find.get(eventId, flow);
    if (row === undefined) return gathered(eventId, flow);
    const waits = waitOf(row);
    return { state: row.state, ...(waits === undefined ? {} : { waits }) };
  };
}
