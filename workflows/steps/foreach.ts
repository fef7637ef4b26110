// `foreach`: runs steps for each item, one at a time or several at once. Output keeps the order of the items.
import type { ExpressionText, Json, Step, Template } from '../definition.ts';
import { CALLS_IN_FLIGHT_MAX, ITEMS_MAX } from '../limits.ts';
import { errorJson, failStep } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const foreach: StepType = {
  verb: 'foreach',
  summary: 'Runs steps for each item of a list, one at a time unless `max_parallel` says more.',
  example: `- id: ship
  foreach: event.body.items
  as: line
  max_parallel: 5
  steps:
    - id: label
      uses: http.request
      with: { method: POST, url: "https://carrier.example/labels", body: "\${{ line }}" }
  output: "\${{ steps.label.output.body.id }}"
  on_error: continue
`,
  fields: {
    foreach: { kind: 'expression', summary: `A list of at most ${ITEMS_MAX} items.`, required: true },
    as: {
      kind: 'literal',
      summary: 'Name under which the steps see the item, besides `item`.',
      schema: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' },
    },
    steps: {
      kind: 'steps',
      summary: 'Steps for each item; their ids are local to the iteration.',
      required: true,
      binds: ['item', 'index'],
      iterated: 'each',
    },
    max_parallel: {
      kind: 'literal',
      summary: 'Iterations at the same time (default 1).',
      schema: { type: 'integer', minimum: 1, maximum: CALLS_IN_FLIGHT_MAX },
    },
    output: {
      kind: 'template',
      summary: "What an iteration adds to the output list (default: its last step's output).",
      binds: ['item', 'index'],
      iterated: 'each',
    },
  },
  output:
    'List of what the iterations gave, in the order of the items, null for one that failed or was left by `next` or `break`; `errors` lists `{index, item, error}`.',
  errors: 'list',
  async run(step, context) {
    const items = context.decide('items', () => listOf(context.evaluate(step['foreach'] as ExpressionText)));
    const name = (step['as'] as string | undefined) ?? 'item';
    const steps = step['steps'] as Step[];
    const outcomes = await context.fanOut({
      count: items.length,
      atOnce: (step['max_parallel'] as number | undefined) ?? 1,
      onError: step.onError ?? 'fail',
      isLoop: true,
      name: (index) => `[${index}]`,
      mark: (index) => ({ index }),
      work(index) {
        const item = items[index]!;
        return context.runIteration(
          index,
          { item, [name]: item, index },
          steps,
          step['output'] as Template | undefined,
        );
      },
    });
    const errors: Json[] = [];
    const output = outcomes.map((outcome, index) => {
      if (!('error' in outcome)) return outcome.output;
      errors.push({ index, item: items[index]!, error: errorJson(outcome.error) });
      return null;
    });
    context.bindErrors(errors);
    return output;
  },
};

/** The list to go through. Throws StepFailure when it is no list or too long. */
function listOf(value: Json): Json[] {
  if (!Array.isArray(value)) {
    throw failStep(
      'invalid_field',
      `\`foreach\` needs a list and got ${value === null ? 'null' : `a ${typeof value}`}`,
    );
  }
  if (value.length > ITEMS_MAX) {
    throw failStep('too_many_items', `\`foreach\` takes at most ${ITEMS_MAX} items and got ${value.length}`);
  }
  return value;
}
