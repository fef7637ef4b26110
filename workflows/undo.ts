// Taking back what a run did: a stack of steps that have an `undo`, in the order in which they ended, undone from its top.
// The stack is data and part of the run's position. Must never be stopped by a cancellation, nor by what could not be undone.
import { withLinks } from './approval-table.ts';
import type { RunSteps } from './create-context.ts';
import { withDeadline } from './deadline.ts';
import type { FlowError, Json, JsonObject, Step, UndoFailure } from './definition.ts';
import { stepAt } from './document.ts';
import { decide, type JournalNode } from './journal.ts';
import { STEP_TIMEOUT_MS, UNDO_FAILURES_TOLD_MAX, UNDO_TIMEOUT_MS } from './limits.ts';
import type { Place } from './place.ts';
import { pathInside, summaryText, UNDO_BLOCK } from './run-path.ts';
import { createFrame, pendingOf, type Frame, type Run } from './run.ts';
import { settle, type Soon } from './soon.ts';
import { LoopLeft, RunReturned, StepFailure } from './step-failure.ts';
import { STEP_TYPES } from './steps/index.ts';
import { seenFrom, sightOf } from './undo-sight.ts';

/** A step that can be undone. Kept by continued runs, so it holds no more than its `undo` looks at. */
export interface Undoable {
  path: string;
  /** The iteration that it belongs to, `[17]`. */
  label?: string;
  /** What its `undo` looks at, as it was when the step had ended. */
  seen: JsonObject;
  /** How far undoing it is. */
  node?: JournalNode;
}

/** What undoing has come to: kept in the journal, changed in place. */
export interface Undone {
  /** Ids or paths of what was undone, in that order. */
  steps: string[];
  failed: UndoFailure[];
  /** Failures beyond those that are told. */
  omitted: number;
}

/** A table of results, and the iteration that it belongs to. */
type Bound = Pick<Frame, 'results' | 'label'>;

/** Notes that a step has completed. */
export function remember({ run, step, path, frame }: Place): void {
  if (step.undoSteps === undefined) return;
  const entry: Undoable = { path, seen: seenFrom(frame.scope.roots, sightOf(run, step, Object.keys(frame.locals))) };
  if (frame.label !== '') entry.label = frame.label;
  run.undo.push(entry);
}

/** Notes that a step has failed or was cancelled, when that is enough for it to be undone. */
export function rememberAttempt(place: Place): void {
  const { step, node } = place;
  if (step.undoWhen !== 'attempted') return;
  const hasBegun = step.guard === undefined || node.decided?.['guard'] === true;
  if (hasBegun) remember(place);
}

/**
 * Undoes the steps that can be, the last one first, each within a time of its own. `node` keeps how far it is; at `places`
 * the steps become `undone`. Never rejects with a failure of the author's.
 */
export function undoAll(run: Run, runSteps: RunSteps, node: JournalNode, places: Bound[]): Promise<Undone> {
  return run.runtime.nonCancellable(async () => {
    const none: Undone = { steps: [], failed: [], omitted: 0 };
    const undone = decide(node, 'undone', () => none as unknown as JsonObject) as unknown as Undone;
    run.undoing = true;
    for (let entry = run.undo.at(-1); entry !== undefined; entry = run.undo.at(-1)) {
      const step = stepAt(run.input.flow, entry.path)!;
      const error = await undoOne(run, runSteps, entry, step);
      run.undo.splice(run.undo.indexOf(entry), 1);
      if (error === undefined) markUndone(entry, step, places);
      note(undone, nameOfEntry(entry, step), error);
    }
    run.undoing = false;
    return undone;
  });
}

/** `undo: all` at the place of a step. The result is the list of what was undone. Throws StepFailure with `undo_failed`. */
export async function undoHere({ run, frame, node }: Place, runSteps: RunSteps): Promise<Json> {
  const undone = await undoAll(run, runSteps, node, [frame, { results: run.journal.results!, label: '' }]);
  if (undone.failed.length > 0) throw undoFailure(undone);
  return undone.steps;
}

/** The failure that what could not be undone is, where nothing else failed. */
export function undoFailure(undone: Undone, before = ''): StepFailure {
  const count = undone.failed.length + undone.omitted;
  const message = `${before}${count} of ${count + undone.steps.length} steps could not be undone`;
  return new StepFailure({ code: 'undo_failed', message, step: null, attempt: 1, ...undoErrors(undone) });
}

/** What an error says about what could not be undone. */
export function undoErrors({ failed, omitted }: Undone): Pick<FlowError, 'undo' | 'undo_omitted'> {
  return omitted === 0 ? { undo: failed } : { undo: failed, undo_omitted: omitted };
}

/** Why the step could not be undone, undefined when it could. */
function undoOne(run: Run, runSteps: RunSteps, entry: Undoable, step: Step): Soon<FlowError | undefined> {
  const steps = step.undoSteps!;
  const node = (entry.node ??= {});
  const { steps: known, ...locals } = entry.seen;
  const path = pathInside(entry.path, UNDO_BLOCK);
  const pending = withLinks(run, steps, path, pendingOf(run, steps));
  const results = (node.results ??= { steps: { ...(known as JsonObject | undefined), ...pending } });
  const frame = createFrame(run, locals, results, entry.label ?? '');
  const work = (): Soon<Json> => runSteps(run, steps, frame, path, node);
  return settle(
    () => (endsByItself(steps) ? work() : timed(run, entry, step, node, work)),
    () => undefined,
    (thrown) => failureOf(thrown, nameOfEntry(entry, step)),
  );
}

/** A single call has a timeout of its own, and needs no second timer in the history. */
function endsByItself(steps: Step[]): boolean {
  const [only] = steps;
  if (only === undefined || steps.length > 1) return false;
  const ownTimeout = STEP_TYPES.get(only.verb)?.ownTimeout === true;
  return ownTimeout && (only.timeoutMs ?? STEP_TIMEOUT_MS) <= UNDO_TIMEOUT_MS;
}

function timed(run: Run, { path }: Undoable, step: Step, node: JournalNode, work: () => Soon<Json>): Promise<Json> {
  const deadline = {
    at: decide(node, 'until', () => run.runtime.now() + UNDO_TIMEOUT_MS),
    summary: summaryText(`time for the undo of ${step.id ?? path}`),
    code: 'timeout' as const,
    message: `\`undo\` took longer than its ${UNDO_TIMEOUT_MS / 3_600_000} hours`,
  };
  return withDeadline(run.runtime, deadline, work);
}

/** Ways to end early are refused at load; here they only end the undo of one step. */
function failureOf(thrown: unknown, name: string): FlowError | undefined {
  if (thrown instanceof LoopLeft || thrown instanceof RunReturned) return undefined;
  if (!(thrown instanceof StepFailure)) throw thrown;
  return { ...thrown.error, step: thrown.error.step ?? name };
}

function note(undone: Undone, step: string, error: FlowError | undefined): void {
  if (error === undefined) undone.steps.push(step);
  else if (undone.failed.length === UNDO_FAILURES_TOLD_MAX) undone.omitted += 1;
  else undone.failed.push({ step, error: inShort(error) });
}

/** Answers of services may be large, and an error tells many failures. */
function inShort({ headers: _headers, body: _body, cause: _cause, ...error }: FlowError): FlowError {
  return error;
}

function nameOfEntry({ path, label = '' }: Undoable, { id }: Step): string {
  return id === undefined ? path : id + label;
}

/** In the table of the iteration that the step belongs to, and in those of the iterations inside it. */
function markUndone({ label: own = '' }: Undoable, { id, undoWhen }: Step, places: Bound[]): void {
  for (const { results, label } of places) {
    const result = id === undefined ? undefined : (results.steps[id] as JsonObject | undefined);
    const isNear = own.startsWith(label) || label.startsWith(own);
    const status = result?.['status'] ?? 'skipped';
    if (!isNear || status === 'skipped' || (status === 'pending' && undoWhen !== 'attempted')) continue;
    results.steps = { ...results.steps, [id!]: { ...result, status: 'undone' } };
  }
}
