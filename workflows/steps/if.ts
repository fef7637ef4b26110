// `if` with `then`: takes one of two lists of steps. The decision is journaled, so that it is taken once.
import type { ExpressionText, Step } from '../definition.ts';
import type { StepType } from './step.ts';

export const conditional: StepType = {
  verb: 'if',
  summary: 'Runs `then` when the condition is true, else `else`.',
  example: `- if: event.body.total > 100
  then:
    - uses: slack.post_message
      connection: slack
      with: { text: "A big one: \${{ event.body.id }}" }
  else:
    - return: null
`,
  fields: {
    if: { kind: 'expression', summary: 'A boolean; anything else is an error.', required: true },
    // oxlint-disable-next-line unicorn/no-thenable -- the language's word; it holds no function
    then: { kind: 'steps', summary: 'Steps when it is true.', required: true },
    else: { kind: 'steps', summary: 'Steps when it is false.' },
  },
  output: 'The output of the last step that was run, else null.',
  run(step, context) {
    const chosen = context.decide('taken', () => (context.condition(step['if'] as ExpressionText) ? 'then' : 'else'));
    return context.runBlock(chosen, (step[chosen] as Step[] | undefined) ?? []);
  },
};
