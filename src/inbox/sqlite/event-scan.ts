// Looks for events that came before anybody declared what is looked for: row by row, within a bound. Read-only, on the reader's
// connection, so that no acknowledgement waits for it.
import type { Database } from 'better-sqlite3';
import { textsAt } from '../event-key.ts';
import type { AwaitedEvent, Question } from '../waits.ts';
import { AWAITED_COLUMNS, awaitedEvent, type AwaitedRow } from './awaited-row.ts';

/** The newest rows that one scan looks at: some hundred milliseconds. What is older is not found without keys. */
const SCANNED_ROWS_MAX = 50_000;

/** Events between two rows (exclusive, inclusive) that answer a question, in their order. */
export function createEventScan(db: Database) {
  const rows = db.prepare<object, AwaitedRow>(
    `SELECT ${AWAITED_COLUMNS} FROM events JOIN deliveries ON deliveries.id = events.delivery
     WHERE events.id > @after AND events.id <= @upTo AND type IN (SELECT value FROM json_each(@types))
       AND deliveries.source = @source AND deliveries.received_at >= @since AND event_id <> @except
       AND held IS NULL AND outcome <> 'parked' AND has_body = 1
     ORDER BY events.id`,
  );
  return (question: Question, range: { after: number; upTo: number }, limit: number): AwaitedEvent[] => {
    const { source, since, except, where } = question;
    const after = Math.max(range.after, range.upTo - SCANNED_ROWS_MAX);
    const paths = where.map(([path]) => path);
    const found: AwaitedEvent[] = [];
    const types = JSON.stringify(question.types);
    for (const row of rows.iterate({ after, upTo: range.upTo, types, source, since, except })) {
      const awaited = awaitedEvent(row);
      const texts = textsAt(awaited.event as never, paths);
      if (texts?.every((text, index) => text === where[index]![1]) === true) found.push(awaited);
      if (found.length >= limit) break;
    }
    return found;
  };
}
