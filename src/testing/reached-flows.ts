// The flows that runs of a flow may call, and how cases of it name their steps. Of what is not loaded nothing is known.
import type { Flow, Step } from '../../workflows/definition.ts';
import type { Catalog } from '../flow/catalog.ts';
import { outlineOf } from './flow-outline.ts';
import { stepName } from './step-names.ts';

/** A step that a case can name. */
export interface NamedStep {
  /** Its id, of a called flow `FLOW/ID`. */
  name: string;
  step: Step;
}

/** What is known of a flow; worked out once, for every case asks. */
interface Reach {
  flows: Flow[];
  steps: NamedStep[];
}

const reaches = new WeakMap<Catalog, Map<Flow, Reach>>();

/** The flow itself, and all that are called from it, at any depth. */
export function reachedFlows(catalog: Catalog, flow: Flow): Flow[] {
  return reachOf(catalog, flow).flows;
}

/** The steps with an id, of all flows that are reached, as cases of `flow` name them; those of the flow itself first. */
export function namedSteps(catalog: Catalog, flow: Flow): NamedStep[] {
  return reachOf(catalog, flow).steps;
}

function reachOf(catalog: Catalog, flow: Flow): Reach {
  const known = reaches.get(catalog) ?? new Map<Flow, Reach>();
  reaches.set(catalog, known);
  const found = known.get(flow);
  if (found !== undefined) return found;
  const flows = calledFrom(catalog, flow);
  const steps = flows.flatMap((each) =>
    outlineOf(each).steps.flatMap((step) =>
      step.id === undefined ? [] : [{ name: stepName(flow.flow, { flow: each.flow, step: step.id }), step }],
    ),
  );
  const reach = { flows, steps };
  known.set(flow, reach);
  return reach;
}

function calledFrom(catalog: Catalog, flow: Flow): Flow[] {
  const flows = new Set([flow]);
  // A set hands out what is added while it is gone through.
  for (const each of flows) {
    for (const name of calledNames(each)) {
      const callee = catalog.flows.get(name)?.definition;
      if (callee !== undefined) flows.add(callee);
    }
  }
  return [...flows];
}

/** Names of the flows that steps of a flow call. */
export function calledNames(flow: Flow): string[] {
  return outlineOf(flow).steps.flatMap((step) => (step.verb === 'call' ? String(step['call']) : []));
}

/** Whether a name may be that of a step without an id: its path (`2/then/0`), of a called flow with its name before it. */
export function isStepPath(catalog: Catalog, flow: Flow, name: string): boolean {
  if (/^\d/.test(name)) return true;
  const [callee, path] = name.split(/\/(.*)/s);
  return path !== undefined && /^\d/.test(path) && reachedFlows(catalog, flow).some((each) => each.flow === callee);
}
