// Asks a person and waits for what they decide. The store knows of the approval and keeps the first decision, whoever makes it; the
// run waits for it as for any event. Whatever ends the wait otherwise closes the approval, and takes a decision that came first.
import { approvalIdOf } from './approval-link.ts';
import { notify, renewLinks, toldOf, type NoticeTerms } from './approval-notices.ts';
import type { RunSteps } from './create-context.ts';
import { withDeadline } from './deadline.ts';
import { APPROVAL_SOURCE, DECISION_TYPES, type StandingDecision } from './decision.ts';
import type { FlowError, Json, JsonObject, Step, Template } from './definition.ts';
import { enter } from './effects.ts';
import { renderTemplate } from './expression/index.ts';
import { decide } from './journal.ts';
import {
  APPROVAL_LOOKBACK_MS,
  APPROVAL_TITLE_CHARACTERS_MAX,
  APPROVAL_WHO_MAX,
  FORGET_TIMEOUT_MS,
  STEP_TIMEOUT_MS,
} from './limits.ts';
import { labelOf, nameOf, type Place } from './place.ts';
import { summaryText } from './run-path.ts';
import { failStep, StepFailure } from './step-failure.ts';
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

/** What a step asks. Times in milliseconds. */
export interface ApprovalOrder {
  title: Template;
  who: Template | undefined;
  /** JSON Schema of what is asked besides yes or no. */
  form: JsonObject | null;
  notify: Step[];
  remindEveryMs: number | undefined;
  timeoutMs: number | undefined;
}

/** What was worked out when the approval began. `until` in Unix milliseconds. */
type Terms = { title: string; who: string[]; until: number | null };

interface Approval extends NoticeTerms {
  id: string;
  place: Place;
  terms: Terms;
  form: JsonObject | null;
  /** What people see meanwhile. */
  text: string;
}

/** The decision that stands, or undefined when the time was over first. Throws what `notify` throws the first time. */
export async function approve(
  place: Place,
  runSteps: RunSteps,
  order: ApprovalOrder,
): Promise<StandingDecision | undefined> {
  const { run, node, path: stepPath } = place;
  const terms = decide<Terms>(node, 'approval', () => termsOf(place, order));
  const approval: Approval = {
    id: approvalIdOf({ workflowId: run.runtime.workflowId, stepPath }),
    place,
    terms,
    form: order.form,
    notify: order.notify,
    remindEveryMs: order.remindEveryMs,
    until: terms.until,
    text: textOf(place, terms),
  };
  run.signals.open(stepPath, { name: nameOf(place), text: approval.text });
  try {
    return await outcomeOf(approval, runSteps);
  } finally {
    run.signals.close(stepPath);
  }
}

function termsOf(place: Place, { title, who, timeoutMs }: ApprovalOrder): Terms {
  const { run, frame } = place;
  const until = timeoutMs === undefined ? null : run.runtime.now() + timeoutMs;
  const terms: Terms = {
    title: textIn('title', renderTemplate(title, frame.scope)).slice(0, APPROVAL_TITLE_CHARACTERS_MAX),
    who: namesIn(who === undefined ? [] : renderTemplate(who, frame.scope)),
    until,
  };
  renewLinks(place, until);
  return terms;
}

function textIn(field: string, value: Json | undefined): string {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text === 'string' && text.trim() !== '') return text.trim();
  throw failStep('invalid_field', `\`${field}\` of an approval must be text that is not empty`);
}

function namesIn(value: Json | undefined): string[] {
  const names = (Array.isArray(value) ? value : [value]).map((name) => textIn('who', name));
  if (names.length <= APPROVAL_WHO_MAX) return names;
  throw failStep(
    'invalid_field',
    `\`who\` names at most ${APPROVAL_WHO_MAX} people or groups, this has ${names.length}`,
  );
}

function textOf({ run, step }: Place, { title, who }: Terms): string {
  const whose = who.length === 0 ? 'an approval' : `the approval of ${who.join(', ')}`;
  return `${run.input.flow.file}:${step.line}: waiting for ${whose}: ${title}`;
}

/** How the wait ended, journaled before the approval is closed: a continued run goes on with closing it. */
async function outcomeOf(approval: Approval, runSteps: RunSteps): Promise<StandingDecision | undefined> {
  const { node, run } = approval.place;
  const { runtime } = run;
  if (node.decided?.['ended by'] === undefined) {
    try {
      return await inTime(approval, () => askAndWait(approval, runSteps));
    } catch (thrown) {
      if (runtime.isCancellation(thrown)) {
        await runtime.nonCancellable(() => closeIfPossible(approval, 'the run was cancelled'));
        throw thrown;
      }
      if (!isOver(approval) && !(thrown instanceof StepFailure)) throw thrown;
      const error = isOver(approval) ? null : (thrown as StepFailure).error;
      decide(node, 'ended by', () => ({ error: error as unknown as Json }));
    }
  }
  const { error } = node.decided!['ended by'] as { error: Json };
  return error === null ? closeInTheEnd(approval) : afterFailure(approval, error as unknown as FlowError);
}

function inTime<T>(approval: Approval, work: () => Promise<T>): Promise<T> {
  const { place, until } = approval;
  if (until === null) return work();
  const summary = summaryText(`timeout of ${labelOf(place)}`);
  const message = 'nobody decided in time';
  return withDeadline(place.run.runtime, { at: until, summary, code: 'timeout', message }, work);
}

function isOver({ until, place }: Approval): boolean {
  return until !== null && place.run.runtime.now() >= until;
}

/** Makes the approval known, then waits; what was decided before is found by looking back. */
async function askAndWait(approval: Approval, runSteps: RunSteps): Promise<StandingDecision> {
  const { place, text } = approval;
  const { run, node, path } = place;
  run.runtime.setDetails(text);
  if (node.decided?.['opened'] === undefined) {
    await storeCall(place, STORE_CALLS.openApproval, openRequest(approval), STEP_TIMEOUT_MS);
    decide(node, 'opened', () => true);
  }
  run.wakes.open(path);
  try {
    return (await lookBack(approval)) ?? (await letCome(approval, runSteps));
  } catch (thrown) {
    await run.runtime.nonCancellable(() => forget(place));
    throw thrown;
  } finally {
    run.wakes.close(path);
  }
}

function openRequest({ id, place, terms, form, until }: Approval): JsonObject {
  const { title, who } = terms;
  const request: OpenApprovalRequest = { approval: id, step: place.path, title, who, form, expiresAt: until };
  return request as unknown as JsonObject;
}

/** Registers the wait; a decision that came before it, undefined when there is none. */
async function lookBack({ id, place, until }: Approval): Promise<StandingDecision | undefined> {
  const { run, node, path } = place;
  if (node.decided?.['registered'] !== undefined) return undefined;
  const request: RegisterRequest = {
    waiter: path,
    types: [DECISION_TYPES.approved, DECISION_TYPES.rejected],
    source: APPROVAL_SOURCE,
    where: [[DECIDED_APPROVAL, id]],
    since: run.runtime.startedAt - APPROVAL_LOOKBACK_MS,
    after: 0,
    except: run.input.event.id,
    once: true,
    until,
  };
  const answer = await storeCall(place, STORE_CALLS.register, request as unknown as JsonObject, STEP_TIMEOUT_MS);
  const [known] = (answer as unknown as RegisterAnswer).candidates;
  if (known !== undefined) return known.event.body as unknown as StandingDecision;
  decide(node, 'registered', () => true);
  return undefined;
}

/** Waits for the decision as an event or a signal, and tells people when that is due. */
async function letCome(approval: Approval, runSteps: RunSteps): Promise<StandingDecision> {
  const { place, text } = approval;
  const { run, path } = place;
  const { runtime, wakes, signals } = run;
  const told = toldOf(place);
  const failed = (message: string): void => runtime.setDetails(`${text}\nA reminder failed: ${message}`);
  for (;;) {
    const came = wakes.next(path);
    if (came !== undefined) return came.event.body as unknown as StandingDecision;
    await enter(run);
    if (wakes.has(path)) continue;
    if (signals.first(path) !== undefined) {
      const standing = await decideBySignal(approval);
      if (standing !== undefined) return standing;
    } else if (told.at !== null && told.at <= runtime.now()) {
      await notify(place, runSteps, approval, failed);
      if (told.reminder === 1) runtime.setDetails(text);
    } else {
      runtime.waiting();
      const ms = told.at === null ? undefined : told.at - runtime.now();
      await runtime.until(() => wakes.has(path) || signals.first(path) !== undefined, ms, labelOf(place));
    }
  }
}

/** Undefined when the signal decides nothing: people read why in the run's details. */
async function decideBySignal({ id, place, text }: Approval): Promise<StandingDecision | undefined> {
  const { run, path: step } = place;
  const { runtime, signals } = run;
  const request: DecideRequest = { approval: id, step, ...signals.first(step)!, via: 'signal' };
  let why = 'the approval is closed';
  try {
    const answer = await storeCall(place, STORE_CALLS.decide, request as unknown as JsonObject, STEP_TIMEOUT_MS);
    const standing = answer as unknown as StandingDecision;
    if (standing.decision !== 'closed') return standing;
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    why = thrown.error.message;
  }
  signals.drop(step);
  runtime.setDetails(`${text}\nA signal was ignored: ${why}`);
  return undefined;
}

function closing({ id, place }: Approval, comment: string): JsonObject {
  const request: DecideRequest = {
    approval: id,
    step: place.path,
    decision: 'closed',
    by: null,
    comment,
    form: null,
    via: 'run',
  };
  return request as unknown as JsonObject;
}

/** The time is over: the approval is closed, unless somebody decided before. */
async function closeInTheEnd(approval: Approval): Promise<StandingDecision | undefined> {
  const input = closing(approval, 'nobody decided in time');
  const standing = await storeCall(approval.place, STORE_CALLS.decide, input, STEP_TIMEOUT_MS);
  return decisionIn(standing);
}

/** People could not be told, so nobody is waited for; those who were told may have decided all the same. */
async function afterFailure(approval: Approval, error: FlowError): Promise<StandingDecision> {
  const standing = await closeIfPossible(approval, 'the run could not tell people of it');
  if (standing === undefined) throw new StepFailure(error);
  return standing;
}

/** Best effort: what stays open in the store is seen to be of a run that has ended. */
async function closeIfPossible(approval: Approval, comment: string): Promise<StandingDecision | undefined> {
  try {
    const input = closing(approval, comment);
    return decisionIn(await startStoreCall(approval.place, STORE_CALLS.decide, input, FORGET_TIMEOUT_MS));
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    return undefined;
  }
}

function decisionIn(answer: Json): StandingDecision | undefined {
  const standing = answer as unknown as StandingDecision;
  return standing.decision === 'closed' ? undefined : standing;
}

/** Best effort, as with any wait that is over. */
async function forget(place: Place): Promise<void> {
  try {
    await startStoreCall(place, STORE_CALLS.forget, { waiter: place.path }, FORGET_TIMEOUT_MS);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
  }
}
