// A run from its input to its result: vars, steps, then the flow's `catch`, `finally` and `output`. Pure on the Runtime:
// the same input and the same answers of the Runtime always give the same calls in the same order.
import { frameWithError } from './create-context.ts';
import { withDeadline } from './deadline.ts';
import type { FlowError, Json, JsonObject, RunInput, RunResponse, RunResult, Step } from './definition.ts';
import { ENGINE_VERSION } from './definition.ts';
import { explain, ExpressionError, renderTemplate } from './expression/index.ts';
import { decide, nodeInside } from './journal.ts';
import { FINALLY_TIMEOUT_MS } from './limits.ts';
import { protect, type Ending } from './protect.ts';
import { runSteps } from './run-steps.ts';
import { UNDO_BLOCK } from './run-path.ts';
import { tellingEnd } from './run-end.ts';
import { createRun, rootFrame, type Continuation, type Frame, type Run } from './run.ts';
import type { Runtime } from './runtime.ts';
import { after, type Soon } from './soon.ts';
import { errorJson, StepFailure } from './step-failure.ts';
import { undoAll, undoErrors, undoFailure } from './undo.ts';
import type { Wake } from './wakes.ts';

/** A run that can be looked at while it goes on. */
export interface Interpretation {
  /** Resolves with the run's result; rejects with StepFailure, a cancellation, or an error of the interpreter's own. */
  result: Promise<RunResult>;
  /** Tells the run of an event that it waits for. Repeats and what it does not wait for change nothing. */
  wake(wake: Wake): void;
  /** Hands over what the signal of a person holds, whatever that is: a decision for a step that waits, or it changes nothing. */
  decide(signal: unknown): void;
  /** Where the run is; taken when nothing is in flight, it is all that a continuation needs. */
  position(): Continuation;
}

/** Starts to interpret a run, from its beginning or from where another left it. Throws a plain Error for an unknown engine. */
export function interpret(input: RunInput, runtime: Runtime, continued?: Continuation): Interpretation {
  if (input.engine !== ENGINE_VERSION) {
    throw new Error(
      `this worker interprets engine ${ENGINE_VERSION}, the run began with ${input.engine}: a newer worker is needed`,
    );
  }
  const run = createRun(input, runtime, continued);
  const whole = wholeRun(run, continued === undefined);
  const result = input.atEnd === true ? tellingEnd(run, whole) : whole;
  return {
    result,
    wake: run.wakes.deliver,
    decide: (signal) => deliverSignal(run, signal),
    position: () => positionOf(run),
  };
}

async function wholeRun(run: Run, fresh: boolean): Promise<RunResult> {
  const { flow } = run.input;
  const frame = rootFrame(run);
  const ending = await protect(run.runtime, run.journal, {
    body: () => flowBody(run, frame, fresh),
    caught: flow.catch && ((error) => flowCatch(run, frame, flow.catch!, error)),
    undone: flow.undoOnFailure && ((how) => flowUndo(run, frame, how)),
    lastly: flow.finally && ((how) => flowFinally(run, frame, flow.finally!, how)),
  });
  if (ending.kind === 'failed') throw new StepFailure(ending.error);
  const output = 'output' in ending ? ending.output : null;
  const response: RunResponse = run.response ?? { status: 200, headers: {}, body: output };
  return { output, response };
}

/** The steps and then `output`: a failure of either reaches `catch`. */
function flowBody(run: Run, frame: Frame, fresh: boolean): Soon<Json> {
  const { flow } = run.input;
  const { runtime } = run;
  const { output } = flow;
  const work = (): Soon<Json> => {
    if (fresh) run.vars = rendered(() => renderTemplate(flow.vars, frame.scope) as JsonObject);
    const ran = runSteps(run, flow.steps, frame, '', nodeInside(run.journal, 'steps'));
    return after(ran, () =>
      output === undefined ? null : rendered(() => renderTemplate(output, frame.scope) ?? null),
    );
  };
  if (flow.timeoutMs === undefined) return work();
  const deadline = {
    at: runtime.startedAt + flow.timeoutMs,
    summary: 'timeout of the flow',
    code: 'flow_timeout' as const,
    message: `the flow took longer than its timeout of ${flow.timeoutMs} ms`,
  };
  return withDeadline(runtime, deadline, work);
}

/** The handler ends with the flow's timeout too, but never has less than the time of a `finally`. */
function flowCatch(run: Run, frame: Frame, steps: Step[], error: FlowError): Soon<Json> {
  const { runtime } = run;
  const { timeoutMs } = run.input.flow;
  const inner = frameWithError(run, frame, errorJson(error));
  const work = (): Soon<Json> =>
    after(runSteps(run, steps, inner, 'catch', nodeInside(run.journal, 'catch')), () => null);
  if (timeoutMs === undefined) return work();
  const at = decide(run.journal, 'catch until', () =>
    Math.max(runtime.startedAt + timeoutMs, runtime.now() + FINALLY_TIMEOUT_MS),
  );
  const message = '`catch` took longer than what was left of the timeout of the flow';
  return withDeadline(runtime, { at, summary: 'timeout of catch', code: 'flow_timeout', message }, work);
}

/** A run that was to be cancelled fails when it could not be undone: somebody must look at it. */
async function flowUndo(run: Run, frame: Frame, ending: Ending): Promise<Ending> {
  showEnding(run, ending);
  const undone = await undoAll(run, runSteps, nodeInside(run.journal, UNDO_BLOCK), [frame]);
  if (undone.failed.length === 0) return ending;
  if (ending.kind === 'failed') return { kind: 'failed', error: { ...ending.error, ...undoErrors(undone) } };
  return { kind: 'failed', error: undoFailure(undone, 'the run was cancelled, and ').error };
}

function showEnding(run: Run, ending: Ending): void {
  const stopped = ending.kind === 'failed' || ending.kind === 'cancelled';
  run.facts = { ...run.facts, status: stopped ? ending.kind : 'completed' };
}

function flowFinally(run: Run, frame: Frame, steps: Step[], ending: Ending): Soon<Json> {
  showEnding(run, ending);
  return runSteps(run, steps, frame, 'finally', nodeInside(run.journal, 'finally'));
}

/** Work whose expression errors are failures of the flow itself, not of a step. */
function rendered<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    throw new StepFailure({ code: thrown.code, message: explain(thrown), step: null, attempt: 1 });
  }
}

/** People read in the run's details why their signal changed nothing. */
function deliverSignal({ signals, details }: Run, signal: unknown): void {
  const problem = signals.deliver(signal);
  if (problem !== undefined) details.note(`a signal was ignored: ${problem}`);
}

function positionOf(run: Run): Continuation {
  const position: Continuation = { startedAt: run.runtime.startedAt, journal: run.journal, vars: run.vars };
  if (run.response !== undefined) position.response = run.response;
  if (run.undo.length > 0) position.undo = run.undo;
  const waits = run.wakes.position();
  if (waits !== undefined) position.waits = waits;
  const signals = run.signals.position();
  if (signals !== undefined) position.signals = signals;
  const resets = run.resets();
  if (resets > 0) position.resets = resets;
  return position;
}
