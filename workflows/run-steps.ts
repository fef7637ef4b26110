// The loop: takes step after step, finds its verb, runs it and binds its result. Author errors end in `steps.ID.error`
// or travel upward as StepFailure; cancellation, `return` and errors of our own pass through untouched.
import { createContext } from './create-context.ts';
import { withDeadline } from './deadline.ts';
import type { FlowError, Json, JsonObject, Step } from './definition.ts';
import { takeTurn } from './effects.ts';
import { evaluateCondition, explain, ExpressionError } from './expression/index.ts';
import { decide, finish, nodeInside, type JournalNode } from './journal.ts';
import { labelOf, nameOf, type Place } from './place.ts';
import { pathInside, summaryText } from './run-path.ts';
import type { Frame, Run } from './run.ts';
import { after, inOrder, settle, type Soon } from './soon.ts';
import { errorJson, LoopLeft, RunReturned, StepFailure } from './step-failure.ts';
import { STEP_TYPES } from './steps/index.ts';
import type { StepType } from './steps/step.ts';
import { remember, rememberAttempt } from './undo.ts';

/** In place of an output: the guard did not hold. */
const SKIPPED = Symbol('skipped');

/** Runs steps in order; the result is the output of the last one, null without steps. */
export function runSteps(run: Run, steps: Step[], frame: Frame, path: string, node: JournalNode): Soon<Json> {
  return inOrder(steps.length, (position) => {
    const name = String(position);
    return runStep({ run, step: steps[position]!, frame, path: pathInside(path, name), node: nodeInside(node, name) });
  });
}

function runStep(place: Place): Soon<Json> {
  const { run, step, node } = place;
  const known = node.outcome;
  if (known !== undefined) return 'output' in known ? known.output : null;
  const type = STEP_TYPES.get(step.verb);
  // A plain error: a newer worker may know the verb, so the workflow task is to be tried again.
  if (type === undefined) throw new Error(`unknown verb ${step.verb}`);
  return settle(
    () => after(takeTurn(run), () => runGuarded(place, type)),
    (output) => (output === SKIPPED ? end(place, 'skipped', null) : end(place, statusOf(node), output)),
    (thrown) => endFailed(place, thrown),
  );
}

/** The output of the step, or that its guard does not hold. */
function runGuarded(place: Place, type: StepType): Soon<Json | typeof SKIPPED> {
  const runs = guardHolds(place);
  place.run.runtime.stepBegins?.(place.step, runs);
  if (!runs) return SKIPPED;
  place.run.details.came(`${whereIs(place)}: ${labelOf(place)}`);
  return runTimed(place, type);
}

function guardHolds({ step, frame, node }: Place): boolean {
  const { guard } = step;
  return guard === undefined || decide(node, 'guard', () => evaluateCondition(guard, frame.scope));
}

function runTimed(place: Place, type: StepType): Soon<Json> {
  const { run, step, node } = place;
  const work = (): Soon<Json> => type.run(step, createContext(place, runSteps));
  const { timeoutMs } = step;
  if (timeoutMs === undefined || type.ownTimeout === true) return work();
  const deadline = {
    at: decide(node, 'until', () => run.runtime.now() + timeoutMs),
    summary: summaryText(`timeout of ${labelOf(place)}`),
    code: 'timeout' as const,
    message: `the step took longer than its timeout of ${timeoutMs} ms`,
  };
  return withDeadline(run.runtime, deadline, work);
}

/** A step may end well although its time was over: `wait_for` with `on_timeout`. */
function statusOf({ decided }: JournalNode): 'completed' | 'timed_out' {
  return decided?.['timed out'] === true ? 'timed_out' : 'completed';
}

function end(place: Place, status: 'completed' | 'skipped' | 'timed_out', output: Json): Json {
  bind(place, status, output, null);
  if (status === 'completed') {
    remember(place);
    place.run.runtime.stepCompleted?.(place.step);
  }
  finish(place.node, { output });
  return output;
}

/** Null when the flow goes on all the same. Throws StepFailure when it does not, and what is no error of the author's. */
function endFailed(place: Place, thrown: unknown): null {
  const { run, step, node } = place;
  if (thrown instanceof LoopLeft) bind(place, 'completed', null, null);
  if (thrown instanceof LoopLeft || thrown instanceof RunReturned) remember(place);
  if (!(thrown instanceof StepFailure) && !(thrown instanceof ExpressionError)) {
    if (run.runtime.isCancellation(thrown)) rememberAttempt(place);
    throw thrown;
  }
  const error = flowErrorOf(place, thrown);
  const timedOut = error.code === 'timeout' && error.step === nameOf(place) && step.verb !== 'fail';
  bind(place, timedOut ? 'timed_out' : 'failed', null, errorJson(error));
  rememberAttempt(place);
  if (step.onError !== 'continue') throw new StepFailure(error);
  finish(node, { output: null });
  return null;
}

/** Replaces the step's result, keeping `errors`; the table itself is replaced, so that values taken from it do not change. */
function bind({ step, frame }: Place, status: string, output: Json, error: Json): void {
  if (step.id === undefined) return;
  const old = frame.results.steps[step.id] as JsonObject | undefined;
  frame.results.steps = { ...frame.results.steps, [step.id]: { ...old, status, output, error } };
}

/** The error as the author sees it. */
function flowErrorOf(place: Place, thrown: StepFailure | ExpressionError): FlowError {
  if (thrown instanceof ExpressionError) {
    return { code: thrown.code, message: explain(thrown), step: nameOf(place), attempt: 1 };
  }
  return thrown.error.step === null ? { ...thrown.error, step: nameOf(place) } : thrown.error;
}

function whereIs({ run, step }: Place): string {
  return `${run.input.flow.file}:${step.line}`;
}
