// `break`: ends the loop around it. Every `finally` on the way runs; no `catch` sees it.
import { LoopLeft } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const leaveLoop: StepType = {
  verb: 'break',
  summary: 'Ends the loop around it; the flow goes on behind the loop.',
  example: `- foreach: event.body.warehouses
  steps:
    - id: stock
      uses: http.request
      with: { url: "https://stock.example/\${{ item }}/\${{ event.body.sku }}" }
    - if: steps.stock.output.body.free > 0
      break: true
`,
  fields: {
    break: {
      kind: 'literal',
      summary: '`true`. The loop is the innermost `foreach`, `while` or `repeat` around it.',
      required: true,
      schema: { const: true, description: '`true`' },
    },
  },
  output: 'null',
  run() {
    throw new LoopLeft('break');
  },
};
