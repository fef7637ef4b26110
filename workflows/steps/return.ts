// `return`: ends the run successfully with a value. No `catch` sees it; every `finally` on the way still runs.
import type { Template } from '../definition.ts';
import { RunReturned } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const giveBack: StepType = {
  verb: 'return',
  summary: 'Ends the run with a value; a sender that was not answered yet gets 200 with it.',
  example: `- return: { accepted: true, id: "\${{ event.id }}" }
`,
  fields: {
    return: { kind: 'template', summary: "The run's output.", required: true },
  },
  output: 'null',
  run(step, context) {
    throw new RunReturned(context.render(step['return'] as Template));
  },
};
