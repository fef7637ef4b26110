// body, then `catch` after a failure, then `finally` whatever happened: what the `try` verb and the whole flow share.
// Cancellation passes `catch` by; `finally` runs where cancellation does not reach, within a time of its own.
import type { FlowError, Json, JsonObject } from './definition.ts';
import { withDeadline } from './deadline.ts';
import { decide, type JournalNode } from './journal.ts';
import { FINALLY_TIMEOUT_MS } from './limits.ts';
import type { Runtime } from './runtime.ts';
import { after, settle, type Soon } from './soon.ts';
import { LoopLeft, RunReturned, StepFailure, withCause, type LoopExit } from './step-failure.ts';

/** How protected steps ended. `handled`: by `catch`, which ended normally. `left`: the loop around them is left. */
export type Ending =
  | { kind: 'completed' | 'handled' | 'returned'; output: Json }
  | { kind: 'failed'; error: FlowError }
  | { kind: 'left'; exit: LoopExit }
  | { kind: 'cancelled' };

type CleanUp = (ending: Ending) => Soon<Json>;

export interface Protected {
  body(): Soon<Json>;
  /** Absent: failures are not handled. */
  caught?: ((error: FlowError) => Soon<Json>) | undefined;
  /** After a failure or a cancellation, before the clean-up: takes back what was done. Its result replaces the ending. */
  undone?: ((ending: Ending) => Promise<Ending>) | undefined;
  /** Absent: nothing to clean up. */
  lastly?: CleanUp | undefined;
}

/** Runs the parts; the result is any ending but `cancelled`. Throws cancellations and the interpreter's own errors. */
export function protect(runtime: Runtime, node: JournalNode, parts: Protected): Soon<Ending> {
  const hasNothing = parts.lastly === undefined && parts.undone === undefined;
  return hasNothing ? endingOf(node, parts) : cleanedUp(runtime, node, parts);
}

/** The ending before the clean-up is journaled: a continued run goes on with the clean-up alone. */
async function cleanedUp(runtime: Runtime, node: JournalNode, parts: Protected): Promise<Ending> {
  let ending: Ending;
  try {
    ending = (node.decided?.['ending'] as Ending | undefined) ?? (await endingOf(node, parts));
  } catch (thrown) {
    if (!runtime.isCancellation(thrown)) throw thrown;
    const last = await cleanUp(runtime, node, parts, { kind: 'cancelled' });
    if (last.kind === 'cancelled') throw thrown;
    return last;
  }
  decide(node, 'ending', () => ending as unknown as JsonObject);
  return cleanUp(runtime, node, parts, ending);
}

function cleanUp(runtime: Runtime, node: JournalNode, { undone, lastly }: Protected, ending: Ending): Promise<Ending> {
  const stopped = ending.kind === 'failed' || ending.kind === 'cancelled';
  if (undone === undefined || !stopped) return finalEnding(runtime, node, ending, lastly);
  return undone(ending).then((known) => finalEnding(runtime, node, known, lastly));
}

/** What an ending means to the steps around it. */
export function replayEnding(ending: Ending): Json {
  if (ending.kind === 'failed') throw new StepFailure(ending.error);
  if (ending.kind === 'returned') throw new RunReturned(ending.output);
  if (ending.kind === 'left') throw new LoopLeft(ending.exit);
  return ending.kind === 'cancelled' ? null : ending.output;
}

function endingOf(node: JournalNode, { body, caught }: Protected): Soon<Ending> {
  const known = node.decided?.['caught'] as FlowError | undefined;
  const first: Soon<Ending> = known === undefined ? outcomeOf('completed', body) : { kind: 'failed', error: known };
  if (caught === undefined) return first;
  return after(first, (ending) => (ending.kind === 'failed' ? handled(node, ending.error, caught) : ending));
}

function handled(node: JournalNode, error: FlowError, caught: (error: FlowError) => Soon<Json>): Soon<Ending> {
  decide(node, 'caught', () => error as unknown as JsonObject);
  const ending = outcomeOf('handled', () => caught(error));
  return after(ending, (second) =>
    second.kind === 'failed' ? { kind: 'failed', error: withCause(second.error, error) } : second,
  );
}

async function finalEnding(
  runtime: Runtime,
  node: JournalNode,
  ending: Ending,
  lastly: CleanUp | undefined,
): Promise<Ending> {
  if (lastly === undefined) return ending;
  const at = decide(node, 'finally until', () => runtime.now() + FINALLY_TIMEOUT_MS);
  const summary = 'time for finally';
  const message = `\`finally\` took longer than its ${FINALLY_TIMEOUT_MS / 60_000} minutes`;
  const last = await outcomeOf('completed', () =>
    runtime.nonCancellable(() =>
      withDeadline(runtime, { at, summary, code: 'timeout', message }, () => lastly(ending)),
    ),
  );
  // Cancelled is what the run was asked to be, whatever its clean-up says.
  if (ending.kind === 'cancelled') return ending;
  if (last.kind === 'returned' || last.kind === 'left') return last;
  if (last.kind !== 'failed') return ending;
  return ending.kind === 'failed' ? { kind: 'failed', error: withCause(last.error, ending.error) } : last;
}

/** How work ended, when that is something a flow may see. */
function outcomeOf(kind: 'completed' | 'handled', work: () => Soon<Json>): Soon<Ending> {
  return settle(work, (output): Ending => ({ kind, output }), endingByThrow);
}

function endingByThrow(thrown: unknown): Ending {
  if (thrown instanceof RunReturned) return { kind: 'returned', output: thrown.value };
  if (thrown instanceof LoopLeft) return { kind: 'left', exit: thrown.exit };
  if (thrown instanceof StepFailure) return { kind: 'failed', error: thrown.error };
  throw thrown;
}
