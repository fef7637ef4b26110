// An approval as programs read it: the API, the command line, and links asked for JSON.
import type { StandingDecision } from '../../workflows/decision.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { ListedApproval } from '../inbox/approvals.ts';
import type { SeenApproval } from './look.ts';

/** Times in ISO 8601, UTC. */
export interface ApprovalView {
  id: string;
  status: 'open' | 'early' | 'approved' | 'rejected' | 'closed' | 'over';
  title: string;
  who: string[];
  flow: string;
  run: string;
  /** Path of the step in the run. */
  step: string;
  /** Null while the run has not come to it. */
  openedAt: string | null;
  expiresAt: string | null;
  /** JSON Schema, null when nothing is asked besides yes or no. */
  form: JsonObject | null;
  decision: { by: string | null; at: string; comment: string | null; form: Json; via: string } | null;
}

/** One approval. */
export function approvalView(approval: SeenApproval): ApprovalView {
  const { state, place, openedAt, ...rest } = approval;
  return viewOf({ ...rest, run: place.workflowId, step: place.stepPath, openedAt, state });
}

/** One of a list. Whether its run has ended is not looked at. */
export function listedView(approval: ListedApproval, nowMs: number): ApprovalView {
  const closed = approval.expiresAt !== null && approval.expiresAt <= nowMs;
  return viewOf({ ...approval, state: closed ? 'closed' : 'open' });
}

type Viewed = Omit<ListedApproval, 'row' | 'openedAt'> & {
  openedAt: number | null;
  state: SeenApproval['state'];
};

function viewOf({ id, title, who, flow, run, step, openedAt, expiresAt, form, decision, state }: Viewed): ApprovalView {
  return {
    id,
    status: decision?.decision ?? (state === 'decided' ? 'closed' : state),
    title,
    who,
    flow,
    run,
    step,
    openedAt: openedAt === null ? null : new Date(openedAt).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    form,
    decision: decision === null || decision.decision === 'closed' ? null : decisionView(decision),
  };
}

function decisionView({ by, at, comment, form, via }: StandingDecision): ApprovalView['decision'] {
  return { by, at, comment, form, via };
}
