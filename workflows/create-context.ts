// Gives a verb what it may do at the place where its step stands: look at values, decide, run the steps inside it.
// Must never let a verb reach the Runtime past the gate in effects.ts.
import { approve } from './approval.ts';
import { withLinks } from './approval-table.ts';
import { callByRules, hasRules } from './attempts.ts';
import { callFlow } from './call-flow.ts';
import type { Json, JsonObject, RunResponse, Step, Template } from './definition.ts';
import { call, retryOf, wait, waitUntil } from './effects.ts';
import { emitEvent } from './emit-event.ts';
import { evaluateCondition, evaluateExpression, renderTemplate } from './expression/index.ts';
import { fanOut } from './fan-out.ts';
import { decide, nodeInside, type JournalNode } from './journal.ts';
import { runLoop } from './loop.ts';
import type { Place } from './place.ts';
import { protect, replayEnding } from './protect.ts';
import { pathInside } from './run-path.ts';
import { createFrame, pendingOf, type Frame, type Run } from './run.ts';
import { after, lastly, type Soon } from './soon.ts';
import type { ProtectedSteps, StepContext } from './step-context.ts';
import { errorJson, failStep } from './step-failure.ts';
import { undoHere } from './undo.ts';
import { waitForEvent } from './wait-for-event.ts';

/** Runs a list of steps; run-steps.ts hands itself in. */
export type RunSteps = (run: Run, steps: Step[], frame: Frame, path: string, node: JournalNode) => Soon<Json>;

export function createContext(place: Place, runSteps: RunSteps): StepContext {
  const { run, step, frame, path, node } = place;
  const { scope } = frame;
  const runBlock = (name: string, steps: Step[], inner: Frame = frame): Soon<Json> =>
    runSteps(run, steps, inner, pathInside(path, name), nodeInside(node, name));
  return {
    now: () => run.runtime.now(),
    evaluate: (text) => evaluateExpression(text, scope) ?? null,
    condition: (text) => evaluateCondition(text, scope),
    render: (template) => renderTemplate(template, scope) ?? null,
    decide: (name, make) => decide(node, name, make),
    decided: (name) => node.decided?.[name],
    assign(values) {
      run.vars = { ...run.vars, ...values };
    },
    respond: (response) => respond(run, response),
    wait: (duration) => wait(place, duration),
    waitUntil: (at) => waitUntil(place, at),
    call(request) {
      const retry = retryOf(place);
      return hasRules(retry) ? callByRules(place, request, retry) : call(place, request);
    },
    waitForEvent: (awaited) => waitForEvent(place, awaited),
    approve: (order) => approve(place, runSteps, order),
    emit: (type, body) => emitEvent(place, type, body),
    callFlow: (order) => callFlow(place, order),
    runBlock: (name, steps) => runBlock(name, steps),
    runIteration: (index, locals, steps, output) => runIteration(place, runSteps, { index, locals, steps, output }),
    loop: (parts) => runLoop(place, runSteps, parts),
    fanOut(parts) {
      if (parts.atOnce === 1) return fanOut(run.runtime, node, parts);
      run.fannedOut += 1;
      return lastly(
        () => fanOut(run.runtime, node, parts),
        () => {
          run.fannedOut -= 1;
        },
      );
    },
    protect(parts: ProtectedSteps) {
      const { caught } = parts;
      const ending = protect(run.runtime, node, {
        body: () => runBlock(parts.name, parts.body),
        caught: caught && ((error) => runBlock('catch', caught, frameWithError(run, frame, errorJson(error)))),
        lastly: parts.lastly && (() => runBlock('finally', parts.lastly!)),
      });
      return after(ending, replayEnding);
    },
    undoAll: () => undoHere(place, runSteps),
    bindErrors(errors) {
      if (step.id === undefined) return;
      const old = frame.results.steps[step.id] as JsonObject | undefined;
      frame.results.steps = { ...frame.results.steps, [step.id]: { ...old, errors } };
    },
  };
}

/** The same place with a caught error in sight. */
export function frameWithError(run: Run, frame: Frame, error: JsonObject): Frame {
  return createFrame(run, { ...frame.locals, error }, frame.results, frame.label);
}

function respond(run: Run, response: RunResponse): void {
  if (run.response !== undefined) throw failStep('already_responded', 'the sender was answered before');
  run.response = response;
  run.runtime.respond(response);
}

interface Iteration {
  index: number;
  locals: JsonObject;
  steps: Step[];
  output: Template | undefined;
}

/** An iteration sees the table as it is now, and its own ids pending again; what it binds stays in its own table. */
function runIteration(place: Place, runSteps: RunSteps, { index, locals, steps, output }: Iteration): Soon<Json> {
  const { run, frame, path, node } = place;
  const name = `[${index}]`;
  const inner = nodeInside(node, name);
  const own = pathInside(path, name);
  const pending = withLinks(run, steps, own, pendingOf(run, steps));
  const results = (inner.results ??= { steps: { ...frame.results.steps, ...pending } });
  const iteration = createFrame(run, { ...frame.locals, ...locals }, results, frame.label + name);
  const last = runSteps(run, steps, iteration, own, inner);
  return output === undefined ? last : after(last, () => renderTemplate(output, iteration.scope) ?? null);
}
