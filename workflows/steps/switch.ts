// `switch`: takes the first case whose condition is true. The decision is journaled, so that it is taken once.
import type { ExpressionText, Step } from '../definition.ts';
import type { StepType } from './step.ts';

export const choice: StepType = {
  verb: 'switch',
  summary: 'Runs the steps of the first case whose `when` is true, else `default`.',
  example: `- switch:
    - when: event.body.severity == "critical"
      steps: [{ uses: log.write, with: { message: page somebody } }]
    - when: event.body.severity == "warning"
      steps: [{ uses: log.write, with: { message: tell the channel } }]
  default:
    - return: ignored
`,
  fields: {
    switch: { kind: 'cases', summary: 'Cases `{when, steps}`, tried in order.', required: true },
    default: { kind: 'steps', summary: 'Steps when no case holds.' },
  },
  output: 'The output of the last step that was run, else null.',
  run(step, context) {
    const cases = step['switch'] as { when: ExpressionText; steps: Step[] }[];
    const taken = context.decide('taken', () => cases.findIndex((each) => context.condition(each.when)));
    const matched = cases[taken];
    if (matched !== undefined) return context.runBlock(String(taken), matched.steps);
    return context.runBlock('default', (step['default'] as Step[] | undefined) ?? []);
  },
};
