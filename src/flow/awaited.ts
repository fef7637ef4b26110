// What the loaded flows wait for, so that the store indexes it before the first run asks. Pure.
import { AWAITED_TYPES, DECIDED_APPROVAL } from '../../workflows/approval-calls.ts';
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import { sourceOfTypes } from '../../workflows/emit-event.ts';
import { RUN_END_TYPES, RUN_SOURCE } from '../../workflows/run-life.ts';
import type { KeyShape } from '../inbox/waits.ts';
import type { Catalog } from './catalog.ts';

type StepFields = Record<string, unknown>;

/** The field that says how a step looks for the end of the run that it called. */
const CALLED_RUN = 'body.id';

/** What steps of the flows look for in events, each once. */
export function awaitedShapes(catalog: Catalog): KeyShape[] {
  const shapes = stepsIn(catalog).flatMap(shapesOf);
  return [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
}

/** Of the `wait_for` steps for ends of runs: the flow whose runs are meant, undefined where that shows only at run time. */
export function awaitedEnds(catalog: Catalog): (string | undefined)[] {
  return stepsIn(catalog)
    .filter((step) => step['verb'] === 'wait_for' && shapesOf(step).some(({ source }) => source === RUN_SOURCE))
    .map((step) => {
      const flow = whereOf(step)['body.flow'];
      return typeof flow === 'string' && !flow.includes('${{') ? flow : undefined;
    });
}

function shapesOf(step: StepFields): KeyShape[] {
  if (step['verb'] === 'call') {
    if (step['detach'] === true) return [];
    return RUN_END_TYPES.map((type) => ({ type, source: RUN_SOURCE, paths: [CALLED_RUN] }));
  }
  if (step['verb'] === 'approve') {
    return AWAITED_TYPES.map((type) => ({ type, source: APPROVAL_SOURCE, paths: [DECIDED_APPROVAL] }));
  }
  if (step['verb'] !== 'wait_for') return [];
  const types = [step['wait_for'] as string | string[]].flat();
  const source = (step['source'] as string | undefined) ?? sourceOfTypes(types);
  const paths = Object.keys(whereOf(step)).sort();
  return types.map((type) => ({ type, source, paths }));
}

function whereOf(step: StepFields): Record<string, unknown> {
  return (step['where'] ?? {}) as Record<string, unknown>;
}

function stepsIn(catalog: Catalog): StepFields[] {
  const lists = [...catalog.flows.values()].map(({ definition }) => [
    definition.steps,
    definition.catch,
    definition.finally,
  ]);
  return stepsInside(lists);
}

function stepsInside(value: unknown): StepFields[] {
  if (Array.isArray(value)) return value.flatMap(stepsInside);
  if (value === null || typeof value !== 'object') return [];
  const inside = Object.values(value).flatMap(stepsInside);
  return 'verb' in value && 'line' in value ? [{ ...value }, ...inside] : inside;
}
