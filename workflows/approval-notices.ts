// Tells people that they are asked: runs `notify` when the wait begins, and again at each reminder. What is told is journaled, so
// that a continued run tells nobody twice.
import { askedPath, linksLifetimeMs, linksOf } from './approval-table.ts';
import type { RunSteps } from './create-context.ts';
import type { JsonObject, Step } from './definition.ts';
import { decide, nodeInside } from './journal.ts';
import type { Place } from './place.ts';
import { pathInside } from './run-path.ts';
import { createFrame, pendingOf } from './run.ts';
import { StepFailure } from './step-failure.ts';

/** What people are told, and how often. Times in milliseconds; `until` in Unix milliseconds, null for never. */
export interface NoticeTerms {
  notify: Step[];
  remindEveryMs: number | undefined;
  until: number | null;
}

/**
 * How far telling is: kept in the journal, changed in place. `at`: when it is due; null for never again. `round`: from 2, where people
 * are told of another approval than the first one.
 */
type Told = { reminder: number; at: number | null; round?: number };

/** Where telling stands; the first notice is due when the wait begins. */
export function toldOf({ run, node }: Place): Told {
  return decide<Told>(node, 'told', () => ({ reminder: 0, at: run.runtime.now() }));
}

/** Whether people are being told: it has begun, here or in a run that this one continues, and not ended. */
export function isTelling({ node }: Place): boolean {
  const told = node.decided?.['told'] as Told | undefined;
  return told !== undefined && node.inside?.[noticeName(told)] !== undefined;
}

/** What tells people is over before its end: somebody has decided. */
export function stopTelling(place: Place): void {
  delete place.node.inside?.[noticeName(toldOf(place))];
}

/** The approval is asked for again, for the time of that number: who was told of the one before is told from the first notice on, at once. */
export function tellAnew(place: Place, round: number): void {
  if (place.node.decided?.['told'] === undefined) return;
  stopTelling(place);
  Object.assign(toldOf(place), { reminder: 0, at: place.run.runtime.now(), round });
}

/** Calls of another round have keys of their own: whoever was told is to be told again. */
function noticeName({ reminder, round }: Told): string {
  return round === undefined ? `notify[${reminder}]` : `notify~${round}[${reminder}]`;
}

/** Makes the links again: they are good until the approval ends, or for as long as the step says. */
export function renewLinks(place: Place, until: number | null): void {
  const { run, step, frame } = place;
  if (step.id === undefined || run.input.approvals === undefined) return;
  const { runtime, input } = run;
  const links = linksOf(runtime.workflowId, input, askedPath(place), until ?? runtime.now() + linksLifetimeMs(step));
  const old = frame.results.steps[step.id] as JsonObject | undefined;
  frame.results.steps = { ...frame.results.steps, [step.id]: { ...old, links } };
}

/**
 * Runs `notify` once. Throws what its steps throw the first time, for then nobody may know that they are asked; a reminder
 * that fails is one less, and `failed` hears why.
 */
export async function notify(
  place: Place,
  runSteps: RunSteps,
  terms: NoticeTerms,
  failed: (message: string) => void,
): Promise<void> {
  const { run, frame, path, node } = place;
  const told = toldOf(place);
  const name = noticeName(told);
  const inner = nodeInside(node, name);
  if (told.reminder > 0 || told.round !== undefined) {
    decide(inner, 'begun', () => {
      renewLinks(place, terms.until);
      frame.results.steps = { ...frame.results.steps, ...pendingOf(run, terms.notify) };
      return true;
    });
  }
  const own = createFrame(run, { ...frame.locals, reminder: told.reminder }, frame.results, frame.label);
  try {
    await runSteps(run, terms.notify, own, pathInside(path, name), inner);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure) || told.reminder === 0) throw thrown;
    failed(thrown.error.message);
  }
  delete node.inside?.[name];
  told.reminder += 1;
  told.at = nextAt(told.at ?? 0, terms, run.runtime.now());
}

/** Reminders that were missed, because no worker ran, are not made up for. */
function nextAt(last: number, { notify: steps, remindEveryMs }: NoticeTerms, now: number): number | null {
  if (remindEveryMs === undefined || steps.length === 0) return null;
  return last + remindEveryMs * Math.max(1, Math.ceil((now + 1 - last) / remindEveryMs));
}
