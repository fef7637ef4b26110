// The time of a wait is over: the store is asked once more for an event that it had accepted by then. The run may not have been told of it
// in time, because Temporal or every worker was away. Must never take an event that came later.
import type { JsonObject } from './definition.ts';
import { isMatch, questionFor, type AwaitedEvents, type Terms } from './awaited-events.ts';
import { STEP_TIMEOUT_MS } from './limits.ts';
import { labelOf, type Place } from './place.ts';
import { StepFailure } from './step-failure.ts';
import { storeCall, STORE_CALLS, type LookAgainRequest, type RegisterAnswer } from './store-call.ts';
import type { Candidate } from './wakes.ts';

/** Runs in flight have definitions that do not say so. */
export function isToLookAgain({ run }: Place, { looksAgain }: AwaitedEvents): boolean {
  return looksAgain === true && run.input.flow.looksAgain === true;
}

/** Whether the store could not be asked before the time of the wait was over: what it has accepted by then is still to be looked for. */
export function isAskedTooLate(place: Place, awaited: AwaitedEvents, { until }: Terms, thrown: unknown): boolean {
  const isOver = until !== null && until <= place.run.runtime.now();
  return isOver && thrown instanceof StepFailure && isToLookAgain(place, awaited);
}

/** The event, or undefined when there is none. */
export async function lookAgain(place: Place, awaited: AwaitedEvents, terms: Terms): Promise<Candidate | undefined> {
  let { after } = terms;
  for (;;) {
    const { candidates, more } = await ask(place, awaited, terms, after);
    for (const candidate of candidates) {
      if (isMatch(place, awaited, candidate)) return candidate;
      after = candidate.position;
    }
    if (!more) return undefined;
  }
}

async function ask(place: Place, awaited: AwaitedEvents, terms: Terms, after: number): Promise<RegisterAnswer> {
  const request: LookAgainRequest = { ...questionFor(place, awaited, terms, after), upTo: terms.until! };
  const summary = awaited.summary ?? `${labelOf(place)}: time is over`;
  try {
    const input = request as unknown as JsonObject;
    const answer = await storeCall(place, STORE_CALLS.lookAgain, input, STEP_TIMEOUT_MS, summary);
    return answer as unknown as RegisterAnswer;
  } catch (thrown) {
    if (thrown instanceof StepFailure) return { candidates: [], more: false }; // The store did not answer for as long.
    throw thrown;
  }
}
