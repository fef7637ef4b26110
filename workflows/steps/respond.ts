// `respond`: answers the sender of the event once, and the run goes on.
import type { Template } from '../definition.ts';
import { responseFrom } from '../response.ts';
import type { StepType } from './step.ts';

export const respond: StepType = {
  verb: 'respond',
  summary: 'Answers the sender of the event, once; the run goes on.',
  example: `- respond: { status: 422, body: { problem: "\${{ event.body.email }} is not an address" } }
`,
  fields: {
    respond: {
      kind: 'template',
      summary: '`status` (200 by default), `headers` and `body`.',
      required: true,
      schema: {
        type: 'object',
        additionalProperties: false,
        properties: {
          status: { type: 'integer', minimum: 200, maximum: 599, description: 'The status of the answer.' },
          headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'Its headers.' },
          body: { description: 'Its body: text as it is, all else as JSON.' },
        },
      },
    },
  },
  output: 'null',
  run(step, context) {
    context.respond(responseFrom(context.render(step['respond'] as Template)));
    return null;
  },
};
