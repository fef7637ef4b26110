// `wait_for`: waits for an event, found by what it says. One that came shortly before counts too, and each is taken once.
import type { ExpressionText, Json, Step, Template } from '../definition.ts';
import { sourceOfTypes } from '../emit-event.ts';
import { failStep } from '../step-failure.ts';
import type { StepContext } from '../step-context.ts';
import type { StepType } from './step.ts';

export const waitFor: StepType = {
  verb: 'wait_for',
  summary: 'Waits for an event. It costs nothing while it waits, and survives restarts.',
  example: `- id: payment
  wait_for: payment.received
  where: { body.order_id: "\${{ event.body.id }}" }
  timeout: 3d
  on_timeout:
    - uses: log.write
      with: { message: not paid in time }
`,
  fields: {
    wait_for: {
      kind: 'literal',
      summary: 'The type of the event, or a list of types.',
      required: true,
      schema: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
        ],
        description: 'an event type, or a list of them',
      },
    },
    source: {
      kind: 'literal',
      summary:
        'The source that the event comes from. Without it only events that flows `emit` count, and ends of runs (`run.failed`).',
      schema: { type: 'string' },
    },
    where: {
      kind: 'template',
      summary: 'By path in the event: what stands there, compared as text, so 5 is "5". All must hold.',
      schema: { type: 'object', minProperties: 1 },
    },
    match: {
      kind: 'expression',
      summary:
        'Asked of every event that `where` lets through, which is `candidate`: the first one it is true for is taken.',
      binds: ['candidate'],
    },
    lookback: {
      kind: 'duration',
      summary: 'Events so long before the one that started the run count too. Those since then always do.',
    },
    on_timeout: {
      kind: 'steps',
      summary: 'Steps when no event came within `timeout`; then the flow goes on. Without them the step fails.',
    },
  },
  output: 'The event, as `event` is: `{id, type, source, time, body, headers, query}`; null after `on_timeout`.',
  outputSchema: {
    type: 'object',
    properties: { id: {}, type: {}, source: {}, time: {}, body: {}, headers: {}, query: {} },
    additionalProperties: false,
  },
  ownTimeout: true,
  waitsForEver: true,
  run: waitForEvent,
};

async function waitForEvent(step: Step, context: StepContext): Promise<Json> {
  const steps = step['on_timeout'] as Step[] | undefined;
  const types = [step['wait_for'] as string | string[]].flat();
  const isOver = context.decided('timed out') === true;
  const event = isOver
    ? undefined
    : await context.waitForEvent({
        types,
        source: (step['source'] as string | undefined) ?? sourceOfTypes(types),
        where: (step['where'] as Record<string, Template> | undefined) ?? {},
        match: step['match'] as ExpressionText | undefined,
        lookbackMs: (step['lookback'] as number | undefined) ?? 0,
        timeoutMs: step.timeoutMs,
        looksAgain: true,
      });
  if (event !== undefined) return event;
  if (steps === undefined) throw failStep('timeout', `no such event came within the timeout of ${step.timeoutMs} ms`);
  context.decide('timed out', () => true);
  await context.runBlock('on_timeout', steps);
  return null;
}
