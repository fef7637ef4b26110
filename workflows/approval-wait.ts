// Waits for the decision of a person: makes the approval known, looks at what was decided before, then lets events and signals come,
// and tells people when that is due. Must never take a signal that the store did not take.
import { awaitDecision, decideAs, forgetWait, openApproval, type Approval } from './approval-calls.ts';
import { notify, renewLinks, toldOf } from './approval-notices.ts';
import { askAnew } from './approval-table.ts';
import type { RunSteps } from './create-context.ts';
import type { StandingDecision } from './decision.ts';
import { enter } from './effects.ts';
import { decide } from './journal.ts';
import { APPROVALS_AGAIN_MAX } from './limits.ts';
import { labelOf } from './place.ts';
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
 * it is asked for again, under another name.
 */
async function lookBack(approval: Approval): Promise<StandingDecision | undefined> {
  const { place } = approval;
  const { node } = place;
  if (node.decided?.['registered'] !== undefined) return undefined;
  for (;;) {
    if (node.decided?.['opened'] === undefined) {
      await openApproval(approval);
      decide(node, 'opened', () => true);
    }
    const known = await awaitDecision(approval);
    if (known === undefined) break;
    if (known.decision !== 'closed') return known;
    if (askAnew(place) > APPROVALS_AGAIN_MAX)
      throw failStep('invalid_field', 'the run was reset too often to ask again');
    delete node.decided!['opened'];
    renewLinks(place, approval.until);
  }
  decide(node, 'registered', () => true);
  return undefined;
}

async function letCome(approval: Approval, runSteps: RunSteps): Promise<StandingDecision> {
  const { place } = approval;
  const { run, path } = place;
  const { runtime, wakes, signals, details } = run;
  const told = toldOf(place);
  for (;;) {
    const came = wakes.next(path);
    if (came !== undefined) return came.event.body as unknown as StandingDecision;
    await enter(run);
    if (wakes.has(path)) continue;
    if (signals.first(path) !== undefined) {
      const standing = await decideBySignal(approval);
      if (standing !== undefined) return standing;
    } else if (told.at !== null && told.at <= runtime.now()) {
      await notify(place, runSteps, approval, (message) => details.note(`a reminder failed: ${message}`));
      details.waitsOn();
    } else {
      runtime.waiting();
      const ms = told.at === null ? undefined : told.at - runtime.now();
      await runtime.until(() => wakes.has(path) || signals.first(path) !== undefined, ms, labelOf(place));
    }
  }
}

/** Undefined when the signal decides nothing: people read why in the run's details. */
async function decideBySignal(approval: Approval): Promise<StandingDecision | undefined> {
  const { place } = approval;
  const { signals, details } = place.run;
  try {
    return await decideAs(approval, signals.first(place.path)!);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    signals.drop(place.path);
    details.note(`a signal was ignored: ${thrown.error.message}`);
    return undefined;
  }
}
