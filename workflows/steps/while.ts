// `while`: runs steps for as long as a condition holds. It is asked before every iteration, and sees the ids of the one before.
import type { ExpressionText, Step } from '../definition.ts';
import { ITERATIONS_DEFAULT, ITERATIONS_MAX } from '../limits.ts';
import type { StepType } from './step.ts';

export const whileTrue: StepType = {
  verb: 'while',
  summary: 'Runs steps again and again while a condition is true.',
  example: `- id: pages
  while: steps.page.output == null || steps.page.output.body.next != null
  max_iterations: 200
  steps:
    - id: page
      uses: http.request
      with: { url: "https://crm.example/contacts?page=\${{ index + 1 }}" }
`,
  fields: {
    while: {
      kind: 'expression',
      summary: 'Asked before every iteration; it sees the steps inside as the last iteration left them.',
      required: true,
      binds: ['index'],
      iterated: 'last',
    },
    steps: {
      kind: 'steps',
      summary:
        'Steps of an iteration; `index` counts from 0. After the loop their ids are those of the last iteration.',
      required: true,
      binds: ['index'],
      iterated: 'last',
    },
    max_iterations: {
      kind: 'literal',
      summary: `The loop fails when it wants more (default ${ITERATIONS_DEFAULT}).`,
      schema: { type: 'integer', minimum: 1, maximum: ITERATIONS_MAX },
    },
  },
  output:
    "What the last iteration's last step gave; null without an iteration, or when it was left by `break` or `next`.",
  run: (step, context) =>
    context.loop({
      steps: step['steps'] as Step[],
      goesOn: step['while'] as ExpressionText,
      iterationsMax: (step['max_iterations'] as number | undefined) ?? ITERATIONS_DEFAULT,
      endsAtMax: false,
    }),
};
