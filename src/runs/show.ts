// Everything about one run: where it stands, what it did step by step, why it failed. From Temporal alone; it changes nothing.
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Flow, Json } from '../../workflows/definition.ts';
import { runLink } from '../temporal/links.ts';
import { hasEnded } from '../temporal/run-over.ts';
import type { RunsConnection } from './connection.ts';
import { endText } from './failure-text.ts';
import { inputOf, readExecutions, timeOf } from './history.ts';
import { currentStep, pendingCalls, type ListedRun } from './list.ts';
import { stateOf } from './states.ts';
import { stepsOf, type RunStep } from './steps.ts';

/** A run as `runs show` tells it. */
export interface ShownRun extends ListedRun {
  endedAt?: string | undefined;
  event: { id: string; type: string; source: string; time: string };
  definitionHash: string;
  /** How often it went on with a fresh history. */
  continuations: number;
  steps: ShownStep[];
  /** Its page in the Web UI of the embedded server. */
  ui?: string | undefined;
}

/** A step with its place in the flow file, where that is known. */
export type ShownStep = Omit<RunStep, 'event'> & { place?: string | undefined };

/** A run by its workflow id; null when Temporal has none. */
export async function showRun(runs: RunsConnection, workflowId: string, now = Date.now()): Promise<ShownRun | null> {
  const handle = runs.client.workflow.getHandle(workflowId);
  try {
    const { status, closeTime, runId } = await handle.describe();
    const isOpen = !hasEnded(status.name);
    const [executions, pending, step] = await Promise.all([
      readExecutions(runs, workflowId),
      isOpen ? pendingCalls(runs, workflowId) : [],
      isOpen ? currentStep(runs, workflowId) : undefined,
    ]);
    const first = executions[0]!.events[0]!;
    const last = executions.at(-1)!.events;
    const { flow, event, definitionHash } = await inputOf(runs, first);
    const steps = executions.flatMap(({ events }) => stepsOf(events, events === last ? pending : []));
    const startedAt = timeOf(first);
    return {
      run: workflowId,
      runId,
      flow: flow.flow,
      status: stateOf(status.name),
      step,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: closeTime?.toISOString(),
      durationMs: (closeTime?.getTime() ?? now) - startedAt,
      event: { id: event.id, type: event.type, source: event.source, time: event.time },
      definitionHash,
      continuations: executions.length - 1,
      steps: steps.map(({ event: _position, ...each }) => ({ ...each, place: placeOf(flow, each.label) })),
      error: endText(last.at(-1)),
      ui: runs.uiUrl && runLink(runs.uiUrl, runs.namespace, workflowId),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** `flows/x.yaml:12` of the step that is called so, without its iteration and the run that it called. */
export function placeOf(flow: Flow, label: string): string | undefined {
  const step = stepNamed(flow, label.replace(/ → \S+$/, '').replace(/ (\[\d+\])+$/, ''));
  return step === undefined ? undefined : `${flow.file}:${step.line}`;
}

/** The step that has this name or id, wherever in the flow. */
export function stepNamed(flow: Flow, name: string): { id?: string; name?: string; line: number } | undefined {
  const inside = (value: unknown): { line: number } | undefined => {
    if (value === null || typeof value !== 'object') return undefined;
    if ('verb' in value && 'line' in value) {
      const step = value as { id?: string; name?: string; line: number };
      if (step.id === name || step.name === name) return step;
    }
    for (const child of Object.values(value as Record<string, Json>)) {
      const found = inside(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return inside([flow.steps, flow.catch ?? [], flow.finally ?? []]);
}
