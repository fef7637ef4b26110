// What people ask of the inbox: pages of deliveries and rejections, newest first. Read-only; each answer is one snapshot.
import type { Database } from 'better-sqlite3';
import type {
  DeliveryQuery,
  DeliveryStatus,
  ListedDelivery,
  ListedEvent,
  ListedRejection,
  ListedStart,
  ShownDelivery,
} from '../store.ts';
import { LISTED_EVENTS_MAX, LISTED_WOKEN_MAX } from '../store.ts';
import { createApprovalQuestions } from './approvals.ts';
import { createEventScan } from './event-scan.ts';
import { createGatheredStarts } from './gathered-starts.ts';
import { createStartStatus, createStartWaits, type WaitingRow } from './start-waits.ts';

/** Deliveries that one id can mean in an answer. */
const FOUND_MAX = 10;

const DELIVERY_COLUMNS = `id AS row, source, delivery_id AS deliveryId, received_at AS receivedAt, method,
  content_type AS contentType, coalesce(length(body), 0) AS bodyBytes, coalesce(times, 0) AS repeats, last_at AS repeatedAt`;
const DELIVERIES = 'FROM deliveries LEFT JOIN repeats ON repeats.delivery = deliveries.id';
const OF_SOURCE = 'source = @source';
/** The same where the other condition costs much for each row: newest first, so that a page looks at no more than it needs. */
const OF_SOURCE_NEWEST_FIRST = 'id IN (SELECT id FROM deliveries WHERE source = @source)';

/**
 * Which deliveries have a status. All but `started`, which most have, are found through an index that holds such rows only; the
 * planner needs the index's own condition in so many words. With `CROSS JOIN` it begins with the few that are open.
 */
const statusCondition: Record<DeliveryStatus, string> = {
  waiting: `(id IN (SELECT events.delivery FROM starts JOIN events ON events.id = starts.event WHERE starts.state = 'pending')
    OR id IN (SELECT events.delivery FROM gatherings CROSS JOIN gathered ON gathering = gatherings.id JOIN events ON events.id = event
      WHERE closed_at IS NULL))`,
  started: `EXISTS (SELECT 1 FROM events JOIN starts ON starts.event = events.id
    WHERE events.delivery = deliveries.id AND starts.state = 'started')`,
  gathered: `id >= (SELECT delivery FROM events WHERE id = (SELECT min(event) FROM gathered)) AND EXISTS (SELECT 1 FROM events JOIN gathered ON event = events.id JOIN gatherings ON gatherings.id = gathering
    WHERE events.delivery = deliveries.id AND closed_at IS NOT NULL AND run_event <> event_id)`,
  failed: `id IN (SELECT events.delivery FROM starts JOIN events ON events.id = starts.event WHERE starts.state = 'parked')`,
  skipped: `id IN (SELECT events.delivery FROM starts JOIN events ON events.id = starts.event WHERE starts.state = 'skipped')`,
  unmatched: idle('unmatched'),
  filtered: idle('filtered'),
  filter_failed: idle('filter_failed'),
  parked: idle('parked'),
};

function idle(outcome: string): string {
  return `id IN (SELECT delivery FROM events WHERE outcome = '${outcome}' AND outcome <> 'matched')`;
}

type DeliveryRow = Omit<ListedDelivery, 'events' | 'eventsTotal'>;
type ShownRow = DeliveryRow & { headers: string; query: string; body: Buffer | null };
type RejectionRow = Omit<ListedRejection, 'headers'> & { headers: string };

/** The lists of one open database. */
export function createListOperations(db: Database) {
  const eventsOf = createEvents(db);
  // Row ids follow time, but not exactly: deliveries of one moment may be stored in another order.
  const firstRowSince = db
    .prepare<[number], number | null>('SELECT min(id) FROM deliveries WHERE has_body IN (0, 1) AND received_at >= ?')
    .pluck();
  const shown = db.prepare<[number], ShownRow>(
    `SELECT ${DELIVERY_COLUMNS}, headers, query, body ${DELIVERIES} WHERE id = ?`,
  );
  const rowsOfId = db
    .prepare<{ id: string; limit: number }, number>(
      `WITH RECURSIVE sources (source) AS (
         SELECT min(source) FROM deliveries
         UNION ALL
         SELECT (SELECT min(source) FROM deliveries WHERE source > sources.source) FROM sources WHERE source IS NOT NULL
       )
       SELECT delivery FROM events WHERE event_id = @id
       UNION
       SELECT deliveries.id FROM sources JOIN deliveries ON deliveries.source = sources.source AND delivery_id = @id
       ORDER BY 1 DESC LIMIT @limit`,
    )
    .pluck();

  function listed(row: DeliveryRow): ListedDelivery {
    return { ...row, ...eventsOf(row.row) };
  }

  function listDeliveries(query: DeliveryQuery): ListedDelivery[] {
    const conditions = conditionsOf(
      query,
      'received_at',
      query.status === 'started' || query.status === 'gathered' ? OF_SOURCE_NEWEST_FIRST : OF_SOURCE,
    );
    if (query.status !== undefined) conditions.push(statusCondition[query.status]);
    const firstRow = query.since === undefined ? undefined : firstRowSince.get(query.since);
    if (firstRow === null) return [];
    if (firstRow !== undefined) conditions.push('id >= @firstRow');
    // Ids first: those of a source are sorted out of its index, and only the page's own rows are read.
    const ids = `SELECT id FROM deliveries ${where(conditions)} ORDER BY id DESC LIMIT @limit`;
    const sql = `SELECT ${DELIVERY_COLUMNS} ${DELIVERIES} WHERE id IN (${ids}) ORDER BY id DESC`;
    return db
      .prepare<object, DeliveryRow>(sql)
      .all({ ...query, firstRow })
      .map(listed);
  }

  function findDeliveries(id: string): ShownDelivery[] {
    return rowsOfId.all({ id, limit: FOUND_MAX }).map((row) => {
      const { headers, query, ...rest } = shown.get(row)!;
      return { ...listed(rest), headers: JSON.parse(headers), query: JSON.parse(query), body: rest.body };
    });
  }

  function listRejections(query: Omit<DeliveryQuery, 'status'>): ListedRejection[] {
    const sql = `SELECT id AS row, at, source, status, reason, method, address, headers, body_bytes AS bodyBytes,
      body_start AS bodyStart FROM rejections ${where(conditionsOf(query, 'at', OF_SOURCE))} ORDER BY id DESC LIMIT @limit`;
    return db
      .prepare<object, RejectionRow>(sql)
      .all(query)
      .map((row) => ({ ...row, headers: JSON.parse(row.headers) }));
  }

  function countRejections(query: Pick<DeliveryQuery, 'source' | 'since'>): number {
    return db
      .prepare<object, number>(`SELECT count(*) FROM rejections ${where(conditionsOf(query, 'at', OF_SOURCE))}`)
      .pluck()
      .get(query)!;
  }

  return {
    ...createApprovalQuestions(db),
    startStatus: createStartStatus(db),
    scanEvents: createEventScan(db),
    listDeliveries: db.transaction(listDeliveries),
    findDeliveries: db.transaction(findDeliveries),
    listRejections,
    countRejections,
  };
}

function conditionsOf(query: Partial<DeliveryQuery>, timeColumn: string, ofSource: string): string[] {
  const conditions: string[] = [];
  if (query.source !== undefined) conditions.push(ofSource);
  if (query.since !== undefined) conditions.push(`${timeColumn} >= @since`);
  if (query.beforeRow !== undefined) conditions.push('id < @beforeRow');
  return conditions;
}

function where(conditions: string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** The first events of a delivery with their starts and the runs that they woke, and how many there are. */
function createEvents(db: Database): (delivery: number) => Pick<ListedDelivery, 'events' | 'eventsTotal'> {
  const total = db.prepare<[number], number>('SELECT count(*) FROM events WHERE delivery = ?').pluck();
  const first = db.prepare<[number], Omit<ListedEvent, 'starts'> & { row: number }>(
    `SELECT id AS row, event_id AS id, type, outcome, reason FROM events WHERE delivery = ? ORDER BY events.id LIMIT ${LISTED_EVENTS_MAX}`,
  );
  const startsOf = db.prepare<[number], ListedStart & WaitingRow>(
    'SELECT flow, state, attempts, error, id, due_at AS dueAt, admission FROM starts WHERE event = ? ORDER BY id',
  );
  const waitOf = createStartWaits(db);
  const listedStart = ({ id, dueAt, admission, ...start }: ListedStart & WaitingRow): ListedStart => {
    const waits = waitOf({ id, state: start.state, dueAt, admission, attempts: start.attempts });
    return waits === undefined ? start : { ...start, waits };
  };
  const gatheredOf = createGatheredStarts(db);
  const wokenBy = db
    .prepare<[number], string>(`SELECT DISTINCT workflow_id FROM wakes WHERE event = ? LIMIT ${LISTED_WOKEN_MAX}`)
    .pluck();
  const listedEvent = ({ row, ...event }: Omit<ListedEvent, 'starts'> & { row: number }): ListedEvent => {
    const starts = [...startsOf.all(row).map(listedStart), ...gatheredOf(row)];
    const woke = wokenBy.all(row);
    return woke.length === 0 ? { ...event, starts } : { ...event, starts, woke };
  };
  return (delivery) => ({ events: first.all(delivery).map(listedEvent), eventsTotal: total.get(delivery)! });
}
