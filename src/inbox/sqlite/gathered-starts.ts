// Where events went that were gathered, as people ask for it. Read-only.
import type { Database } from 'better-sqlite3';
import type { ListedStart } from '../store.ts';

interface GatheredRow {
  flow: string;
  kind: 'debounce' | 'batch';
  events: number;
  dueAt: number;
  runEvent: string | null;
  isOpen: number;
}

/** For each flow that gathered an event (row id): that it waits there, or the run it is in. None of a run that is its own. */
export function createGatheredStarts(db: Database): (event: number) => ListedStart[] {
  const rowsOf = db.prepare<[number], GatheredRow>(
    `SELECT gatherings.flow AS flow, kind, gatherings.events AS events, gatherings.due_at AS dueAt, run_event AS runEvent,
       closed_at IS NULL AS isOpen
     FROM gathered JOIN gatherings ON gatherings.id = gathering JOIN events ON events.id = event
     WHERE event = ? AND (closed_at IS NULL OR run_event <> event_id) ORDER BY gathering`,
  );
  return (event) =>
    rowsOf.all(event).map(({ flow, kind, events, dueAt, runEvent, isOpen }) => ({
      flow,
      state: isOpen === 1 ? 'gathering' : 'gathered',
      attempts: 0,
      error: null,
      ...(isOpen === 1 && { waits: { for: kind, ahead: events, until: dueAt } }),
      ...(runEvent !== null && { runEvent }),
    }));
}
