// Reads which approvals a person asks for: open ones, of a flow, of a run. Faults are told in words, all at once.
import type { ApprovalQuery } from '../inbox/approvals.ts';
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './inspect-query.ts';

/** Which approvals a list holds; `open` where nothing is said. */
export const APPROVAL_STATES = ['open', 'ended', 'all'] as const;
export type ApprovalStates = (typeof APPROVAL_STATES)[number];

export type ApprovalQueryRead = { ok: true; query: ApprovalQuery } | { ok: false; message: string };

const PARAMETERS = ['state', 'flow', 'run', 'limit', 'before'];
const COUNT = /^\d{1,15}$/;

/** The part of a query that a state means. */
export function openOf(state: ApprovalStates): Pick<ApprovalQuery, 'open'> {
  return state === 'all' ? {} : { open: state === 'open' };
}

/** Reads the query of `GET /api/approvals`. */
export function readApprovalQuery(given: Record<string, string | string[] | undefined>): ApprovalQueryRead {
  const query: ApprovalQuery = { open: true, limit: LIST_LIMIT_DEFAULT };
  const faults: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!PARAMETERS.includes(name)) {
      faults.push(`there is no parameter of that name; there are ${PARAMETERS.join(', ')}`);
      continue;
    }
    const fault = typeof value === 'string' ? readOne(query, name, value) : `${name} may be given once only`;
    if (fault !== undefined) faults.push(fault);
  }
  return faults.length === 0 ? { ok: true, query } : { ok: false, message: `${faults.join('; ')}.` };
}

function readOne(query: ApprovalQuery, name: string, value: string): string | undefined {
  if (name === 'flow') query.flow = value;
  else if (name === 'run') query.run = value;
  else if (name === 'state') {
    const state = APPROVAL_STATES.find((known) => known === value);
    if (state === undefined) return `state must be one of ${APPROVAL_STATES.join(', ')}`;
    query.open = openOf(state).open;
  } else if (name === 'limit') {
    query.limit = COUNT.test(value) ? Number(value) : 0;
    const fits = query.limit >= 1 && query.limit <= LIST_LIMIT_MAX;
    return fits ? undefined : `limit must be a whole number from 1 to ${LIST_LIMIT_MAX}`;
  } else {
    query.beforeRow = COUNT.test(value) ? Number(value) : undefined;
    if (query.beforeRow === undefined) return 'before must be the number that the page before gave';
  }
  return undefined;
}
