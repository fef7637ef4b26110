// Steps that are run again and again in the table around them: what `while` and `repeat` share. A finished iteration leaves
// only its number and its output in the journal, so that a loop may go on for as long as it likes.
import { withLinks } from './approval-table.ts';
import type { RunSteps } from './create-context.ts';
import type { ExpressionText, Json, Step, Template } from './definition.ts';
import { waitMs, waitUntil } from './effects.ts';
import { evaluateCondition, renderTemplate } from './expression/index.ts';
import { decide, nodeInside } from './journal.ts';
import type { Place } from './place.ts';
import { pathInside } from './run-path.ts';
import { createFrame, pendingOf } from './run.ts';
import { settle, type Soon } from './soon.ts';
import { failStep, LoopLeft, StepFailure, type LoopExit } from './step-failure.ts';

export interface Loop {
  steps: Step[];
  /** Asked before each iteration, which begins only when it is true. */
  goesOn?: ExpressionText | undefined;
  /** Asked after each iteration: no other follows when it is true. */
  until?: ExpressionText | undefined;
  /** Time from the beginning of an iteration to that of the next: text such as `30s`, milliseconds, or a template of either. */
  every?: Template | undefined;
  iterationsMax: number;
  /** To have run so many iterations is how the loop is meant to end, and not a failure. */
  endsAtMax: boolean;
}

/** How far the loop is: kept in the journal, changed in place. */
type Progress = { index: number; output: Json };

/** How the steps of an iteration ended. */
type IterationEnd = { output: Json; exit: LoopExit | null };

/**
 * Runs the steps until the loop has ended. The result is the output of the last step of the last iteration: null when there was
 * none, or when it was left early. Throws StepFailure with `too_many_iterations` when the loop wants more than it may have.
 */
export async function runLoop(place: Place, runSteps: RunSteps, loop: Loop): Promise<Json> {
  const { node } = place;
  const progress = decide<Progress>(node, 'loop', () => ({ index: 0, output: null }));
  for (;;) {
    const name = `[${progress.index}]`;
    const iteration = iterationPlace(place, name, progress.index);
    if (!begins(iteration, loop, progress.index)) return progress.output;
    const known = iteration.node.decided?.['end'] as IterationEnd | undefined;
    const ending = known ?? runOnce(iteration, runSteps, loop, progress.index);
    const end = ending instanceof Promise ? await ending : ending;
    if (known === undefined) decide(iteration.node, 'end', () => end);
    // Its steps are not walked again, whatever is waited for.
    delete iteration.node.inside;
    if (ends(iteration, loop, end, progress.index + 1)) return end.output;
    if (loop.every !== undefined) await pause(iteration, loop.every);
    delete node.inside?.[name];
    progress.index += 1;
    progress.output = end.output;
  }
}

/** The place of an iteration: its own path and names, the table around it. */
function iterationPlace(place: Place, name: string, index: number): Place {
  const { run, frame } = place;
  return {
    ...place,
    frame: createFrame(run, { ...frame.locals, index }, frame.results, frame.label + name),
    path: pathInside(place.path, name),
    node: nodeInside(place.node, name),
  };
}

/** Whether the iteration runs, decided once; then its ids are pending again. */
function begins({ run, frame, path, node }: Place, loop: Loop, index: number): boolean {
  if (node.decided?.['begun'] !== undefined) return true;
  if (loop.goesOn !== undefined && !evaluateCondition(loop.goesOn, frame.scope)) return false;
  if (index >= loop.iterationsMax) throw tooMany(loop.iterationsMax);
  decide(node, 'begun', () => run.runtime.now());
  const pending = withLinks(run, loop.steps, path, pendingOf(run, loop.steps));
  frame.results.steps = { ...frame.results.steps, ...pending };
  return true;
}

function runOnce(place: Place, runSteps: RunSteps, loop: Loop, index: number): Soon<IterationEnd> {
  const { run, frame, path, node } = place;
  return settle(
    () => runSteps(run, loop.steps, frame, path, nodeInside(node, 'steps')),
    (output): IterationEnd => ({ output, exit: null }),
    (thrown): IterationEnd => {
      if (thrown instanceof LoopLeft) return { output: null, exit: thrown.exit };
      // An index of a loop further inside says more.
      if (thrown instanceof StepFailure) throw new StepFailure({ index, ...thrown.error });
      throw thrown;
    },
  );
}

/** Whether the loop is over after so many iterations. */
function ends({ frame, node }: Place, loop: Loop, { exit }: IterationEnd, iterations: number): boolean {
  if (exit === 'break') return true;
  const { until } = loop;
  if (until !== undefined && decide(node, 'ends', () => evaluateCondition(until, frame.scope))) return true;
  if (iterations < loop.iterationsMax || loop.goesOn !== undefined) return false;
  if (loop.endsAtMax) return true;
  throw tooMany(loop.iterationsMax);
}

function pause(place: Place, every: Template): Soon<void> {
  const { node, frame } = place;
  const begun = node.decided!['begun'] as number;
  return waitUntil(
    place,
    decide(node, 'wait until', () => begun + waitMs(renderTemplate(every, frame.scope), 'every')),
  );
}

function tooMany(iterationsMax: number): StepFailure {
  return failStep('too_many_iterations', `the loop wanted more than its ${iterationsMax} iterations (max_iterations)`);
}
