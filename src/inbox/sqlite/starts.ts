// Claims and settles starts: which run is begun next, and what came of it. A claim writes nothing; its lease is in memory.
import type { StartNews } from '../slots.ts';
import type { StartOutcome } from '../store.ts';
import { createAdmitting, type AdmittedStart } from './admission.ts';
import { createUnstartedCalls } from './start-rows.ts';
import { setLease, takeNews, type Connection, type Memory } from './connection.ts';

/** A claimed start on its way from the thread: JSON still as text, so that only the main thread's parser touches it. */
export interface ClaimedRow {
  id: number;
  eventId: string;
  flow: string;
  definitionHash: string;
  eventType: string;
  source: string;
  receivedAt: number;
  headers: string;
  query: string;
  body: string;
  respondWithinMs: number | null;
  attempts: number;
  /** StartAdmission as JSON; null: none. */
  admission: string | null;
}

type SettledRow = Omit<AdmittedStart, 'admission'> & { admission: string | null };

/** What is due within this time at an unclean stop counts as due: the clock may have been set back a little meanwhile. */
const CLOCK_STEP_MS = 60_000;

/** Leases that ran out are dropped from memory when there are this many. */
const LEASES_KEPT_MAX = 1_000;

const CLAIMED_COLUMNS = `
  SELECT starts.id, events.event_id AS eventId, flow, hash AS definitionHash, type AS eventType, starts.source,
    starts.received_at AS receivedAt, headers, query, coalesce(events.body, CAST(deliveries.body AS TEXT), 'null') AS body,
    respond_within_ms AS respondWithinMs, attempts, admission
  FROM starts JOIN events ON events.id = starts.event JOIN deliveries ON deliveries.id = events.delivery
    JOIN definitions ON definitions.id = starts.definition`;

/** Operations on starts. */
export function createStartOperations(connection: Connection, memory: Memory) {
  const { db } = connection;
  const { leases } = memory;
  const claimedById = db.prepare<[number], ClaimedRow>(`${CLAIMED_COLUMNS} WHERE starts.id = ?`);
  const claimedByEvent = db.prepare<[string, string, number], ClaimedRow>(
    `${CLAIMED_COLUMNS} WHERE event_id = ? AND flow = ? AND state = 'pending' AND (admission IS NULL OR due_at <= ?)`,
  );
  // Most starts wait for nothing, and nothing is to be told of them.
  const settleUnlimited = db.prepare(
    `UPDATE starts SET state = 'started', settled_at = ?, error = NULL WHERE id = ? AND state = 'pending' AND admission IS NULL`,
  );
  const settleStarted = db.prepare<[number, number], SettledRow>(
    `UPDATE starts SET state = 'started', settled_at = ?, error = NULL WHERE id = ? AND state = 'pending'
     RETURNING id, flow, admission`,
  );
  // Who waits for a place still waits for it, whatever came of an earlier try; and that it was due is not forgotten where it was not tried.
  const settlePending = db.prepare(
    `UPDATE starts SET due_at = CASE WHEN admission IS NULL THEN @retryAt WHEN @tried THEN max(due_at, @retryAt) ELSE due_at END,
       attempts = attempts + @tried, error = coalesce(@error, error) WHERE id = @id AND state = 'pending'`,
  );
  const settleParked = db.prepare<[number, string, number], SettledRow>(
    `UPDATE starts SET state = 'parked', settled_at = ?, attempts = attempts + 1, error = ? WHERE id = ? AND state = 'pending'
     RETURNING id, flow, admission`,
  );
  const reopened = `state = 'started' AND settled_at >= ? AND EXISTS (
    SELECT 1 FROM events JOIN deliveries ON deliveries.id = events.delivery WHERE events.id = starts.event AND has_body = 1)`;
  const reopenedWithAdmission = db.prepare<[number], AdmittedStart>(
    `SELECT id, flow, admission FROM starts INDEXED BY starts_settled WHERE ${reopened} AND admission IS NOT NULL ORDER BY id`,
  );
  const reopen = db.prepare(
    `UPDATE starts SET state = 'pending', due_at = received_at, settled_at = NULL,
       attempts = iif(admission IS NULL, attempts, max(attempts, 1)) WHERE ${reopened}`,
  );
  // What was due before an unclean stop may have been tried, and nobody could record it.
  const countTry = db.prepare(
    `UPDATE starts SET attempts = 1 WHERE state = 'pending' AND admission IS NOT NULL AND attempts = 0 AND due_at <= ?`,
  );
  const admitting = createAdmitting(connection, memory);
  const noteUnstarted = createUnstartedCalls(connection);
  const nextStarts = createFairOrder(connection, memory);

  function lease(id: number, until: number): void {
    memory.claims = true;
    setLease(connection, leases, id, until);
  }

  function settle(outcome: StartOutcome, now: number): void {
    setLease(connection, leases, outcome.id, null);
    if (outcome.state === 'pending') {
      const { id, retryAt, error = null } = outcome;
      settlePending.run({ id, retryAt, error, tried: error === null ? 0 : 1 });
      if (error !== null) admitting.tried(id);
      return;
    }
    if (outcome.state === 'started' && settleUnlimited.run(now, outcome.id).changes > 0) {
      connection.changes.startsPending -= 1;
      return;
    }
    // All rows: a statement that returns some is finished only with its last.
    const [settled] =
      outcome.state === 'started'
        ? settleStarted.all(now, outcome.id)
        : settleParked.all(now, outcome.error, outcome.id);
    if (settled === undefined) return;
    connection.changes.startsPending -= 1;
    if (outcome.state === 'parked') {
      connection.changes.startsParked += 1;
      noteUnstarted(outcome.id);
    }
    if (settled.admission === null) return;
    const start = { ...settled, admission: settled.admission };
    if (outcome.state === 'parked') admitting.refused(start, now);
    else admitting.started(start, outcome.already === true, now);
  }

  return {
    claimStarts(limit: number, leaseMs: number, now: number): ClaimedRow[] {
      if (leases.size > LEASES_KEPT_MAX) dropExpired(leases, now);
      return nextStarts(limit, now).flatMap((id) => {
        lease(id, now + leaseMs);
        return claimedById.get(id) ?? [];
      });
    },
    claimStart(eventId: string, flow: string, leaseMs: number, now: number): ClaimedRow | null {
      const row = claimedByEvent.get(eventId, flow, now);
      if (row === undefined) return null;
      lease(row.id, now + leaseMs);
      return row;
    },
    settleStarts(outcomes: StartOutcome[], now: number): StartNews | null {
      for (const outcome of outcomes) settle(outcome, now);
      return takeNews(connection);
    },
    reopenStarts(since: number, now: number): number {
      countTry.run(now + CLOCK_STEP_MS);
      const admitted = reopenedWithAdmission.all(since);
      const { changes } = reopen.run(since);
      connection.changes.startsPending += changes;
      for (const start of admitted) admitting.enter(start, now, true);
      takeNews(connection); // Nobody dispatches yet.
      return changes;
    },
  };
}

function dropExpired(leases: Map<number, number>, now: number): void {
  for (const [id, until] of leases) {
    if (until <= now) leases.delete(id);
  }
}

/**
 * Ids of the next starts: one of each source in turn, the oldest of a source first, beginning after the source served last.
 * Sources are found by skipping through the index of pending starts, so the cost grows with sources and limit, not with rows.
 */
function createFairOrder({ db }: Connection, memory: Memory): (limit: number, now: number) => number[] {
  const sourceAfter = db
    .prepare<[string], string>(
      "SELECT source FROM starts INDEXED BY starts_due WHERE state = 'pending' AND source > ? ORDER BY source LIMIT 1",
    )
    .pluck();
  const dueOf = db
    .prepare<[string, number], number>(
      `SELECT id FROM starts INDEXED BY starts_due
       WHERE state = 'pending' AND source = ? AND due_at <= ? ORDER BY due_at, id`,
    )
    .pluck();

  function pendingSources(): string[] {
    const sources: string[] = [];
    for (let next = sourceAfter.get(''); next !== undefined; next = sourceAfter.get(next)) sources.push(next);
    const split = sources.findIndex((source) => source > memory.lastSource);
    return split <= 0 ? sources : [...sources.slice(split), ...sources.slice(0, split)];
  }

  function dueAndFree(source: string, limit: number, now: number): number[] {
    const ids: number[] = [];
    for (const id of dueOf.iterate(source, now)) {
      if ((memory.leases.get(id) ?? 0) <= now) ids.push(id);
      if (ids.length >= limit) break;
    }
    return ids;
  }

  return (limit, now) => {
    const queues: { source: string; ids: number[] }[] = [];
    for (const source of pendingSources()) {
      const ids = dueAndFree(source, limit, now);
      if (ids.length > 0) queues.push({ source, ids });
      if (queues.length >= limit) break;
    }
    const chosen: number[] = [];
    const longest = Math.max(0, ...queues.map((queue) => queue.ids.length));
    for (let turn = 0; turn < longest && chosen.length < limit; turn += 1) {
      for (const { source, ids } of queues) {
        const id = ids[turn];
        if (id === undefined || chosen.length >= limit) continue;
        chosen.push(id);
        memory.lastSource = source;
      }
    }
    return chosen;
  };
}
