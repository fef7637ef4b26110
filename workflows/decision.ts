// What people decide, as events and outputs hold it. Types and names only, for runs, the store and the server alike.
import type { Json } from './definition.ts';

/** Source of decisions, as events in the inbox; the delivery id is the approval's id. No inbound URL can have the name. */
export const APPROVAL_SOURCE = 'approval';
/** Name of the signal by which a person decides in Temporal's own UI. */
export const APPROVE_SIGNAL = 'approve';

/** `closed`: the run did not wait any longer; its time was over, or it was cancelled. */
export type DecisionKind = 'approved' | 'rejected' | 'closed';

/** How it reached Hookline. `run`: the run closed it itself. */
export type DecisionWay = 'link' | 'api' | 'signal' | 'run';

/** Event types by what was decided. */
export const DECISION_TYPES: Record<DecisionKind, string> = {
  approved: 'approval.approved',
  rejected: 'approval.rejected',
  closed: 'approval.closed',
};

/** The decision that stands: the first one. */
export interface StandingDecision {
  decision: DecisionKind;
  /** A name, as given by whoever decided; null where nobody said one. */
  by: string | null;
  /** ISO 8601 in UTC. */
  at: string;
  comment: string | null;
  /** What was filled in, following the form's schema; null without a form. */
  form: Json;
  via: DecisionWay;
}
