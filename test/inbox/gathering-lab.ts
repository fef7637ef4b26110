// A store without its thread, on a real file, that can be cut off in the middle of a transaction: what is not committed is gone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartAdmission } from '../../src/inbox/store.ts';
import type { DeliveryRow } from '../../src/inbox/sqlite/accept.ts';
import {
  createCounterFlush,
  createMemory,
  openConnection,
  type Connection,
} from '../../src/inbox/sqlite/connection.ts';
import { createOperations, type Operations } from '../../src/inbox/sqlite/operations.ts';

/** One gathering as its rows tell it. */
export interface GatheringRow {
  kind: 'debounce' | 'batch';
  key: string;
  /** Ids of its events, in order. */
  events: string[];
  /** Id of the event of its run; null while it is open. */
  run: string | null;
}

export interface GatheringLab {
  /** Runs one operation as a transaction. With `cutAfter` statements that write, the process "dies" there: true then. */
  run(operation: (operations: Operations) => unknown, cutAfter?: number): boolean;
  gatherings(): GatheringRow[];
  /** Events of pending starts, and of batches what they hold. */
  starts(): { event: string; holds: string[] | null }[];
  dispose(): void;
}

class CutOff extends Error {}

export function openGatheringLab(): GatheringLab {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-gathering-'));
  const file = join(folder, 'hookline.db');
  let writesLeft = Number.POSITIVE_INFINITY;
  let { connection, operations, flush } = open();

  function open(): { connection: Connection; operations: Operations; flush: () => void } {
    const opened = openConnection({ file }, false);
    // Power failures are not what is tried here, and this makes hundreds of commits quick.
    opened.db.pragma('synchronous = OFF');
    const prepare = opened.db.prepare.bind(opened.db);
    opened.db.prepare = ((sql: string) => {
      const statement = prepare(sql);
      if (statement.reader) return statement;
      const run = statement.run.bind(statement);
      statement.run = (...given: unknown[]) => {
        if (writesLeft-- <= 0) throw new CutOff('cut off');
        return run(...given);
      };
      return statement;
    }) as typeof opened.db.prepare;
    return {
      connection: opened,
      operations: createOperations(opened, createMemory()),
      flush: createCounterFlush(opened),
    };
  }

  function rows<T>(sql: string): T[] {
    return connection.db.prepare<[], T>(sql).all();
  }

  return {
    run(operation, cutAfter = Number.POSITIVE_INFINITY) {
      writesLeft = cutAfter;
      connection.db.exec('BEGIN IMMEDIATE');
      try {
        operation(operations);
        flush();
        connection.db.exec('COMMIT');
        return false;
      } catch (error) {
        if (!(error instanceof CutOff)) throw error;
        // Closed without a commit, as a process that dies leaves it.
        connection.db.close();
        writesLeft = Number.POSITIVE_INFINITY;
        ({ connection, operations, flush } = open());
        return true;
      } finally {
        writesLeft = Number.POSITIVE_INFINITY;
      }
    },
    gatherings: () =>
      rows<{ kind: GatheringRow['kind']; key: string; run: string | null; events: string }>(
        `SELECT kind, key, CASE WHEN closed_at IS NULL THEN NULL ELSE run_event END AS run,
           (SELECT json_group_array(event_id) FROM (SELECT event_id FROM gathered JOIN events ON events.id = event
              WHERE gathering = gatherings.id ORDER BY event)) AS events FROM gatherings ORDER BY id`,
      ).map((row) => ({ ...row, events: JSON.parse(row.events) as string[] })),
    starts: () =>
      rows<{ event: string; body: Buffer; source: string }>(
        `SELECT event_id AS event, deliveries.body AS body, starts.source AS source FROM starts
           JOIN events ON events.id = starts.event JOIN deliveries ON deliveries.id = events.delivery ORDER BY starts.id`,
      ).map(({ event, body, source }) => ({
        event,
        holds: source === 'batch' ? JSON.parse(body.toString()).events.map(({ id }: { id: string }) => id) : null,
      })),
    dispose() {
      connection.db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A delivery of events with these ids, each of which asks for a start of one flow with this admission. */
export function deliveryRow(
  deliveryId: string,
  receivedAt: number,
  ids: string[],
  admission: StartAdmission,
): DeliveryRow {
  const starts = [
    { flow: 'digest', definitionHash: 'hash-1', respondWithinMs: null, admission: JSON.stringify(admission) },
  ];
  const events = ids.map((id) => ({
    id,
    type: 'item',
    outcome: 'matched',
    reason: null,
    body: '{}',
    held: false,
    starts,
  }));
  const request = { method: 'POST', contentType: 'application/json', headers: '{}', query: '{}', bodyBytes: 2 };
  return { ...request, source: 'shop', deliveryId, receivedAt, replay: null, events };
}
