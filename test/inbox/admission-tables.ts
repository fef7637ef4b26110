// What must hold for the tables of admission whenever no transaction is open.
import assert from 'node:assert/strict';
import { NEVER_DUE_AT } from '../../src/inbox/slots.ts';
import type { AdmissionLab } from './admission-lab.ts';
import { GATHERING } from './admission-flows.ts';
import type { Runs } from './admission-runs.ts';

const WAITING = 'SELECT start FROM slot_queue';
const FLOWS = GATHERING.map((flow) => `'${flow}'`).join(', ');

/** Each finds rows that must not be there. */
const NEVER: Record<string, string> = {
  'waits twice': `SELECT start FROM slot_queue GROUP BY start HAVING count(*) > 1`,
  'waits, and may start or is settled': `SELECT id FROM starts WHERE (due_at < ${NEVER_DUE_AT} OR state <> 'pending') AND id IN (${WAITING})`,
  'waits, and is gone': `SELECT start FROM slot_queue WHERE start NOT IN (SELECT id FROM starts)`,
  'never may start, and does not wait': `SELECT id FROM starts WHERE due_at = ${NEVER_DUE_AT} AND state = 'pending' AND id NOT IN (${WAITING})`,
  'may start without a slot': `SELECT id FROM starts WHERE state = 'pending' AND due_at < ${NEVER_DUE_AT}
     AND admission ->> '$.concurrency' IS NOT NULL AND id NOT IN (SELECT start FROM slots)`,
  'may start without a place': `SELECT id FROM starts WHERE state = 'pending' AND due_at < ${NEVER_DUE_AT}
     AND admission ->> '$.rate' IS NOT NULL AND id NOT IN (SELECT start FROM rate_slots WHERE free_at IS NULL)`,
  'keeps a place open, and is settled': `SELECT start FROM rate_slots WHERE free_at IS NULL
     AND start NOT IN (SELECT id FROM starts WHERE state = 'pending')`,
  'holds a slot, and never started': `SELECT start FROM slots JOIN starts ON starts.id = start WHERE state IN ('skipped', 'parked')`,
  'waits, and nobody asks after who holds the slot': `SELECT start FROM slots WHERE wanted = 0 AND EXISTS (
     SELECT 1 FROM slot_queue AS queue WHERE gate = 'concurrency' AND queue.flow = slots.flow AND queue.key = slots.key)`,
  'waits for nobody': `SELECT start FROM slot_queue AS queue WHERE gate = 'concurrency' AND NOT EXISTS (
     SELECT 1 FROM slots WHERE slots.flow = queue.flow AND slots.key = queue.key)`,
  'waits for no place': `SELECT start FROM slot_queue AS queue WHERE gate = 'rate' AND NOT EXISTS (
     SELECT 1 FROM rate_slots WHERE rate_slots.flow = queue.flow AND rate_slots.key = queue.key AND free_at IS NULL)`,
  'is gathered twice': `SELECT event FROM gathered JOIN gatherings ON gatherings.id = gathering GROUP BY event, flow HAVING count(*) > 1`,
  'is closed without a start': `SELECT gatherings.id FROM gatherings JOIN events ON event_id = run_event
     WHERE closed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM starts WHERE starts.event = events.id AND starts.flow = gatherings.flow)`,
  'is closed without an event': `SELECT id FROM gatherings WHERE closed_at IS NOT NULL AND run_event IS NULL`,
  'starts without having been gathered': `SELECT starts.id FROM starts JOIN events ON events.id = starts.event
     WHERE starts.flow IN (${FLOWS}) AND NOT EXISTS (
       SELECT 1 FROM gatherings WHERE run_event = event_id AND gatherings.flow = starts.flow AND closed_at IS NOT NULL)`,
  'stands for another than the last': `SELECT gatherings.id FROM gatherings JOIN events ON event_id = run_event
     WHERE kind = 'debounce' AND closed_at IS NOT NULL AND events.id <> (SELECT max(event) FROM gathered WHERE gathering = gatherings.id)`,
  'is another batch than what was gathered': `SELECT gatherings.id FROM gatherings JOIN events ON event_id = run_event
       JOIN deliveries ON deliveries.id = events.delivery
     WHERE kind = 'batch' AND deliveries.body IS NOT NULL AND closed_at IS NOT NULL AND
       (SELECT json_group_array(value ->> '$.id') FROM json_each(CAST(deliveries.body AS TEXT), '$.events')) NOT LIKE
       (SELECT '%' || trim(json_group_array(event_id), '[]') || ']' FROM (
          SELECT event_id FROM gathered JOIN events ON events.id = event WHERE gathering = gatherings.id ORDER BY event))`,
};

const COUNTED = {
  startsPending: `SELECT count(*) FROM starts WHERE state = 'pending'`,
  startsParked: `SELECT count(*) FROM starts WHERE state = 'parked'`,
  deliveries: 'SELECT count(*) FROM deliveries',
};

/** Fails with what is wrong in the tables, or between them and the runs that there are. */
export function assertTables({ rows, call }: AdmissionLab, runs: Runs): void {
  const checks = Object.entries(NEVER).map(
    ([name, sql]) => `(SELECT group_concat(id) FROM (${named(sql)})) AS "${name}"`,
  );
  const [found] = rows<Record<string, string | null>>(`SELECT ${checks.join(', ')}`);
  const wrong = Object.entries(found!).filter(([, ids]) => ids !== null);
  assert.deepEqual(wrong, []);
  const counts = Object.entries(COUNTED).map(([name, sql]) => `(${sql}) AS ${name}`);
  const { oldestPendingAt: _age, ...stats } = call('receiver', 'stats');
  assert.deepEqual(stats, rows(`SELECT ${counts.join(', ')}`)[0]);
  const skipped = rows<{ run: string }>(
    `SELECT flow || '/' || event_id AS run FROM starts JOIN events ON events.id = event WHERE state IN ('skipped', 'parked')`,
  );
  assert.deepEqual(
    skipped.filter(({ run }) => runs.get(run) !== undefined),
    [],
    'what never starts has no run',
  );
}

/** With its one column called `id`. */
function named(sql: string): string {
  return `WITH wrong (id) AS (${sql}) SELECT id FROM wrong`;
}
