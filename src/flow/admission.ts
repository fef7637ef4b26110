// Works out what an event's start has to wait for: the keys of `concurrency`, `rate`, `debounce` and `batch`, when the event is
// matched. Frozen with the start from then on. Must never let a value of an event into a key, an error or a log.
import { createHash, randomUUID } from 'node:crypto';
import { comparableText } from '../../workflows/comparable-text.ts';
import type { EventData, Json } from '../../workflows/definition.ts';
import { evaluateExpression, ExpressionError } from '../../workflows/expression/index.ts';
import type { StartAdmission } from '../inbox/store.ts';
import type { LoadedFlow } from './catalog.ts';

/** Hex digits of a key: no two values meet by chance. */
const KEY_DIGITS = 32;

/** What the start waits for (nothing: undefined), or why it cannot be known, without values of the event. */
export type Admitted = { admission: StartAdmission | undefined } | { failed: string };

/** Evaluates the keys of the flow for an event. */
export function admit(flow: LoadedFlow, event: EventData): Admitted {
  const { admission } = flow;
  if (admission === undefined) return { admission: undefined };
  const parts = Object.entries(admission).map(([name, part]) => {
    const { key, ...terms } = part as { key?: string };
    return { name, terms, key: keyOf(name, key, event) };
  });
  const failed = parts.flatMap((part) => (typeof part.key === 'object' ? part.key.failed : []));
  if (failed.length > 0) return { failed: failed[0]! };
  const entries = parts.map(({ name, terms, key }) => [name, { ...terms, key }]);
  return { admission: Object.fromEntries(entries) as StartAdmission };
}

function keyOf(name: string, key: string | undefined, event: EventData): string | { failed: string } {
  if (key === undefined) return '';
  const roots = { event: event as unknown as Json, input: event.body };
  try {
    const text = comparableText(evaluateExpression(key, { roots, now: () => event.time, uuid: randomUUID }));
    if (text === undefined) return { failed: `wrong_type: the key of \`${name}\` is no text, number or boolean` };
    return createHash('sha256').update(text).digest('hex').slice(0, KEY_DIGITS);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { failed: `${error.code}: the key of \`${name}\`: ${error.message}` };
  }
}
