// `next`: ends the iteration around it; the loop goes on with the next. Every `finally` on the way runs; no `catch` sees it.
import { LoopLeft } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const endIteration: StepType = {
  verb: 'next',
  summary: 'Ends this iteration of the loop around it; the loop goes on with the next one.',
  example: `- foreach: event.body.lines
  steps:
    - if: item.quantity == 0
      next: true
    - uses: log.write
      with: { message: "\${{ item.sku }} is to be packed" }
`,
  fields: {
    next: {
      kind: 'literal',
      summary: '`true`. The loop is the innermost `foreach`, `while` or `repeat` around it.',
      required: true,
      schema: { const: true, description: '`true`' },
    },
  },
  output: 'null',
  run() {
    throw new LoopLeft('next');
  },
};
