// What the store keeps of approvals: what runs ask of people. What people decided is an event like any other, and is only read here.
// Types only; every driver does it so that one decision stands for each approval, the first.
import type { StandingDecision } from '../../workflows/decision.ts';
import type { JsonObject } from '../../workflows/definition.ts';

/** An approval that a run asks for. Times in Unix milliseconds. */
export interface NewApproval {
  /** See approvalIdOf in workflows/approval-link.ts. */
  id: string;
  /** Workflow id. */
  run: string;
  flow: string;
  /** Path of the step in the run. */
  step: string;
  title: string;
  /** Whom it is for, as people read it. */
  who: string[];
  /** JSON Schema of what is asked besides yes or no. */
  form: JsonObject | null;
  openedAt: number;
  /** When the run goes on without a decision; null for never. */
  expiresAt: number | null;
}

/** What is known of an approval's id, at one moment. A decision may come before the run asks for it. */
export interface KnownApproval {
  opened: NewApproval | null;
  decision: StandingDecision | null;
}

/** One approval of a list. */
export interface ListedApproval extends NewApproval {
  row: number;
  decision: StandingDecision | null;
}

/** Which approvals to list, newest first. */
export interface ApprovalQuery {
  /** True: only those without a decision; false: only those with one. */
  open?: boolean;
  flow?: string;
  run?: string;
  /** Row ids below this only: the `row` of the last one of the page before. */
  beforeRow?: number;
  limit: number;
}

/** The part of the Store that approvals need. A decision is stored by `accept`, as a delivery of APPROVAL_SOURCE. */
export interface ApprovalStore {
  /** Keeps what a run asks; a repeat brings title, form and times up to date, and leaves `openedAt`. */
  openApproval(approval: NewApproval): Promise<void>;
  getApproval(id: string): Promise<KnownApproval>;
  listApprovals(query: ApprovalQuery): Promise<ListedApproval[]>;
  /** How many have no decision. */
  countOpenApprovals(): Promise<number>;
  /** Text of the definition that an event started a flow with; null when no such start is kept. */
  definitionOfStart(flow: string, eventId: string): Promise<string | null>;
}
