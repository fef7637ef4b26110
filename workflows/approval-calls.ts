// What a run asks the store about an approval: to make it known, to wait for its decision, to decide it, to close it. The store keeps
// the first decision of each; none of this waits for a person.
import { approvalIdOf } from './approval-link.ts';
import type { NoticeTerms } from './approval-notices.ts';
import { askedPath } from './approval-table.ts';
import type { SignalledDecision } from './approval-signals.ts';
import { APPROVAL_SOURCE, DECISION_TYPES, type StandingDecision } from './decision.ts';
import type { Json, JsonObject } from './definition.ts';
import { APPROVAL_LOOKBACK_MS, FORGET_TIMEOUT_MS, STEP_TIMEOUT_MS } from './limits.ts';
import type { Place } from './place.ts';
import { StepFailure } from './step-failure.ts';
import {
  startStoreCall,
  storeCall,
  STORE_CALLS,
  type DecideRequest,
  type OpenApprovalRequest,
  type RegisterAnswer,
  type RegisterRequest,
} from './store-call.ts';

/** The place in a decision's event that says which approval it is of. */
export const DECIDED_APPROVAL = 'body.approval';
/** Types of the events that tell of a decision, in the order in which runs ask for them. */
export const AWAITED_TYPES = [DECISION_TYPES.approved, DECISION_TYPES.rejected, DECISION_TYPES.closed];

/** An approval that a run asks for. */
export interface Approval extends NoticeTerms {
  place: Place;
  title: string;
  who: string[];
  /** JSON Schema of what is asked besides yes or no. */
  form: JsonObject | null;
}

/** Makes the approval known to people. */
export async function openApproval({ place, title, who, form, until }: Approval): Promise<void> {
  const request: OpenApprovalRequest = { ...named(place), title, who, form, expiresAt: until };
  await storeCall(place, STORE_CALLS.openApproval, request as unknown as JsonObject, STEP_TIMEOUT_MS);
}

/** Registers the wait for the decision; one that came before is the answer, undefined when there is none. */
export async function awaitDecision({ place, until }: Approval): Promise<StandingDecision | undefined> {
  const { run, path } = place;
  const request: RegisterRequest = {
    waiter: path,
    types: AWAITED_TYPES,
    source: APPROVAL_SOURCE,
    where: [[DECIDED_APPROVAL, named(place).approval]],
    since: run.runtime.startedAt - APPROVAL_LOOKBACK_MS,
    after: 0,
    except: run.input.event.id,
    once: true,
    until,
  };
  const answer = await storeCall(place, STORE_CALLS.register, request as unknown as JsonObject, STEP_TIMEOUT_MS);
  const [known] = (answer as unknown as RegisterAnswer).candidates;
  return known?.event.body as unknown as StandingDecision | undefined;
}

/** Decides as a signal says; the decision that stands. Throws StepFailure when what was filled in does not follow the form. */
export async function decideAs({ place }: Approval, signal: SignalledDecision): Promise<StandingDecision> {
  const request: DecideRequest = { ...named(place), ...signal, via: 'signal' };
  const standing = await storeCall(place, STORE_CALLS.decide, request as unknown as JsonObject, STEP_TIMEOUT_MS);
  return standing as unknown as StandingDecision;
}

/** Closes the approval; a decision that came first is the answer, undefined when there is none. */
export async function closeApproval({ place }: Approval, comment: string): Promise<StandingDecision | undefined> {
  return decisionIn(await storeCall(place, STORE_CALLS.decide, closing(place, comment), STEP_TIMEOUT_MS));
}

/** The same in a run that may start nothing more. Best effort: what stays open is seen to be of a run that has ended. */
export async function closeIfPossible({ place }: Approval, comment: string): Promise<StandingDecision | undefined> {
  try {
    return decisionIn(await startStoreCall(place, STORE_CALLS.decide, closing(place, comment), FORGET_TIMEOUT_MS));
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    return undefined;
  }
}

/** Ends the wait in the store. Best effort: it expires there, or is swept. */
export async function forgetWait(place: Place): Promise<void> {
  try {
    await startStoreCall(place, STORE_CALLS.forget, { waiter: place.path }, FORGET_TIMEOUT_MS);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
  }
}

/** How the store knows the approval. */
function named(place: Place): { approval: string; step: string } {
  const step = askedPath(place);
  return { approval: approvalIdOf({ workflowId: place.run.runtime.workflowId, stepPath: step }), step };
}

function closing(place: Place, comment: string): JsonObject {
  const request: DecideRequest = { ...named(place), decision: 'closed', by: null, comment, form: null, via: 'run' };
  return request as unknown as JsonObject;
}

function decisionIn(answer: Json): StandingDecision | undefined {
  const standing = answer as unknown as StandingDecision;
  return standing.decision === 'closed' ? undefined : standing;
}
