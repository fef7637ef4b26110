// What belongs to one run while it is interpreted: its facts, vars, journal and limits, and how expressions see them.
import { createSignals, type ApprovalSignals, type SignalsPosition } from './approval-signals.ts';
import { withLinks } from './approval-table.ts';
import { pendingResults, pendingResultsOf } from './document.ts';
import type { Json, JsonObject, RunInput, RunResponse, Step } from './definition.ts';
import type { Scope } from './expression/index.ts';
import type { JournalNode, Results } from './journal.ts';
import { CALLS_IN_FLIGHT_MAX } from './limits.ts';
import { createDetails, type RunDetails } from './run-details.ts';
import type { Runtime } from './runtime.ts';
import { createSemaphore, type Semaphore } from './semaphore.ts';
import type { Undoable } from './undo.ts';
import type { Sight } from './undo-sight.ts';
import { createWakes, type WaitsPosition, type Wakes } from './wakes.ts';

/** What a run hands to its continuation, so that it goes on where it was. */
export interface Continuation {
  /** When the first of the runs started, Unix milliseconds. */
  startedAt: number;
  journal: JournalNode;
  vars: JsonObject;
  response?: RunResponse;
  /** What can be undone, in the order in which it was done. */
  undo?: Undoable[];
  /** Absent when the run never waited for an event. */
  waits?: WaitsPosition;
  /** Absent when the run does not wait for people. */
  signals?: SignalsPosition;
  /** How often the run was reset, all executions together; absent when it never was. */
  resets?: number;
}

export interface Run {
  input: RunInput;
  runtime: Runtime;
  /** The `run` root. */
  facts: JsonObject;
  vars: JsonObject;
  response: RunResponse | undefined;
  journal: JournalNode;
  /** Steps taken since the last effect. */
  stepsInOneGo: number;
  /** Blocks open whose pieces run at the same time. */
  fannedOut: number;
  /** Calls in flight, over all nested blocks. */
  calls: Semaphore;
  /** How often the run was reset by now. What it was told by the store before may no longer hold there. */
  resets(): number;
  /** Events that came for its waits. */
  wakes: Wakes;
  /** Decisions that came for it as signals. */
  signals: ApprovalSignals;
  /** What people read of it while it runs. */
  details: RunDetails;
  /** `steps` as it is before an iteration of these steps. */
  pending: Map<Step[], JsonObject>;
  /** What can be undone, in the order in which it was done. */
  undo: Undoable[];
  /** The run is undoing what it did. */
  undoing: boolean;
  /** What the undo of a step looks at. */
  sights: Map<Step, Sight>;
}

/** A place from which expressions look: names of its own, and the table its steps are bound in. */
export interface Frame {
  scope: Scope;
  locals: JsonObject;
  results: Results;
  /** `[17]` inside iterations, for people. */
  label: string;
}

export function createRun(input: RunInput, runtime: Runtime, continued?: Continuation): Run {
  const facts = {
    id: runtime.workflowId,
    flow: input.flow.flow,
    attempt: runtime.attempt,
    started_at: new Date(runtime.startedAt).toISOString(),
    status: 'running',
    ...(input.flow.runUrl === true && { url: input.url ?? null }),
  };
  return {
    input,
    runtime,
    facts,
    vars: continued?.vars ?? {},
    response: continued?.response,
    journal: continued?.journal ?? {},
    stepsInOneGo: 0,
    fannedOut: 0,
    calls: createSemaphore(CALLS_IN_FLIGHT_MAX),
    resets: () => (continued?.resets ?? 0) + (runtime.resets?.() ?? 0),
    wakes: createWakes(continued?.waits),
    signals: createSignals(continued?.signals),
    details: createDetails((text) => runtime.setDetails(text)),
    pending: new Map(),
    undo: continued?.undo ?? [],
    undoing: false,
    sights: new Map(),
  };
}

/** The table of these steps before any of them ran; made once, for iterations begin with it again and again. */
export function pendingOf(run: Run, steps: Step[]): JsonObject {
  const known = run.pending.get(steps);
  if (known !== undefined) return known;
  const pending = pendingResults(steps);
  run.pending.set(steps, pending);
  return pending;
}

/** The frame of the flow's own steps. */
export function rootFrame(run: Run): Frame {
  const results = (run.journal.results ??= { steps: linkedResultsOf(run) });
  return createFrame(run, {}, results, '');
}

function linkedResultsOf(run: Run): JsonObject {
  const { flow } = run.input;
  const steps = withLinks(run, flow.steps, '', pendingResultsOf(flow));
  return withLinks(run, flow.finally ?? [], 'finally', withLinks(run, flow.catch ?? [], 'catch', steps));
}

/** A frame with these names, over a table. `vars`, `steps` and `run` are read when an expression is, so they are never stale. */
export function createFrame(run: Run, locals: JsonObject, results: Results, label: string): Frame {
  const { event, config } = run.input;
  const roots = {
    get run() {
      return run.facts;
    },
    event: event as unknown as Json,
    input: event.body,
    config,
    get vars() {
      return run.vars;
    },
    get steps() {
      return results.steps;
    },
    ...locals,
  };
  const now = (): string => new Date(run.runtime.now()).toISOString();
  return { scope: { roots, now, uuid: () => run.runtime.uuid() }, locals, results, label };
}
