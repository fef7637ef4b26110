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

const reached = new WeakMap<Catalog, Map<Flow, Flow[]>>();

/** The flow itself, and all that are called from it, at any depth. */
export function reachedFlows(catalog: Catalog, flow: Flow): Flow[] {
  const known = reached.get(catalog) ?? new Map<Flow, Flow[]>();
  reached.set(catalog, known);
  const found = known.get(flow);
  if (found !== undefined) return found;
  const flows = new Set([flow]);
  // A set hands out what is added while it is gone through.
  for (const each of flows) {
    for (const name of calledNames(each)) {
      const callee = catalog.flows.get(name)?.definition;
      if (callee !== undefined) flows.add(callee);
    }
  }
  const all = [...flows];
  known.set(flow, all);
  return all;
}

/** Names of the flows that steps of a flow call. */
export function calledNames(flow: Flow): string[] {
  return outlineOf(flow).steps.flatMap((step) => (step.verb === 'call' ? String(step['call']) : []));
}

/** The steps with an id, of all flows that are reached, as cases of `flow` name them; those of the flow itself first. */
export function namedSteps(catalog: Catalog, flow: Flow): NamedStep[] {
  return reachedFlows(catalog, flow).flatMap((each) =>
    outlineOf(each).steps.flatMap((step) =>
      step.id === undefined ? [] : [{ name: stepName(flow.flow, { flow: each.flow, step: step.id }), step }],
    ),
  );
}

/** Whether a name may be that of a step without an id: its path (`2/then/0`), of a called flow with its name before it. */
export function isStepPath(catalog: Catalog, flow: Flow, name: string): boolean {
  if (/^\d/.test(name)) return true;
  const [callee, path] = name.split(/\/(.*)/s);
  return path !== undefined && /^\d/.test(path) && reachedFlows(catalog, flow).some((each) => each.flow === callee);
}
