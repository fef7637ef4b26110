// Events of flows with `debounce` or `batch` join a gathering instead of starting a run, in the transaction that stores them.
// A gathering that is due takes nobody any more, whether or not somebody closed it yet.
import { BATCH_BYTES_MAX, batchEventId, batchItem, type BatchItem } from '../gathering.ts';
import type { StartAdmission } from '../store.ts';
import type { Connection, Memory } from './connection.ts';
import { createClosing } from './gathering-close.ts';

/** An event that was just stored, with its row id and the bytes of its body. */
export interface JoiningEvent extends BatchItem {
  row: number;
  bodyBytes: number;
}

/** The start it would have had. `definition` is the row id of its definition. */
export interface JoiningStart {
  flow: string;
  definition: number;
  admission: StartAdmission;
}

/** What came of it: when its gathering is due, or null when it closed; how many gatherings closed by it. */
export interface Joined {
  dueAt: number | null;
  closed: number;
}

interface OpenGathering {
  id: number;
  firstAt: number;
  dueAt: number;
  events: number;
  bytes: number;
}

interface Terms {
  kind: 'debounce' | 'batch';
  key: string;
  periodMs: number;
  /** A debounce waits no longer after its first event. */
  maxMs?: number;
  /** A batch closes with so many events. */
  size?: number;
}

/** The admission of a start that waits for other events first; null when it does not. */
export function gatheringOf(admission: string | null): StartAdmission | null {
  if (admission === null) return null;
  const parsed = JSON.parse(admission) as StartAdmission;
  return parsed.debounce !== undefined || parsed.batch !== undefined ? parsed : null;
}

/** Joining on one connection. */
export function createJoining(
  connection: Connection,
  memory: Memory,
): (event: JoiningEvent, start: JoiningStart) => Joined {
  const { db } = connection;
  const close = createClosing(connection, memory);
  const openOf = db.prepare<[string, string, string], OpenGathering>(
    `SELECT id, first_at AS firstAt, due_at AS dueAt, events, bytes FROM gatherings
     WHERE flow = ? AND kind = ? AND key = ? AND closed_at IS NULL`,
  );
  const insert = db.prepare(
    `INSERT INTO gatherings (flow, kind, key, first_at, due_at, period_ms, events, bytes, definition, admission, run_event)
     VALUES (@flow, @kind, @key, @firstAt, @dueAt, @periodMs, 1, @bytes, @definition, @admission, @runEvent)`,
  );
  const update = db.prepare(
    `UPDATE gatherings SET first_at = @firstAt, due_at = @dueAt, period_ms = @periodMs, events = events + 1, bytes = bytes + @bytes,
       definition = @definition, admission = @admission WHERE id = @id`,
  );
  const insertEvent = db.prepare('INSERT INTO gathered (gathering, event) VALUES (?, ?)');

  function join(
    event: JoiningEvent,
    start: JoiningStart,
    terms: Terms,
    open: OpenGathering | undefined,
  ): OpenGathering {
    const bytes = bytesOf(event);
    const firstAt = Math.min(open?.firstAt ?? event.receivedAt, event.receivedAt);
    const dueAt = dueOf(terms, event.receivedAt, firstAt, open?.dueAt);
    const { flow, definition } = start;
    const { kind, key, periodMs } = terms;
    const common = { firstAt, dueAt, periodMs, bytes, definition, admission: admissionAfter(start.admission) };
    if (open !== undefined) {
      update.run({ ...common, id: open.id });
      return { id: open.id, firstAt, dueAt, events: open.events + 1, bytes: open.bytes + bytes };
    }
    const runEvent = kind === 'batch' ? batchEventId(flow, key, event.id, firstAt) : null;
    const { lastInsertRowid } = insert.run({ ...common, flow, kind, key, runEvent });
    return { id: Number(lastInsertRowid), firstAt, dueAt, events: 1, bytes };
  }

  return (event, start) => {
    const terms = termsOf(start.admission);
    const open = openOf.get(start.flow, terms.kind, terms.key);
    const isOver = open !== undefined && mustClose(open, terms, event);
    if (isOver) close(open.id, event.receivedAt);
    const joined = join(event, start, terms, isOver ? undefined : open);
    insertEvent.run(joined.id, event.row);
    const isFull = terms.size !== undefined && joined.events >= terms.size;
    if (isFull) close(joined.id, event.receivedAt);
    return { dueAt: isFull ? null : joined.dueAt, closed: Number(isOver) + Number(isFull) };
  };
}

function termsOf({ debounce, batch }: StartAdmission): Terms {
  return batch !== undefined ? { kind: 'batch', ...batch } : { kind: 'debounce', ...debounce! };
}

/** Its time is over, or the event would make it too large. */
function mustClose(open: OpenGathering, { kind }: Terms, event: JoiningEvent): boolean {
  if (open.dueAt <= event.receivedAt) return true;
  return kind === 'batch' && open.bytes + bytesOf(event) > BATCH_BYTES_MAX;
}

/** Requests are stored in another order than they came in, by a little: an earlier event never brings a debounce forward. */
function dueOf({ kind, periodMs, maxMs }: Terms, receivedAt: number, firstAt: number, dueBefore = 0): number {
  if (kind === 'batch') return firstAt + periodMs;
  const quietAt = Math.max(dueBefore, receivedAt + periodMs);
  return maxMs === undefined ? quietAt : Math.min(quietAt, firstAt + maxMs);
}

/** With what it takes in the body of a batch beside its own body: names, commas. */
function bytesOf(event: JoiningEvent): number {
  return Buffer.byteLength(batchItem(event, '')) + event.bodyBytes + 1;
}

/** What the one start still waits for. */
function admissionAfter({ concurrency, rate }: StartAdmission): string | null {
  return concurrency === undefined && rate === undefined ? null : JSON.stringify({ concurrency, rate });
}
