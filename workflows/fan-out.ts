// Several pieces of work at the same time, with the author's choice of what one failure does to the others.
// Work starts in source order; the earliest failure in time is the one that counts.
import type { FlowError, Json, JsonObject, OnError } from './definition.ts';
import { decide, finish, nodeInside, type JournalNode, type Outcome } from './journal.ts';
import type { Runtime } from './runtime.ts';
import { settle, type Soon } from './soon.ts';
import { LoopLeft, StepFailure } from './step-failure.ts';

export interface FanOut {
  count: number;
  /** At most this many at the same time. */
  atOnce: number;
  /** `fail`: the others are cancelled at once. `finish`: all of them run, then the first failure counts. `continue`: failures are outcomes. */
  onError: OnError;
  /** The pieces are iterations of one loop: `next` ends one with null, `break` also keeps those behind it from starting. */
  isLoop: boolean;
  /** Name of a piece in paths and in the journal. */
  name(position: number): string;
  /** What is added to the error of a piece. */
  mark(position: number): { branch?: string; index?: number };
  work(position: number): Soon<Json>;
}

/** Marks histories of runs that let pieces clean up which another one stopped before they had gone on. */
const CLEANS_UP_PATCH = 'stopped-before-going-on';

/** Which piece failed first, and how: kept in the journal while the others are cancelled. */
type Stop = { position: number; error: JsonObject };

/**
 * Runs all pieces that the journal does not have. The result is all outcomes in source order, fewer after a `break`; throws what
 * stopped them.
 */
export async function fanOut(runtime: Runtime, node: JournalNode, parts: FanOut): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting: number[] = [];
  const before = node.decided?.['stopped'] as Stop | undefined;
  const last = node.decided?.['left at'] as number | undefined;
  const count = last === undefined ? parts.count : last + 1;
  for (let position = 0; position < count; position += 1) {
    const known = node.inside?.[parts.name(position)]?.outcome;
    if (known !== undefined) outcomes[position] = known;
    else if (before === undefined || cleansUp(node, parts, position, before)) waiting.push(position);
  }
  /** Pieces that this run goes on with: once the block is stopped they may still clean up, and no other piece begins. */
  const begun = new Set(waiting.filter((position) => node.inside?.[parts.name(position)] !== undefined));
  let failure = outcomes.find((known) => known !== undefined && 'error' in known);
  let stopped: { by: unknown } | undefined = before && { by: new StepFailure(before.error as unknown as FlowError) };
  let next = 0;

  const keep = (position: number, outcome: Outcome): void => {
    if ('error' in outcome) failure ??= outcome;
    outcomes[position] = outcome;
    finish(nodeInside(node, parts.name(position)), outcome);
  };
  const leave = (position: number): void => {
    next = waiting.length;
    decide(node, 'left at', () => position);
  };
  const stop = (position: number, by: unknown): void => {
    if (stopped === undefined && by instanceof StepFailure) {
      decide<Stop>(node, 'stopped', () => ({ position, error: by.error as unknown as JsonObject }));
    }
    stopped ??= { by };
    group.cancel();
  };
  const runOne = (position: number): Soon<void> =>
    settle(
      () => parts.work(position),
      (output) => keep(position, { output }),
      (thrown) => {
        if (parts.isLoop && thrown instanceof LoopLeft) {
          if (thrown.exit === 'break') leave(position);
          return keep(position, { output: null });
        }
        const outcome = failedOutcome(parts, position, thrown);
        if ('error' in outcome) return keep(position, outcome);
        stop(position, outcome.stoppedBy);
      },
    );
  const lane = async (): Promise<void> => {
    while (next < waiting.length) {
      const position = waiting[next++]!;
      const isStopped = stopped !== undefined && before === undefined;
      if (isStopped && !(begun.has(position) && runtime.patched(CLEANS_UP_PATCH))) continue;
      const piece = runOne(position);
      if (piece instanceof Promise) await piece;
    }
  };
  const lanes = Math.min(parts.atOnce, waiting.length);
  const group = runtime.cancellable(async () => {
    // The scope must exist before the first piece can fail and cancel it.
    await Promise.resolve();
    await Promise.all(Array.from({ length: lanes }, lane));
  });
  if (before !== undefined) group.cancel();
  await group.done;
  if (stopped !== undefined) throw stopped.by;
  if (parts.onError === 'finish' && failure !== undefined && 'error' in failure) throw new StepFailure(failure.error);
  return outcomes;
}

/** A continued run lets those pieces go on, cancelled, that had begun: what is left of them is their `finally`. */
function cleansUp(node: JournalNode, parts: FanOut, position: number, stop: Stop): boolean {
  return position !== stop.position && node.inside?.[parts.name(position)] !== undefined;
}

function failedOutcome(
  parts: FanOut,
  position: number,
  thrown: unknown,
): { error: FlowError } | { stoppedBy: unknown } {
  if (!(thrown instanceof StepFailure)) return { stoppedBy: thrown };
  const error = { ...thrown.error, ...parts.mark(position) };
  return parts.onError === 'fail' ? { stoppedBy: new StepFailure(error) } : { error };
}
