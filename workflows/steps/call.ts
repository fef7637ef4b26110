// `call`: runs another flow as a run of its own, and goes on with what it gives. A call is one run, however often it is tried.
import type { Template } from '../definition.ts';
import type { StepType } from './step.ts';

export const call: StepType = {
  verb: 'call',
  summary: 'Starts another flow as a run of its own, waits for its end and goes on with its output.',
  example: `- id: shipped
  call: ship-parcel
  input:
    order_id: \${{ event.body.id }}
  timeout: 2d
`,
  fields: {
    call: {
      kind: 'literal',
      summary: 'The name of the flow.',
      required: true,
      schema: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', maxLength: 64, description: 'the name of a flow' },
    },
    input: {
      kind: 'template',
      summary: 'What the flow gets as `input`, checked against its `input`. An empty map by default.',
    },
    detach: {
      kind: 'literal',
      summary:
        'The end of its run is not waited for; the output is `{run, flow}` at once, `{run: null, flow, event}` of a flow that gathers events.',
      schema: { type: 'boolean' },
    },
  },
  output:
    'What the run of the flow gives as its output; with `detach` its `{run, flow}`. A flow with `debounce` or `batch` has no run for each call: then `run` is null and `event` the id of what was gathered.',
  ownTimeout: true,
  waitsForEver: true,
  run: (step, context) =>
    context.callFlow({
      flow: step['call'] as string,
      input: () => (step['input'] === undefined ? {} : context.render(step['input'] as Template)),
      detach: step['detach'] === true,
    }),
};
