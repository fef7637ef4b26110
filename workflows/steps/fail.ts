// `fail`: makes the step fail with the author's own code, or with an error that was caught.
import type { Template } from '../definition.ts';
import { authorFailure } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const fail: StepType = {
  verb: 'fail',
  summary: 'Fails with a code and a message of your own, or passes a caught error on.',
  example: `- fail: { code: out_of_stock, message: "No \${{ event.body.sku }} left" }
`,
  fields: {
    fail: {
      kind: 'template',
      summary: '`{code, message}`, or `${{ error }}` to pass a caught error on.',
      required: true,
      schema: {
        type: 'object',
        required: ['code', 'message'],
        additionalProperties: false,
        properties: {
          code: {
            type: 'string',
            pattern: '^[a-z][a-z0-9_]*$',
            maxLength: 64,
            description: 'Your own code, such as `out_of_stock`; it becomes `error.code`.',
          },
          message: { type: 'string', description: 'What went wrong, for people.' },
        },
      },
    },
  },
  output: 'null',
  run(step, context) {
    throw authorFailure(context.render(step['fail'] as Template));
  },
};
