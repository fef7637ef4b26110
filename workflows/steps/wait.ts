// `wait`: lets time pass on a durable timer. The moment it ends is journaled, so that a continued run does not wait anew.
import type { Template } from '../definition.ts';
import { after } from '../soon.ts';
import type { StepType } from './step.ts';

export const wait: StepType = {
  verb: 'wait',
  summary: 'Waits for a time; it survives restarts.',
  example: `- wait: 5m
`,
  fields: {
    wait: {
      kind: 'duration_template',
      summary: 'How long: `30s`, `5m`, `2h`, `3d`, or a template that gives such text or milliseconds.',
      required: true,
    },
  },
  output: 'null',
  run: (step, context) => after(context.wait(step['wait'] as Template), () => null),
};
