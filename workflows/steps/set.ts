// `set`: assigns vars. Every right side sees the vars as they were before the step.
import type { JsonObject, Template } from '../definition.ts';
import { failStep } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const set: StepType = {
  verb: 'set',
  summary: 'Assigns declared vars; every right side sees the old values.',
  example: `- set: { total: "\${{ vars.total + event.body.price }}", last: "\${{ event.body.id }}" }
`,
  fields: {
    set: {
      kind: 'template',
      summary: 'Values by the name of a var that the flow declares.',
      required: true,
      schema: { type: 'object', minProperties: 1 },
    },
  },
  output: 'null',
  run(step, context) {
    const values = context.render(step['set'] as Template);
    if (values === null || typeof values !== 'object' || Array.isArray(values)) {
      throw failStep('invalid_field', '`set` must be a map of vars');
    }
    context.assign(values satisfies JsonObject);
    return null;
  },
};
