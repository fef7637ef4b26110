// Waits for the decision of a person: makes the approval known, looks at what was decided before, then lets events and signals come,
// and tells people when that is due. Must never take a signal that the store did not take.
import { awaitDecision, decideAs, forgetWait, openApproval, type Approval } from './approval-calls.ts';
import { isTelling, notify, renewLinks, stopTelling, tellAnew, toldOf } from './approval-notices.ts';
import { askAnew } from './approval-table.ts';
import { forgetAsked, isAsked, noteAsked } from './asked-waits.ts';
import type { RunSteps } from './create-context.ts';
import type { StandingDecision } from './decision.ts';
import { enter } from './effects.ts';
import { decide } from './journal.ts';
import { APPROVALS_AGAIN_MAX } from './limits.ts';
import { labelOf, type Place } from './place.ts';
import type { Run } from './run.ts';
import { failStep, StepFailure } from './step-failure.ts';

/** The decision that stands. Throws what `notify` throws the first time, and cancellations. */
export async function waitForDecision(approval: Approval, runSteps: RunSteps): Promise<StandingDecision> {
  const { place } = approval;
  const { run, path } = place;
  run.wakes.open(path);
  try {
    return (await lookBack(approval)) ?? (await letCome(approval, runSteps));
  } catch (thrown) {
    await run.runtime.nonCancellable(() => forgetWait(place));
    throw thrown;
  } finally {
    run.wakes.close(path);
  }
}

/**
 * What was decided before. An approval that is closed already was asked for by this step before the run was reset to an earlier point:
 * it is asked for again, under another name, and people are told of it.
 */
async function lookBack(approval: Approval): Promise<StandingDecision | undefined> {
  const { place } = approval;
  const { node, run } = place;
  if (isAsked(place)) return undefined;
  const resets = run.resets();
  for (;;) {
    if (node.decided?.['opened'] === undefined) {
      await openApproval(approval);
      decide(node, 'opened', () => true);
    }
    const known = await awaitDecision(approval);
    if (known === undefined) break;
    if (known.decision !== 'closed') return known;
    const times = askAnew(place);
    if (times > APPROVALS_AGAIN_MAX) throw failStep('invalid_field', 'the run was reset too often to ask again');
    delete node.decided!['opened'];
    renewLinks(place, approval.until);
    tellAnew(place, times);
  }
  noteAsked(node, resets);
  return undefined;
}

async function letCome(approval: Approval, runSteps: RunSteps): Promise<StandingDecision> {
  const { place } = approval;
  const { run, path } = place;
  const { runtime, wakes, signals } = run;
  const told = toldOf(place);
  if (isInterruptible(run) && isTelling(place)) {
    // The run was continued in the middle of it: what has to be cleaned up comes before a decision is taken.
    const standing = await tellUntilDecided(approval, runSteps);
    run.details.waitsOn();
    if (standing !== undefined) return standing;
  }
  for (;;) {
    if (!isAsked(place)) {
      // The run was reset: what it is told or sent may be for an approval that it closed when it ended.
      const known = await lookBack(approval);
      if (known !== undefined) return known;
      continue;
    }
    const came = wakes.next(path)?.event.body as unknown as StandingDecision | undefined;
    if (came !== undefined && reopens(place, came)) continue;
    if (came !== undefined) return came;
    await enter(run);
    if (wakes.has(path) || !isAsked(place)) continue;
    if (signals.first(path) !== undefined) {
      const standing = await decideBySignal(approval);
      if (standing !== undefined) return standing;
    } else if (told.at !== null && told.at <= runtime.now()) {
      // An older run waits for no more than the telling itself: one turn later, what it does would stand elsewhere in its history.
      const telling = isInterruptible(run) ? tellUntilDecided(approval, runSteps) : tell(approval, runSteps);
      const standing = (await telling) ?? undefined;
      run.details.waitsOn();
      if (standing !== undefined) return standing;
    } else {
      runtime.waiting();
      const ms = told.at === null ? undefined : told.at - runtime.now();
      await runtime.until(() => isDisturbed(place), ms, labelOf(place));
    }
  }
}

/**
 * Whether an approval was closed by an execution that was reset since, which told it late: then the step is to ask again. Only the run itself
 * closes what it asks, and then it waits no longer.
 */
function reopens({ run, node }: Place, { decision }: StandingDecision): boolean {
  if (decision !== 'closed' || run.resets() === 0) return false;
  forgetAsked(node);
  return true;
}

/** Something came for the approval, or the run was reset and is to ask again. */
function isDisturbed(place: Place): boolean {
  const { wakes, signals } = place.run;
  return wakes.has(place.path) || signals.first(place.path) !== undefined || !isAsked(place);
}

function tell(approval: Approval, runSteps: RunSteps): Promise<void> {
  const { place } = approval;
  return notify(place, runSteps, approval, (message) => place.run.details.note(`a reminder failed: ${message}`));
}

function isInterruptible({ input }: Run): boolean {
  return input.flow.notifiesUntilDecided === true;
}

/**
 * Tells people until it is done or somebody has decided; what tells them is then cancelled, and may clean up. What a signal decided
 * meanwhile; a decision that came as an event is still to be taken.
 */
async function tellUntilDecided(approval: Approval, runSteps: RunSteps): Promise<StandingDecision | undefined> {
  const { place } = approval;
  const { runtime, wakes } = place.run;
  let standing: StandingDecision | undefined;
  const telling = runtime.cancellable(async () => {
    // The scope must exist before a decision can cancel it.
    await Promise.resolve();
    await tell(approval, runSteps);
  });
  if (wakes.has(place.path)) telling.cancel();
  const listening = runtime.cancellable(async () => {
    standing = await firstDecision(approval);
    if (standing !== undefined || wakes.has(place.path)) telling.cancel();
  });
  const listened = listening.done.catch((thrown: unknown) => {
    if (!runtime.isCancellation(thrown)) throw thrown;
  });
  let stopped: { by: unknown } | undefined;
  try {
    await telling.done;
  } catch (thrown) {
    stopped = { by: thrown };
  }
  listening.cancel();
  await listened;
  const isDecided = standing !== undefined || wakes.has(place.path);
  if (stopped === undefined) return standing;
  if (!isDecided || !(stopped.by instanceof StepFailure || runtime.isCancellation(stopped.by))) throw stopped.by;
  stopTelling(place);
  return standing;
}

/** Resolves as soon as there is a decision: undefined for one that came as an event, which is left where it is, and after a reset. */
async function firstDecision(approval: Approval): Promise<StandingDecision | undefined> {
  const { path, run } = approval.place;
  const { runtime, wakes } = run;
  for (;;) {
    await runtime.until(() => isDisturbed(approval.place), undefined, labelOf(approval.place));
    if (wakes.has(path) || !isAsked(approval.place)) return undefined;
    const standing = await decideBySignal(approval);
    if (standing !== undefined) return standing;
  }
}

/** Undefined when the signal decides nothing: people read why in the run's details. */
async function decideBySignal(approval: Approval): Promise<StandingDecision | undefined> {
  const { place } = approval;
  const { signals, details } = place.run;
  try {
    const standing = await decideAs(approval, signals.first(place.path)!);
    return reopens(place, standing) ? undefined : standing;
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    signals.drop(place.path);
    details.note(`a signal was ignored: ${thrown.error.message}`);
    return undefined;
  }
}
