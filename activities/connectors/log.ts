// log.write: a line in Hookline's own log, for flows under construction. Never takes secrets: the log keeps what it gets.
import { defineAction, type Service } from '../connector.ts';

/** A longer line belongs in a file, not in a log. */
const MESSAGE_CHARS_MAX = 8 * 1024;

const write = defineAction({
  action: 'write',
  summary: "Writes a line to Hookline's log.",
  example: `uses: log.write
with:
  level: warn
  message: "order \${{ event.body.id }} has no items"
  fields: { order: "\${{ event.body.id }}" }
`,
  takesSecrets: false,
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['message'],
    properties: {
      level: {
        enum: ['debug', 'info', 'warn', 'error'],
        default: 'info',
        description: 'How much it matters; `info` without it.',
      },
      message: { type: 'string', maxLength: MESSAGE_CHARS_MAX, description: 'The line.' },
      fields: {
        type: 'object',
        additionalProperties: true,
        description: 'Values to search by, kept as JSON under `fields`.',
      },
    },
  },
  output: { type: 'object', additionalProperties: false, properties: {} },
  async run(input, context) {
    const { flow, id, step } = context.run;
    context.logger[input.level ?? 'info']({ flow, run: id, step, fields: input.fields }, input.message);
    return {};
  },
});

export const log: Service = {
  service: 'log',
  summary: "Hookline's own log.",
  connection: { type: 'object', additionalProperties: false, properties: {} },
  actions: [write],
};
