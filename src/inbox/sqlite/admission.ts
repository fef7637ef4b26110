// What a start waits for, one after the other: first a slot of `concurrency`, then a place of `rate`. Whoever waits for the second
// holds the first: those behind it have to wait for its run anyway. All of it happens inside the caller's transaction.
import type { StartAdmission } from '../store.ts';
import type { Connection, Memory } from './connection.ts';
import { createConcurrencyGate } from './slots-concurrency.ts';
import { createRateGate } from './slots-rate.ts';
import { createStartRows } from './start-rows.ts';
import { createUnborn } from './start-unborn.ts';

/** A start with its admission, as JSON. */
export interface AdmittedStart {
  id: number;
  flow: string;
  admission: string;
}

export interface Admitting {
  /** A start that is pending now: it is let through, held back, or skipped. `again`: it was started before an unclean stop. */
  enter(start: AdmittedStart, now: number, again?: boolean): void;
  /** Its run was started; `already`: it had been started before. */
  started(start: AdmittedStart, already: boolean, now: number): void;
  /** It was tried, and nobody knows what came of it: its run may be there since. */
  tried(start: number): void;
  /** It will never be started. */
  refused(start: AdmittedStart, now: number): void;
  /** Nobody wants it any more, and it was not due yet: it is skipped; `reason` is for people. */
  withdraw(start: AdmittedStart, reason: string, now: number): void;
  /** The run of a start is over. */
  ended(start: number, now: number): void;
  /** Whether the start holds a slot, so that its run counts. */
  holdsSlot(start: number): boolean;
}

/** Admission on one connection. */
export function createAdmitting(connection: Connection, memory: Memory): Admitting {
  const { db } = connection;
  const starts = createStartRows(connection);
  const rate = createRateGate(connection, starts);
  const concurrency = createConcurrencyGate(connection, starts, {
    pass: passById,
    leave: leaveById,
    isUnborn: createUnborn(connection, memory).has,
  });
  const startById = db.prepare<[number], AdmittedStart & { dueAt: number }>(
    'SELECT id, flow, admission, due_at AS dueAt FROM starts WHERE id = ?',
  );

  function passById(id: number, now: number, again: boolean): void {
    const { flow, admission } = startById.get(id)!;
    pass(id, flow, read(admission), now, again);
  }

  function pass(id: number, flow: string, terms: StartAdmission, now: number, again: boolean): void {
    if (terms.rate === undefined) starts.due(id, now);
    else rate.enter(id, flow, terms.rate, now, again);
  }

  /** It was not due yet: a place that it would have had then is free then. */
  function leaveById(id: number, now: number): void {
    const { flow, admission, dueAt } = startById.get(id)!;
    const terms = read(admission).rate;
    if (terms !== undefined) rate.left(id, flow, terms.key, dueAt, now);
  }

  return {
    enter({ id, flow, admission }, now, again = false) {
      const terms = read(admission);
      // Sent again, it may hold its slot still: its run is not over then, as far as is known.
      if (terms.concurrency === undefined || concurrency.holds(id)) pass(id, flow, terms, now, again);
      else concurrency.enter(id, flow, terms.concurrency, now, again);
    },
    started({ id, flow, admission }, already, now) {
      const terms = read(admission);
      if (terms.rate !== undefined) rate.started(id, flow, terms.rate, already, now);
      if (terms.concurrency === undefined) return;
      concurrency.started(id, flow, terms.concurrency.key, now);
      if (concurrency.isToCancel(id)) connection.news.toDo = true;
    },
    tried: rate.tried,
    refused({ id, flow, admission }, now) {
      const terms = read(admission);
      if (terms.rate !== undefined) rate.left(id, flow, terms.rate.key, now, now);
      if (terms.concurrency !== undefined) concurrency.left(id, flow, terms.concurrency.key, now);
    },
    withdraw({ id, flow, admission }, reason, now) {
      const terms = read(admission);
      leaveById(id, now);
      starts.skip(id, reason, now);
      if (terms.concurrency !== undefined) concurrency.left(id, flow, terms.concurrency.key, now);
    },
    ended(id, now) {
      // Its end may be told before its start was recorded.
      const start = startById.get(id);
      if (start !== undefined && starts.markStarted(id, now)) {
        const terms = read(start.admission);
        if (terms.rate !== undefined) rate.started(id, start.flow, terms.rate, false, now);
      }
      concurrency.free(id, now);
    },
    holdsSlot: (id) => concurrency.holds(id),
  };
}

function read(admission: string): StartAdmission {
  return JSON.parse(admission) as StartAdmission;
}
