// Asks a person and waits for what they decide. The store knows of the approval and keeps the first decision, whoever makes it.
// Whatever else ends the wait closes the approval, and takes a decision that came first.
import { closeApproval, closeIfPossible, type Approval } from './approval-calls.ts';
import { renewLinks } from './approval-notices.ts';
import { waitForDecision } from './approval-wait.ts';
import type { RunSteps } from './create-context.ts';
import { withDeadline } from './deadline.ts';
import type { StandingDecision } from './decision.ts';
import type { FlowError, Json, JsonObject, Step, Template } from './definition.ts';
import { renderTemplate } from './expression/index.ts';
import { decide } from './journal.ts';
import { APPROVAL_TITLE_CHARACTERS_MAX, APPROVAL_WHO_MAX } from './limits.ts';
import { labelOf, nameOf, type Place } from './place.ts';
import { summaryText } from './run-path.ts';
import { failStep, StepFailure } from './step-failure.ts';

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

/** What was worked out when the approval began. `until` in Unix milliseconds, null for never. */
type Terms = { title: string; who: string[]; until: number | null };

/** The decision that stands, or undefined when the time was over first. Throws what `notify` throws the first time. */
export async function approve(
  place: Place,
  runSteps: RunSteps,
  order: ApprovalOrder,
): Promise<StandingDecision | undefined> {
  const { run, node, path } = place;
  const terms = decide<Terms>(node, 'approval', () => termsOf(place, order));
  const { form, notify, remindEveryMs } = order;
  run.signals.open(path, { name: nameOf(place) });
  run.details.waits(path, textOf(place, terms));
  try {
    return await decisionOf({ place, ...terms, form, notify, remindEveryMs }, runSteps);
  } finally {
    run.signals.close(path);
    run.details.over(path);
  }
}

function termsOf(place: Place, { title, who, timeoutMs }: ApprovalOrder): Terms {
  const { run, frame } = place;
  const terms: Terms = {
    title: textIn('title', renderTemplate(title, frame.scope)).slice(0, APPROVAL_TITLE_CHARACTERS_MAX),
    who: who === undefined ? [] : namesIn(renderTemplate(who, frame.scope)),
    until: timeoutMs === undefined ? null : run.runtime.now() + timeoutMs,
  };
  renewLinks(place, terms.until);
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
  const message = `\`who\` names at most ${APPROVAL_WHO_MAX} people or groups, this has ${names.length}`;
  throw failStep('invalid_field', message);
}

/** What people read in the run's details, on one line. */
function textOf({ run, step }: Place, { title, who }: Terms): string {
  const whose = who.length === 0 ? 'an approval' : `the approval of ${who.join(', ')}`;
  const text = `waiting for ${whose}: ${title}`.replace(/\s+/g, ' ');
  return `${run.input.flow.file}:${step.line}: ${text}`;
}

/** How the wait ended is journaled before the approval is closed: a continued run goes on with closing it. */
async function decisionOf(approval: Approval, runSteps: RunSteps): Promise<StandingDecision | undefined> {
  const { node, run } = approval.place;
  const { runtime } = run;
  if (node.decided?.['ended by'] === undefined) {
    try {
      const standing = await inTime(approval, () => waitForDecision(approval, runSteps));
      return standing.decision === 'closed' ? undefined : standing;
    } catch (thrown) {
      if (runtime.isCancellation(thrown)) {
        await runtime.nonCancellable(() => closeIfPossible(approval, 'the run was cancelled'));
        throw thrown;
      }
      if (!(thrown instanceof StepFailure)) throw thrown;
      const error = isOver(approval) ? null : thrown.error;
      decide(node, 'ended by', () => ({ error: error as unknown as Json }));
    }
  }
  const { error } = node.decided!['ended by'] as { error: Json };
  if (error === null) return closeApproval(approval, 'nobody decided in time');
  return afterFailure(approval, error as unknown as FlowError);
}

function inTime<T>({ place, until }: Approval, work: () => Promise<T>): Promise<T> {
  if (until === null) return work();
  const summary = summaryText(`timeout of ${labelOf(place)}`);
  const message = 'nobody decided in time';
  return withDeadline(place.run.runtime, { at: until, summary, code: 'timeout', message }, work);
}

function isOver({ until, place }: Approval): boolean {
  return until !== null && place.run.runtime.now() >= until;
}

/** People could not be told, so nobody is waited for; those who were told may have decided all the same. */
async function afterFailure(approval: Approval, error: FlowError): Promise<StandingDecision> {
  const standing = await closeIfPossible(approval, 'the run could not tell people of it');
  if (standing === undefined) throw new StepFailure(error);
  return standing;
}
