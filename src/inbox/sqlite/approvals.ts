// Approvals in SQLite: the writer keeps what runs ask for, the reader answers what people want to know of it.
import type { Database } from 'better-sqlite3';
import { APPROVAL_SOURCE, type DecisionKind, type StandingDecision } from '../../../workflows/decision.ts';
import type { ApprovalQuery, KnownApproval, ListedApproval, NewApproval } from '../approvals.ts';
import type { Connection } from './connection.ts';

/** Rows deleted in one call, so that acknowledgements wait for one small step at most. */
const PRUNED_ROWS_MAX = 500;

/** Operations of the writer. */
export function createApprovalOperations({ db }: Connection) {
  const open = db.prepare(
    `INSERT INTO approvals (approval, run, flow, step, title, who, form, opened_at, expires_at, decided_at)
     VALUES (@id, @run, @flow, @step, @title, @who, @form, @openedAt, @expiresAt,
       (SELECT received_at FROM deliveries WHERE source = '${APPROVAL_SOURCE}' AND delivery_id = @id))
     ON CONFLICT (approval) DO UPDATE SET title = excluded.title, who = excluded.who, form = excluded.form,
       expires_at = excluded.expires_at`,
  );
  const countOpen = db.prepare<[], number>('SELECT count(*) FROM approvals WHERE decided_at IS NULL').pluck();
  // A run that waits has a waiter; one that ended without a word (terminated) lost it to the sweeper.
  const abandoned = db.prepare(
    `DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE decided_at IS NULL AND opened_at < ?
       AND NOT EXISTS (SELECT 1 FROM waiters WHERE waiters.workflow_id = approvals.run) LIMIT ${PRUNED_ROWS_MAX})`,
  );
  return {
    openApproval({ who, form, ...rest }: NewApproval): void {
      open.run({ ...rest, who: JSON.stringify(who), form: form === null ? null : JSON.stringify(form) });
    },
    countOpenApprovals: (): number => countOpen.get()!,
    /** Deletes open approvals of runs that are gone; those with a decision go with its delivery. True when there may be more. */
    pruneApprovals: (openedBefore: number): boolean => abandoned.run(openedBefore).changes === PRUNED_ROWS_MAX,
  };
}

const OPENED_COLUMNS = `approval AS id, run, flow, step, title, who, form, opened_at AS openedAt, expires_at AS expiresAt`;
const DECISION_OF = `SELECT type, coalesce(events.body, CAST(deliveries.body AS TEXT)) AS body
  FROM deliveries JOIN events ON events.delivery = deliveries.id WHERE source = '${APPROVAL_SOURCE}' AND delivery_id = ?`;

type OpenedRow = Omit<NewApproval, 'who' | 'form'> & { who: string; form: string | null };
interface DecisionRow {
  type: string;
  body: string;
}

/** Questions to the reader. */
export function createApprovalQuestions(db: Database) {
  const opened = db.prepare<[string], OpenedRow>(`SELECT ${OPENED_COLUMNS} FROM approvals WHERE approval = ?`);
  const decisionOf = db.prepare<[string], DecisionRow>(DECISION_OF);
  const definition = db
    .prepare<[string, string], string | null>(
      `SELECT json FROM starts JOIN events ON events.id = starts.event JOIN definitions ON definitions.id = starts.definition
       WHERE event_id = ? AND flow = ?`,
    )
    .pluck();

  function decision(id: string): StandingDecision | null {
    const row = decisionOf.get(id);
    return row === undefined ? null : standing(row);
  }

  function getApproval(id: string): KnownApproval {
    const row = opened.get(id);
    return { opened: row === undefined ? null : unpacked(row), decision: decision(id) };
  }

  function listApprovals(query: ApprovalQuery): ListedApproval[] {
    const conditions = conditionsOf(query);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const sql = `SELECT id AS row, ${OPENED_COLUMNS} FROM approvals ${where} ORDER BY approvals.id DESC LIMIT @limit`;
    return db
      .prepare<object, OpenedRow & { row: number }>(sql)
      .all({ ...query, open: undefined })
      .map(({ row, ...rest }) => ({ row, ...unpacked(rest), decision: decision(rest.id) }));
  }

  return {
    getApproval: db.transaction(getApproval),
    listApprovals: db.transaction(listApprovals),
    definitionOfStart: (flow: string, eventId: string): string | null => definition.get(eventId, flow) ?? null,
  };
}

function conditionsOf({ open, flow, run, beforeRow }: ApprovalQuery): string[] {
  const conditions: string[] = [];
  if (open !== undefined) conditions.push(`decided_at IS ${open ? '' : 'NOT '}NULL`);
  if (flow !== undefined) conditions.push('flow = @flow');
  if (run !== undefined) conditions.push('run = @run');
  if (beforeRow !== undefined) conditions.push('approvals.id < @beforeRow');
  return conditions;
}

function unpacked({ who, form, ...rest }: OpenedRow): NewApproval {
  return { ...rest, who: JSON.parse(who), form: form === null ? null : JSON.parse(form) };
}

function standing({ type, body }: DecisionRow): StandingDecision {
  const { by, at, comment, form, via } = JSON.parse(body) as Omit<StandingDecision, 'decision'>;
  return { decision: type.slice(type.indexOf('.') + 1) as DecisionKind, by, at, comment, form, via };
}
