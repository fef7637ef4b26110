// A stored event as it is handed to a run that waits for it.
import type { EventData, Json } from '../../../workflows/definition.ts';
import type { AwaitedEvent } from '../waits.ts';

/** Of `events` joined with `deliveries`. */
export const AWAITED_COLUMNS = `events.id AS position, event_id AS eventId, type, deliveries.source AS source,
  deliveries.received_at AS receivedAt, headers, query, coalesce(events.body, CAST(deliveries.body AS TEXT), 'null') AS body`;

/** JSON still as text. */
export interface AwaitedRow {
  position: number;
  eventId: string;
  type: string;
  source: string;
  receivedAt: number;
  headers: string;
  query: string;
  body: string;
}

export function awaitedEvent(row: AwaitedRow): AwaitedEvent {
  const event: EventData = {
    id: row.eventId,
    type: row.type,
    source: row.source,
    time: new Date(row.receivedAt).toISOString(),
    body: bodyOf(row.body),
    headers: JSON.parse(row.headers),
    query: JSON.parse(row.query),
  };
  return { position: row.position, event };
}

/** A body that cannot be read is none, as for the keys of its event: it must not hold up what else is to be told. */
function bodyOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
