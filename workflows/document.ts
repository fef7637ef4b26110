// Walks over a flow's document: which ids it has, and where a step stands in the file. Knows fields by kind, not verbs by name.
import type { Flow, Json, JsonObject, Step } from './definition.ts';
import { pathInside, UNDO_BLOCK } from './run-path.ts';
import { STEP_TYPES } from './steps/index.ts';
import type { Field } from './steps/step.ts';

/** A list of steps inside a step. */
export interface Block {
  /** The field that holds it, and what that field holds. */
  field: string;
  kind: Field['kind'];
  /** Its part of a step path: the field, the branch, or the position of the case. */
  name: string;
  /** The condition of a case. */
  when?: string;
  steps: Step[];
  iterated: Field['iterated'];
}

/** `steps` before anything ran: every id in these steps, `pending`. Ids inside iterations are not among them. */
export function pendingResults(steps: Step[], results: JsonObject = {}): JsonObject {
  for (const step of steps) {
    if (step.id !== undefined) results[step.id] = pendingResult(step);
    for (const block of blocksOf(step)) if (block.iterated !== 'each') pendingResults(block.steps, results);
  }
  return results;
}

/** All of the flow's steps outside `catch` and `finally`, and those: in the order in which they can run. */
export function pendingResultsOf(flow: Flow): JsonObject {
  const results = pendingResults(flow.steps);
  pendingResults(flow.catch ?? [], results);
  return pendingResults(flow.finally ?? [], results);
}

/** The step with this id or path (iteration indexes ignored), or undefined when there is none. */
export function stepAt(flow: Flow, idOrPath: string): Step | undefined {
  const wanted = idOrPath.replace(/\[\d+\]/g, '');
  const lists: [string, Step[]][] = [
    ['', flow.steps],
    ['catch', flow.catch ?? []],
    ['finally', flow.finally ?? []],
  ];
  for (const [path, steps] of lists) {
    const step = stepIn(steps, path, wanted);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** The line of that step. */
export function lineOf(flow: Flow, idOrPath: string): number | undefined {
  return stepAt(flow, idOrPath)?.line;
}

function stepIn(steps: Step[], path: string, wanted: string): Step | undefined {
  for (const [position, step] of steps.entries()) {
    const here = pathInside(path, String(position));
    if (step.id === wanted || here === wanted) return step;
    for (const block of blocksOf(step)) {
      const inside = block.iterated === undefined ? pathInside(here, block.name) : here;
      const found = stepIn(block.steps, inside, wanted);
      if (found !== undefined) return found;
    }
    const undoing = step.undoSteps && stepIn(step.undoSteps, pathInside(here, UNDO_BLOCK), wanted);
    if (undoing !== undefined) return undoing;
  }
  return undefined;
}

function pendingResult(step: Step): Json {
  const result: JsonObject = { status: 'pending', output: null, error: null };
  const { errors, links } = STEP_TYPES.get(step.verb) ?? {};
  if (errors !== undefined) result['errors'] = errors === 'list' ? [] : {};
  if (links === true) result['links'] = null;
  return result;
}

/** The lists of steps in a step's own fields, in the order of the fields. How the step is undone is not among them. */
export function blocksOf(step: Step): Block[] {
  return blocksOfFields(STEP_TYPES.get(step.verb)?.fields ?? {}, step);
}

function blocksOfFields(fields: Record<string, Field>, values: Record<string, unknown>): Block[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    values[name] === undefined ? [] : blocksIn(name, field, values[name]),
  );
}

function blocksIn(name: string, field: Field, value: unknown): Block[] {
  const { kind, iterated } = field;
  const own = { field: name, kind, iterated };
  if (kind === 'steps') return [{ ...own, name, steps: value as Step[] }];
  if (kind === 'cases') {
    const cases = value as { when: string; steps: Step[] }[];
    return cases.map(({ when, steps }, position) => ({ ...own, name: String(position), when, steps }));
  }
  if (kind === 'group') return blocksOfFields(field.fields ?? {}, value as JsonObject);
  if (kind !== 'branches') return [];
  return Object.entries(value as Record<string, Step[]>).map(([branch, steps]) => ({ ...own, name: branch, steps }));
}
