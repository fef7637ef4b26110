// `emit`: sends an event to Hookline's own inbox. Flows that listen to it start; runs that wait for it go on.
import type { Template } from '../definition.ts';
import type { StepType } from './step.ts';

export const emit: StepType = {
  verb: 'emit',
  summary: 'Emits an event: every flow with an `event` trigger for it starts once, and runs that wait for it go on.',
  example: `- emit: order.paid
  body:
    order_id: \${{ event.body.id }}
    total: \${{ event.body.total }}
`,
  fields: {
    emit: {
      kind: 'template',
      summary: 'The type of the event, such as `order.paid`.',
      required: true,
      schema: {
        type: 'string',
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$',
        description: 'an event type such as `order.paid`',
      },
    },
    body: {
      kind: 'template',
      summary: 'What the event says: `event.body` of those who get it. An empty map by default.',
    },
  },
  output: '`{id, type}` of the event.',
  outputSchema: { type: 'object', properties: { id: {}, type: {} }, additionalProperties: false },
  ownTimeout: true,
  run: (step, context) =>
    context.emit(
      context.render(step['emit'] as Template),
      step['body'] === undefined ? {} : context.render(step['body'] as Template),
    ),
};
