// `wait_until`: waits for a moment in time on a durable timer. The moment is journaled, so that it is worked out once.
import type { ExpressionText, Json } from '../definition.ts';
import { instantFromText } from '../expression/functions/time-text.ts';
import { WAIT_MS_MAX, WAIT_UNTIL_MS_MIN } from '../limits.ts';
import { after } from '../soon.ts';
import { failStep } from '../step-failure.ts';
import type { StepType } from './step.ts';

export const waitUntilTime: StepType = {
  verb: 'wait_until',
  summary: 'Waits until a moment; it survives restarts. A moment that is past is not waited for.',
  example: `- wait_until: time.add(event.body.due_at, "-3d")
`,
  fields: {
    wait_until: {
      kind: 'expression',
      summary:
        'The moment: ISO 8601 text (UTC without an offset), or Unix time in milliseconds; ten years ahead at most.',
      required: true,
    },
  },
  output: 'null',
  run(step, context) {
    const evaluate = (): number => momentOf(context.evaluate(step['wait_until'] as ExpressionText), context.now());
    return after(context.waitUntil(context.decide('moment', evaluate)), () => null);
  },
};

/** Unix milliseconds. Throws StepFailure when the value is no moment, or none that anybody can have meant. */
function momentOf(value: Json, now: number): number {
  const isTime = typeof value === 'string' || typeof value === 'number';
  const at = isTime ? instantFromText(value, 'UTC') : undefined;
  if (at === undefined) {
    const forms = 'ISO 8601 text such as `2026-12-24T18:00:00Z`, or Unix time in milliseconds';
    throw failStep('invalid_field', `\`wait_until\` needs a moment: ${forms}`);
  }
  if (at < WAIT_UNTIL_MS_MIN) {
    const message = '`wait_until` needs a moment and got one before the year 2000; an amount of time goes to `wait`';
    throw failStep('invalid_field', message);
  }
  if (at - now > WAIT_MS_MAX) throw failStep('invalid_field', '`wait_until` waits ten years at most');
  return at;
}
