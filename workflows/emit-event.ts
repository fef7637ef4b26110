// Emits an event: it is committed to the inbox under an id made from the step's place in the run, so that it is one event however
// often the step is tried. Events that flows emit in answer to one another carry a count, which ends an endless exchange.
import type { EventData, Json } from './definition.ts';
import { EMIT_DEPTH_MAX, STEP_TIMEOUT_MS } from './limits.ts';
import type { Place } from './place.ts';
import { CALL_SOURCE, isRunEndPattern, RESERVED_TYPE_PREFIXES, RUN_SOURCE } from './run-life.ts';
import type { Soon } from './soon.ts';
import { failStep } from './step-failure.ts';
import { storeCall, STORE_CALLS } from './store-call.ts';

/** Source of events that flows emit. No inbound URL can have the name. */
export const EMIT_SOURCE = 'emit';
/** Header of an event of flows: how many of them lie between it and one from outside, itself included. */
export const DEPTH_HEADER = 'hookline-depth';
/** Header of an event of flows: the run that emitted it, called by it, or ended. */
export const RUN_HEADER = 'hookline-run';
/** What an event type may be made of. */
export const EVENT_TYPE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;

/** Source of the events that batches of events make. No inbound URL can have the name. */
export const BATCH_SOURCE = 'batch';

/** Sources whose events are made here, so that their headers are ours. */
const OWN_SOURCES: ReadonlySet<string> = new Set([EMIT_SOURCE, CALL_SOURCE, RUN_SOURCE, BATCH_SOURCE]);

/** Commits the event; the result is `{id, type}`. Throws StepFailure for a type that is none or reserved, and beyond EMIT_DEPTH_MAX. */
export function emitEvent(place: Place, type: Json, body: Json): Soon<Json> {
  if (typeof type !== 'string' || !EVENT_TYPE.test(type)) {
    const form = 'letters, digits, `_`, `.`, `:`, `/` and `-`, 128 at most, such as `order.created`';
    throw failStep('invalid_field', `\`emit\` needs an event type: ${form}`);
  }
  const reserved = RESERVED_TYPE_PREFIXES.find((prefix) => type.startsWith(prefix));
  if (reserved !== undefined) {
    throw failStep('invalid_field', `no flow can emit \`${type}\`: events \`${reserved}*\` are Hookline's own`);
  }
  const depth = depthAfter(place.run.input.event);
  if (depth > EMIT_DEPTH_MAX) {
    const message = `events of flows started one another ${EMIT_DEPTH_MAX} times in a row; this one is not emitted`;
    throw failStep('emit_too_deep', message);
  }
  const withinMs = place.step.timeoutMs ?? STEP_TIMEOUT_MS;
  return storeCall(place, STORE_CALLS.emit, { type, body, depth }, withinMs);
}

/** The depth of an event that a run makes which this one started. A sender outside can set what headers it likes, so they do not count. */
export function depthAfter({ source, headers }: Pick<EventData, 'source' | 'headers'>): number {
  const depth = OWN_SOURCES.has(source) ? Number(headers[DEPTH_HEADER]) : 0;
  return Number.isInteger(depth) && depth > 0 ? depth + 1 : 1;
}

/** The source of events of these types where none is named: of runs' ends, or of flows. */
export function sourceOfTypes(types: string[]): string {
  return types.some(isRunEndPattern) ? RUN_SOURCE : EMIT_SOURCE;
}
