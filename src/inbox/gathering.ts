// What `debounce` and `batch` ask of the store, and what the event of a batch is. Rows are in src/inbox/schema-gathering.ts.
// It never looks at what an event says.
import { createHash } from 'node:crypto';
import { BATCH_SOURCE, DEPTH_HEADER, depthAfter } from '../../workflows/emit-event.ts';
import { eventIdOf } from '../server/event-id.ts';

/** Source and type of the event that a batch makes. */
export const BATCH = BATCH_SOURCE;

/** Bytes of the events in one batch: a batch closes before its next event would take it beyond. A larger event is a batch of its own. */
export const BATCH_BYTES_MAX = 2 * 1024 * 1024;

/** Gatherings closed in one transaction, so that acknowledgements wait for one small step at most. */
export const CLOSED_AT_ONCE_MAX = 50;

/** What came of looking for gatherings that are due. */
export interface Closings {
  /** How many were closed: as many starts are pending now. */
  closed: number;
  /** Unix ms at which the next open one is due (it may be past: then ask again); null when none is open. */
  nextDueAt: number | null;
}

/** Told after a commit in which events joined gatherings. */
export interface Gathered {
  /** Unix ms at which the first of these is due; null when all of them closed in the same commit. */
  dueAt: number | null;
  /** Starts that became pending in it. */
  starts: number;
}

/** The part of the Store that closes gatherings. An event joins, or closes, one in the transaction that stores it. */
export interface GatheringStore {
  /**
   * Closes gatherings that are due at `now` (Unix ms), at most CLOSED_AT_ONCE_MAX: each becomes one pending start, in the same
   * transaction, on disk before this resolves. Where the clock went back, what is open is due after its period from `now` at the latest.
   */
  closeGatherings(now: number): Promise<Closings>;
  /** How many are open. */
  countOpenGatherings(): Promise<number>;
}

/** The id of a batch's event: no other batch has the same first event at the same time. */
export function batchEventId(flow: string, key: string, firstEventId: string, firstAt: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([flow, key, firstEventId, firstAt]))
    .digest('hex');
  return eventIdOf(BATCH, `${flow}-${hash.slice(0, 32)}`);
}

/** One event of a batch; headers, query and body are JSON. */
export interface BatchItem {
  id: string;
  type: string;
  source: string;
  receivedAt: number;
  headers: string;
  query: string;
}

/** The event as a run would have had it alone, as JSON. */
export function batchItem({ id, type, source, receivedAt, headers, query }: BatchItem, body: string): string {
  const time = new Date(receivedAt).toISOString();
  const named = JSON.stringify({ id, type, source, time }).slice(0, -1);
  return `${named},"body":${body},"headers":${headers},"query":${query}}`;
}

/** The headers of a batch's event, as JSON: it counts as many events of flows before it as any of its own does. */
export function batchHeaders(items: Pick<BatchItem, 'source' | 'headers'>[]): string {
  const depths = items.map(({ source, headers }) => {
    return depthAfter({ source, headers: JSON.parse(headers) as Record<string, string> }) - 1;
  });
  const depth = Math.max(0, ...depths);
  return JSON.stringify(depth === 0 ? {} : { [DEPTH_HEADER]: String(depth) });
}

/** The body of a batch's event, as JSON. */
export function batchBody(items: string[]): string {
  return `{"events":[${items.join(',')}],"count":${items.length}}`;
}
