// Walks over a flow's document: which ids it has, and where a step stands in the file. Knows fields by kind, not verbs by name.
import type { Flow, Json, JsonObject, Step } from './definition.ts';
import { pathInside } from './run-path.ts';
import { STEP_TYPES } from './steps/index.ts';
import type { Field } from './steps/step.ts';

/** A list of steps inside a step. */
interface Block {
  name: string;
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

/** The line of the step with this id or path (iteration indexes ignored), or undefined when there is none. */
export function lineOf(flow: Flow, idOrPath: string): number | undefined {
  const wanted = idOrPath.replace(/\[\d+\]/g, '');
  const lists: [string, Step[]][] = [
    ['', flow.steps],
    ['catch', flow.catch ?? []],
    ['finally', flow.finally ?? []],
  ];
  for (const [path, steps] of lists) {
    const line = lineIn(steps, path, wanted);
    if (line !== undefined) return line;
  }
  return undefined;
}

function lineIn(steps: Step[], path: string, wanted: string): number | undefined {
  for (const [position, step] of steps.entries()) {
    const here = pathInside(path, String(position));
    if (step.id === wanted || here === wanted) return step.line;
    for (const block of blocksOf(step)) {
      const inside = block.iterated === undefined ? pathInside(here, block.name) : here;
      const line = lineIn(block.steps, inside, wanted);
      if (line !== undefined) return line;
    }
  }
  return undefined;
}

function pendingResult(step: Step): Json {
  const result: JsonObject = { status: 'pending', output: null, error: null };
  const errors = STEP_TYPES.get(step.verb)?.errors;
  if (errors !== undefined) result['errors'] = errors === 'list' ? [] : {};
  return result;
}

function blocksOf(step: Step): Block[] {
  return blocksOfFields(STEP_TYPES.get(step.verb)?.fields ?? {}, step);
}

function blocksOfFields(fields: Record<string, Field>, values: Record<string, unknown>): Block[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    values[name] === undefined ? [] : blocksIn(name, field, values[name]),
  );
}

function blocksIn(name: string, field: Field, value: unknown): Block[] {
  const { iterated } = field;
  if (field.kind === 'steps') return [{ name, steps: value as Step[], iterated }];
  if (field.kind === 'cases') {
    return (value as { steps: Step[] }[]).map(({ steps }, position) => ({ name: String(position), steps, iterated }));
  }
  if (field.kind === 'group') return blocksOfFields(field.fields ?? {}, value as JsonObject);
  if (field.kind !== 'branches') return [];
  return Object.entries(value as Record<string, Step[]>).map(([branch, steps]) => ({ name: branch, steps, iterated }));
}
