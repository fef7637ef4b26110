// Deletes what is old, a few rows a call, so that acknowledgements wait for one small step at most. Never touches pending starts.
import { APPROVAL_SOURCE } from '../../../workflows/decision.ts';
import type { Connection } from './connection.ts';

/** Where the next call goes on: the last delivery looked at. */
export interface PruneCursor {
  receivedAt: number;
  id: number;
}

/** Deliveries looked at in one call. */
const PRUNED_ROWS_MAX = 200;

interface OldDelivery extends PruneCursor {
  kept: number;
}

/** Whether a run is still to be told of an event of a delivery. */
const HAS_WAKES = `EXISTS (SELECT 1 FROM events JOIN wakes ON wakes.event = events.id
    WHERE events.delivery = deliveries.id AND wakes.sent_at IS NULL)`;

/** Whether an event of a delivery waits for others. */
const IS_GATHERED = `EXISTS (SELECT 1 FROM events JOIN gathered ON gathered.event = events.id JOIN gatherings ON gatherings.id = gathering
    WHERE events.delivery = deliveries.id AND closed_at IS NULL)`;

/** Whether a delivery has a start in one of these states, a wake, or an event that is being gathered. */
function hasStarts(states: string): string {
  return `EXISTS (SELECT 1 FROM events JOIN starts ON starts.event = events.id
    WHERE events.delivery = deliveries.id AND starts.state IN (${states})) OR ${HAS_WAKES} OR ${IS_GATHERED}`;
}

/** Operations of retention. Both deletions return where to go on, or null when nothing is left. */
export function createPruneOperations(connection: Connection) {
  const { db, definitionIds } = connection;
  // A decision is there whole, or not at all: a run may come to it later, and must find what the page says that it was told.
  // Parked starts keep their body while the delivery is there: a person may send them again.
  const withOldBody = db.prepare<[number, number, number, number], OldDelivery>(
    `SELECT id, received_at AS receivedAt, ${hasStarts("'pending', 'parked'")} AS kept FROM deliveries
     WHERE has_body = 1 AND received_at < ? AND (received_at > ? OR (received_at = ? AND id > ?))
       AND source <> '${APPROVAL_SOURCE}'
     ORDER BY received_at, id LIMIT ${PRUNED_ROWS_MAX}`,
  );
  const oldDeliveries = db.prepare<[number, number, number, number, number], OldDelivery>(
    `SELECT id, received_at AS receivedAt, ${hasStarts("'pending'")} AS kept FROM deliveries
     WHERE has_body = ? AND received_at < ? AND (received_at > ? OR (received_at = ? AND id > ?))
     ORDER BY received_at, id LIMIT ${PRUNED_ROWS_MAX}`,
  );
  const clearBody = db.prepare('UPDATE deliveries SET body = NULL, has_body = 0 WHERE id = ?');
  const clearEventBodies = db.prepare('UPDATE events SET body = NULL WHERE delivery = ? AND body IS NOT NULL');
  const deleteStarts = db
    .prepare<[number], string>(
      'DELETE FROM starts WHERE event IN (SELECT id FROM events WHERE delivery = ?) RETURNING state',
    )
    .pluck();
  const deleteEvents = db.prepare('DELETE FROM events WHERE delivery = ?');
  const deleteKeys = db.prepare('DELETE FROM event_keys WHERE event IN (SELECT id FROM events WHERE delivery = ?)');
  const deleteWakes = db.prepare('DELETE FROM wakes WHERE event IN (SELECT id FROM events WHERE delivery = ?)');
  const deleteGathered = db.prepare('DELETE FROM gathered WHERE event IN (SELECT id FROM events WHERE delivery = ?)');
  const emptyGatherings = db.prepare(
    `DELETE FROM gatherings WHERE id IN (SELECT id FROM gatherings WHERE closed_at IS NOT NULL AND closed_at < ?
       AND NOT EXISTS (SELECT 1 FROM gathered WHERE gathering = gatherings.id) LIMIT ${PRUNED_ROWS_MAX})`,
  );
  const deleteDelivery = db.prepare('DELETE FROM deliveries WHERE id = ?');
  const deleteRepeats = db.prepare('DELETE FROM repeats WHERE delivery = ?');
  const deleteReplays = db.prepare('DELETE FROM replays WHERE delivery = ?');
  const unusedDefinitions = db.prepare<[number], { id: number; hash: string }>(
    `SELECT id, hash FROM definitions
     WHERE stored_at < ? AND NOT EXISTS (SELECT 1 FROM starts WHERE starts.definition = definitions.id)
       AND NOT EXISTS (SELECT 1 FROM gatherings WHERE definition = definitions.id AND closed_at IS NULL)`,
  );
  const deleteDefinition = db.prepare('DELETE FROM definitions WHERE id = ?');

  function deleteFamily(id: number): void {
    const states = deleteStarts.all(id);
    connection.changes.startsParked -= states.filter((state) => state === 'parked').length;
    connection.changes.deliveries -= 1;
    deleteKeys.run(id);
    deleteWakes.run(id);
    deleteGathered.run(id);
    deleteEvents.run(id);
    deleteRepeats.run(id);
    deleteReplays.run(id);
    deleteDelivery.run(id);
  }

  return {
    pruneBodies(before: number, { receivedAt, id }: PruneCursor): PruneCursor | null {
      const rows = withOldBody.all(before, receivedAt, receivedAt, id);
      for (const row of rows.filter((old) => old.kept === 0)) {
        clearBody.run(row.id);
        clearEventBodies.run(row.id);
        // Without its body an event can no longer be what a run waits for.
        deleteKeys.run(row.id);
      }
      return lastOf(rows);
    },
    /** @param hasBody deliveries that still have their body (1) or not (0); the index is ordered by that first. */
    pruneDeliveries(hasBody: 0 | 1, before: number, { receivedAt, id }: PruneCursor): PruneCursor | null {
      const rows = oldDeliveries.all(hasBody, before, receivedAt, receivedAt, id);
      for (const row of rows.filter((old) => old.kept === 0)) deleteFamily(row.id);
      return lastOf(rows);
    },
    /** Deletes what was closed and lost its last event. True when there may be more. */
    pruneGatherings: (before: number): boolean => emptyGatherings.run(before).changes === PRUNED_ROWS_MAX,
    /** Deletes definitions that no start refers to, but for these hashes. */
    pruneDefinitions(before: number, inUse: string[]): void {
      const kept = new Set(inUse);
      for (const { id, hash } of unusedDefinitions.all(before)) {
        if (kept.has(hash)) continue;
        deleteDefinition.run(id);
        definitionIds.delete(hash);
      }
    },
  };
}

function lastOf(rows: OldDelivery[]): PruneCursor | null {
  const last = rows.at(-1);
  return last && rows.length === PRUNED_ROWS_MAX ? { receivedAt: last.receivedAt, id: last.id } : null;
}
