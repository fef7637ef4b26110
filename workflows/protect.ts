// body, then `catch` after a failure, then `finally` whatever happened: what the `try` verb and the whole flow share.
// Cancellation passes `catch` by; `finally` runs where cancellation does not reach, within a time of its own.
import type { FlowError, Json, JsonObject } from './definition.ts';
import { withDeadline } from './deadline.ts';
import { decide, type JournalNode } from './journal.ts';
import { FINALLY_TIMEOUT_MS } from './limits.ts';
import type { Runtime } from './runtime.ts';
import { errorJson, RunReturned, StepFailure, withCause } from './step-failure.ts';

/** How protected steps ended. `handled`: by `catch`, which ended normally. */
export type Ending =
  | { kind: 'completed' | 'handled' | 'returned'; output: Json }
  | { kind: 'failed'; error: FlowError }
  | { kind: 'cancelled' };

export interface Protected {
  body(): Promise<Json>;
  /** Absent: failures are not handled. */
  caught?: ((error: FlowError) => Promise<Json>) | undefined;
  /** Absent: nothing to clean up. */
  lastly?: ((ending: Ending) => Promise<Json>) | undefined;
}

/** Runs the parts; the result is any ending but `cancelled`. Throws cancellations and the interpreter's own errors. */
export async function protect(runtime: Runtime, node: JournalNode, parts: Protected): Promise<Ending> {
  let ending: Ending;
  try {
    ending = (node.decided?.['ending'] as Ending | undefined) ?? (await endingOf(node, parts));
  } catch (thrown) {
    if (runtime.isCancellation(thrown)) await finalEnding(runtime, node, parts, { kind: 'cancelled' });
    throw thrown;
  }
  decide(node, 'ending', () => ending as JsonObject);
  return finalEnding(runtime, node, parts, ending);
}

/** What an ending means to the steps around it. */
export function replayEnding(ending: Ending): Json {
  if (ending.kind === 'failed') throw new StepFailure(ending.error);
  if (ending.kind === 'returned') throw new RunReturned(ending.output);
  return ending.kind === 'cancelled' ? null : ending.output;
}

async function endingOf(node: JournalNode, parts: Protected): Promise<Ending> {
  const known = node.decided?.['caught'] as FlowError | undefined;
  const first =
    known === undefined ? await settle('completed', parts.body) : ({ kind: 'failed', error: known } as const);
  const { caught } = parts;
  if (first.kind !== 'failed' || caught === undefined) return first;
  decide(node, 'caught', () => errorJson(first.error));
  const second = await settle('handled', () => caught(first.error));
  return second.kind === 'failed' ? { kind: 'failed', error: withCause(second.error, first.error) } : second;
}

async function finalEnding(runtime: Runtime, node: JournalNode, parts: Protected, ending: Ending): Promise<Ending> {
  const { lastly } = parts;
  if (lastly === undefined) return ending;
  const at = decide(node, 'finally until', () => runtime.now() + FINALLY_TIMEOUT_MS);
  const summary = 'time for finally';
  const message = `\`finally\` took longer than its ${FINALLY_TIMEOUT_MS / 60_000} minutes`;
  const last = await settle('completed', () =>
    runtime.nonCancellable(() =>
      withDeadline(runtime, { at, summary, code: 'timeout', message }, () => lastly(ending)),
    ),
  );
  // Cancelled is what the run was asked to be, whatever its clean-up says.
  if (ending.kind === 'cancelled') return ending;
  if (last.kind === 'returned') return last;
  if (last.kind !== 'failed') return ending;
  return ending.kind === 'failed' ? { kind: 'failed', error: withCause(last.error, ending.error) } : last;
}

/** How work ended, when that is something a flow may see. */
async function settle(kind: 'completed' | 'handled', work: () => Promise<Json>): Promise<Ending> {
  try {
    return { kind, output: await work() };
  } catch (thrown) {
    if (thrown instanceof RunReturned) return { kind: 'returned', output: thrown.value };
    if (thrown instanceof StepFailure) return { kind: 'failed', error: thrown.error };
    throw thrown;
  }
}
