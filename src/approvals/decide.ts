// Decides approvals: the one place where a decision becomes an event. The first one stands, whoever asks, however often, and whatever
// else happens; it never answers before that is on disk.
import { approvalIdOf, type ApprovalPlace } from '../../workflows/approval-link.ts';
import { APPROVAL_SOURCE, DECISION_TYPES, type StandingDecision } from '../../workflows/decision.ts';
import { RUN_HEADER } from '../../workflows/emit-event.ts';
import type { CommitEvent } from '../inbox/commit-event.ts';
import type { Store } from '../inbox/store.ts';
import { eventIdOf } from '../server/event-id.ts';

export interface DecideDeps {
  store: Pick<Store, 'getApproval'>;
  commitEvent: CommitEvent;
  /** Unix time in milliseconds. */
  clock(): number;
}

export interface Decided {
  /** The decision that stands. */
  standing: StandingDecision;
  /** It is the one that was given now. */
  first: boolean;
}

/** Decides, with a form that was checked. Rejects with StoreUnavailableError: nothing was decided. */
export type Decide = (place: ApprovalPlace, given: Omit<StandingDecision, 'at'>) => Promise<Decided>;

/** Makes the deciding function of one process. */
export function createDecide({ store, commitEvent, clock }: DecideDeps): Decide {
  return async (place, given) => {
    const approval = approvalIdOf(place);
    const decision: StandingDecision = { ...given, at: new Date(clock()).toISOString() };
    const { duplicate } = await commitEvent({
      id: eventIdOf(APPROVAL_SOURCE, approval),
      source: APPROVAL_SOURCE,
      deliveryId: approval,
      type: DECISION_TYPES[given.decision],
      body: { approval, run: place.workflowId, step: place.stepPath, ...decision },
      headers: { [RUN_HEADER]: place.workflowId },
      starts: [],
    });
    if (!duplicate) return { standing: decision, first: true };
    const { decision: standing } = await store.getApproval(approval);
    // Retention may have taken it away this moment; then nobody waits for it any more.
    return { standing: standing ?? decision, first: false };
  };
}

/** Whether somebody says again what they said before, so that a repeat is no contradiction. */
export function isSameDecision(standing: StandingDecision, given: Omit<StandingDecision, 'at'>): boolean {
  const said = ({ decision, by, comment, form }: Omit<StandingDecision, 'at'>): string =>
    JSON.stringify([decision, by, comment, form]);
  return said(standing) === said(given);
}
