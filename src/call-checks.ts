// Whether a call of a flow is taken, and the event that it then is: asked by running Hookline and by `hookline test` alike. It starts nothing
// and loads nothing of Temporal.
import type { EventData, Json } from '../workflows/definition.ts';
import { DEPTH_HEADER, RUN_HEADER } from '../workflows/emit-event.ts';
import { AWAIT_HEADER, CALL_SOURCE } from '../workflows/run-life.ts';
import type { CallFlowRequest } from '../workflows/store-call.ts';
import type { CallOrigin } from '../activities/call-activities.ts';
import { admit } from './flow/admission.ts';
import type { Catalog, LoadedFlow } from './flow/catalog.ts';
import { eventIdOf } from './server/event-id.ts';
import { fillInput } from './server/flow-input.ts';
import { mismatchText } from './server/schema.ts';

/** The call is not taken; the message is for the author of the flow. */
export class CallRefused extends Error {
  override name = 'CallRefused';
  /** A code of run errors. */
  readonly code: string;
  /** It may be taken later. */
  readonly isRetried: boolean;
  constructor(code: string, message: string, isRetried: boolean) {
    super(message);
    this.code = code;
    this.isRetried = isRetried;
  }
}

/** The event of a call, as it is committed. */
export type CallEvent = Pick<EventData, 'id' | 'type' | 'source' | 'body' | 'headers'>;

/** A flow that another process has already, or has still, may be here soon. */
const UNKNOWN_FLOW_AWAITED_MS = 60_000;
/** Input larger than what events of flows may say is no input. */
const INPUT_BYTES_MAX = 4 * 1024 * 1024;
/** Mismatches of an input that a message names. */
const MISMATCHES_TOLD_MAX = 5;

/**
 * The flow that is called, and the event of the call: its body is the input with the defaults of the flow's `input`. `now`: Unix
 * milliseconds. `triedMs`: for how long the call has been tried. Throws CallRefused: `flow_broken`, `flow_unknown`, `invalid_input`, `call_failed`.
 */
export function acceptCall(
  catalog: Catalog,
  request: CallFlowRequest,
  origin: CallOrigin,
  { now, triedMs }: { now: number; triedMs: number },
): { callee: LoadedFlow; event: CallEvent } {
  const callee = calleeOf(catalog, request, triedMs);
  const { depth, awaited } = request;
  const headers = { [RUN_HEADER]: origin.runId, [DEPTH_HEADER]: String(depth), [AWAIT_HEADER]: String(awaited) };
  const body = checkedInput(callee, request.input);
  const event = { id: callEventId(origin), type: CALL_SOURCE, source: CALL_SOURCE, body, headers };
  // It would be kept as an event that starts nothing, and its end would never come.
  const admits = admit(callee, { ...event, time: new Date(now).toISOString(), query: {} });
  if ('failed' in admits) {
    throw new CallRefused('call_failed', `no run of \`${request.flow}\` can be started: ${admits.failed}`, false);
  }
  return { callee, event };
}

/** The same for every try of a call. */
export function callEventId({ key }: CallOrigin): string {
  return eventIdOf(CALL_SOURCE, key);
}

function calleeOf(catalog: Catalog, { flow, awaited }: CallFlowRequest, triedMs: number): LoadedFlow {
  const { flows, brokenFlows } = catalog;
  const callee = flows.get(flow);
  if (callee === undefined) {
    if (brokenFlows?.has(flow) === true) {
      throw new CallRefused('flow_broken', `the flow \`${flow}\` has errors and is not loaded: correct its file`, true);
    }
    throw new CallRefused('flow_unknown', `no flow \`${flow}\` is loaded`, triedMs < UNKNOWN_FLOW_AWAITED_MS);
  }
  const { debounce, batch } = callee.admission ?? {};
  if (awaited && (debounce !== undefined || batch !== undefined)) {
    const message = `\`${flow}\` gathers events (\`debounce\` or \`batch\`), so no run of it is that of one call: call it with \`detach: true\``;
    throw new CallRefused('call_failed', message, false);
  }
  return callee;
}

/** With the defaults of the flow's `input`, as every run has it. */
function checkedInput(callee: LoadedFlow, given: Json): Json {
  const { definition } = callee;
  const bytes = Buffer.byteLength(JSON.stringify(given));
  if (bytes > INPUT_BYTES_MAX) {
    const message = `\`input\` is at most ${INPUT_BYTES_MAX} bytes as JSON, this one has ${bytes}`;
    throw new CallRefused('invalid_input', message, false);
  }
  if (definition.input === undefined) return given;
  const input = structuredClone(given);
  const mismatches = fillInput(callee, input);
  if (mismatches === undefined) return input;
  const told = mismatchText(mismatches.slice(0, MISMATCHES_TOLD_MAX));
  const message = `the input does not follow \`input\` of \`${definition.flow}\`: ${told}`;
  throw new CallRefused('invalid_input', message, false);
}
