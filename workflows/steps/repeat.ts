// `repeat`: runs steps until something is true, with time between: polling, and going through pages.
import type { ExpressionText, Step, Template } from '../definition.ts';
import { ITERATIONS_DEFAULT, ITERATIONS_MAX } from '../limits.ts';
import type { StepType } from './step.ts';

/** The map that `repeat` holds, as the loader leaves it. */
interface RepeatFields {
  steps: Step[];
  until?: ExpressionText;
  every?: Template;
  max_iterations?: number;
}

export const repeat: StepType = {
  verb: 'repeat',
  summary: 'Runs steps, at least once, until a condition is true; `every` leaves time between: polling.',
  example: `- id: ready
  repeat:
    every: 30s
    until: steps.look.output.body.state == "ready"
    max_iterations: 120
    steps:
      - id: look
        uses: http.request
        with: { url: "https://reports.example/jobs/\${{ event.body.job }}" }
`,
  fields: {
    repeat: {
      kind: 'group',
      summary: 'The steps, and when they have run often enough.',
      required: true,
      fields: {
        steps: {
          kind: 'steps',
          summary:
            'Steps of an iteration; `index` counts from 0. After the loop their ids are those of the last iteration.',
          required: true,
          binds: ['index'],
          iterated: 'last',
        },
        until: {
          kind: 'expression',
          summary: 'Asked after every iteration, whose steps it sees; the loop ends when it is true.',
          binds: ['index'],
          iterated: 'last',
        },
        every: {
          kind: 'duration_template',
          summary: 'From the beginning of an iteration to that of the next; one that took longer is followed at once.',
          binds: ['index'],
          iterated: 'last',
        },
        max_iterations: {
          kind: 'literal',
          summary: `With \`until\` the loop fails when it wants more (default ${ITERATIONS_DEFAULT}); without it, the loop ends.`,
          schema: { type: 'integer', minimum: 1, maximum: ITERATIONS_MAX },
        },
      },
    },
  },
  output: "What the last iteration's last step gave; null when it was left by `break` or `next`.",
  run(step, context) {
    const { steps, until, every, max_iterations: iterationsMax } = step['repeat'] as RepeatFields;
    return context.loop({
      steps,
      until,
      every,
      iterationsMax: iterationsMax ?? ITERATIONS_DEFAULT,
      endsAtMax: until === undefined && iterationsMax !== undefined,
    });
  },
};
