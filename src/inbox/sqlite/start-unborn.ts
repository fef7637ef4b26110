// Whether a start may still be taken back: no claim has met it, so that no run of it is there or on its way. In doubt it may not.
import type { Connection, Memory } from './connection.ts';

/**
 * In a process that claims nothing itself, what is due within this time counts as claimed: the one that claims may do it while this one
 * waits for the database or commits. Far above the busy timeout and the longest commit.
 */
const OTHERS_CLAIM_MS = 10_000;

/** Of a row of `starts`: it waits for a place, was never tried (not before an unclean stop either), and is not due at `@due` (Unix ms). */
export const UNBORN = `state = 'pending' AND admission IS NOT NULL AND attempts = 0 AND due_at > @due`;

export interface Unborn {
  /** The `@due` of UNBORN at a time (Unix ms), which may be that of a request that was stored late. */
  dueAfter(now: number): number;
  /** Whether it is certain that no claim has met the start. */
  has(start: number, now: number): boolean;
}

/** The question on one connection. A lease is in the memory of the process that claims, whatever clocks say. */
export function createUnborn({ db }: Connection, memory: Memory): Unborn {
  const unborn = db
    .prepare<{ start: number; due: number }, number>(`SELECT 1 FROM starts WHERE id = @start AND ${UNBORN}`)
    .pluck();
  const dueAfter = (now: number): number => (memory.claims ? now : Math.max(now, Date.now()) + OTHERS_CLAIM_MS);
  return {
    dueAfter,
    has: (start, now) => !memory.leases.has(start) && unborn.get({ start, due: dueAfter(now) }) !== undefined,
  };
}
