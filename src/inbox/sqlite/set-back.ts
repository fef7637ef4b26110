// What to do when the clock was set back: times that were written before lie ahead, and whoever waits for them would wait for as long as
// the clock went back. Nothing is due earlier than it may be: all that was written happened before now.
import { NEVER_DUE_AT } from '../slots.ts';
import type { Connection, Memory } from './connection.ts';

/** No start, and no wake, is put off or leased for longer than this but by a `rate`; see ALONE_MAX_MS in dispatch-outage.ts. */
const PUT_OFF_MAX_MS = 60_000;

/** Brings forward what no clock that was never set back could have put so far ahead. */
export function createBringForward({ db }: Connection, { leases }: Memory): (now: number) => void {
  const statements = [
    `UPDATE rate_slots SET free_at = @now + coalesce(per_ms, 0) WHERE free_at > @now + coalesce(per_ms, 0)`,
    `UPDATE starts SET due_at = min(due_at, @now + coalesce(
       (SELECT per_ms FROM rate_slots WHERE start = starts.id AND free_at IS NULL), ${PUT_OFF_MAX_MS}))
     WHERE state = 'pending' AND due_at > @now AND due_at < ${NEVER_DUE_AT}`,
    'UPDATE slots SET checked_at = @now WHERE checked_at > @now',
    `UPDATE wakes SET due_at = min(due_at, @now + ${PUT_OFF_MAX_MS}) WHERE sent_at IS NULL AND due_at > @now`,
  ].map((sql) => db.prepare(sql));
  return (now) => {
    for (const statement of statements) statement.run({ now });
    for (const [start, until] of leases) leases.set(start, Math.min(until, now + PUT_OFF_MAX_MS));
  };
}
