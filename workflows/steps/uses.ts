// `uses`: calls a connector. The only verb that reaches the outside; secrets stay slots until the activity fills them.
import type { Template } from '../definition.ts';
import type { StepType } from './step.ts';

export const uses: StepType = {
  verb: 'uses',
  summary: 'Calls a connector, with retries; the answer is the output.',
  example: `- id: reserve
  uses: http.request
  with: { method: POST, url: "https://stock.example/reservations", body: { sku: "\${{ event.body.sku }}" } }
  timeout: 10m
`,
  fields: {
    uses: {
      kind: 'literal',
      summary: 'The connector and its action, such as `http.request`.',
      required: true,
      schema: { type: 'string', pattern: '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$' },
    },
    with: {
      kind: 'template',
      summary: "The action's input.",
      schema: { type: 'object' },
      secrets: true,
    },
    connection: {
      kind: 'literal',
      summary: 'Name of the `connection:` document with credentials and settings.',
      schema: { type: 'string' },
    },
  },
  output: "What the connector's action returns.",
  ownTimeout: true,
  run: (step, context) =>
    context.call({
      connector: step['uses'] as string,
      with: (step['with'] as Template | undefined) ?? {},
      connection: step['connection'] as string | undefined,
    }),
};
