// Calls another flow: its run is one of its own, started through the inbox, and its end is an event that is waited for like any
// other. Must never start a second run for one call, whatever is tried again.
import type { FlowError, Json, JsonObject } from './definition.ts';
import { depthAfter } from './emit-event.ts';
import { decide } from './journal.ts';
import { CALL_END_WAIT_MS, CANCEL_CALL_TIMEOUT_MS, EMIT_DEPTH_MAX, STEP_TIMEOUT_MS } from './limits.ts';
import { labelOf, type Place } from './place.ts';
import { idempotencyKey, summaryText } from './run-path.ts';
import { CALL_SOURCE, RUN_END_TYPES, RUN_SOURCE, type RunEndStatus } from './run-life.ts';
import { failStep, StepFailure, withCause } from './step-failure.ts';
import {
  startStoreCall,
  storeCall,
  STORE_CALLS,
  type CallFlowAnswer,
  type CallFlowRequest,
  type CancelCallRequest,
  type RunEndRequest,
} from './store-call.ts';
import { waitForEvent } from './wait-for-event.ts';

/** What a step asks of another flow. */
export interface CallOrder {
  flow: string;
  /** Worked out when the flow is started. */
  input(): Json;
  /** Its end is not waited for. */
  detach: boolean;
}

/**
 * The output of the called run; `{run, flow}` when it is not waited for, `{run: null, flow, event}` when the flow gathers events. Throws StepFailure: `call_failed` with the run's error as
 * `cause`, `call_cancelled`, `timeout`, `emit_too_deep`, and what keeps the flow from being started.
 */
export async function callFlow(place: Place, order: CallOrder): Promise<Json> {
  const { run, node, step } = place;
  const { runtime } = run;
  const until = decide(node, 'call until', () =>
    step.timeoutMs === undefined ? null : runtime.now() + step.timeoutMs,
  );
  const leftMs = (): number => Math.max(1, (until ?? Number.MAX_SAFE_INTEGER) - runtime.now());
  const called = node.decided?.['called'] ?? (await startCall(place, order, leftMs()));
  const answer = decide(node, 'called', () => called as unknown as JsonObject) as unknown as CallFlowAnswer;
  if (order.detach) return detachedOutput(answer);
  const summary = summaryText(`end of ${answer.run}`);
  const end = await waitForEvent(place, {
    types: [...RUN_END_TYPES],
    source: RUN_SOURCE,
    where: { 'body.id': answer.run },
    match: undefined,
    lookbackMs: 0,
    timeoutMs: until === null ? undefined : leftMs(),
    after: answer.after,
    renewed: async (withinMs) => (await startCall(place, order, withinMs)).after,
    isAskedOnce: true,
    summary,
    text: `the end of ${answer.run}`,
    hasten: { ask: () => askToEnd(place, { flow: order.flow }), withinMs: CALL_END_WAIT_MS },
  });
  if (end !== undefined)
    return outputOf(order.flow, answer.run, (end as JsonObject)['body'] as unknown as RunEndRequest);
  throw failStep('timeout', `${answer.run} did not end within the timeout of ${step.timeoutMs} ms`);
}

/** A call that is gathered with others has no run of its own: what it has is its event. */
function detachedOutput({ run, flow, gathered }: CallFlowAnswer): JsonObject {
  return gathered === undefined ? { run, flow } : { run: null, flow, event: gathered };
}

/** The run's id is known before: people see it beside the call. */
async function startCall(place: Place, { flow, input, detach }: CallOrder, leftMs: number): Promise<CallFlowAnswer> {
  const { run, path } = place;
  const { runtime } = run;
  const depth = depthAfter(run.input.event);
  if (depth > EMIT_DEPTH_MAX) {
    const message = `events and calls of flows started one another ${EMIT_DEPTH_MAX} times in a row; \`${flow}\` is not called`;
    throw failStep('emit_too_deep', message);
  }
  const request: CallFlowRequest = { flow, input: input(), depth, awaited: !detach };
  const id = `${flow}/${CALL_SOURCE}~${idempotencyKey(runtime.workflowId, path)}`;
  const summary = summaryText(`${labelOf(place)} → ${id}`);
  const withinMs = Math.min(STEP_TIMEOUT_MS, leftMs);
  try {
    const answer = await storeCall(place, STORE_CALLS.call, request as unknown as JsonObject, withinMs, summary);
    return answer as unknown as CallFlowAnswer;
  } catch (thrown) {
    const isOver = thrown instanceof StepFailure && thrown.error.code === 'timeout';
    // Whether the flow was started is not known.
    if (!detach && (isOver || runtime.isCancellation(thrown))) {
      await runtime.nonCancellable(() => askToEnd(place, isOver ? { flow, underway: true } : { flow }));
    }
    throw thrown;
  }
}

/** Best effort: a run that nobody waits for any more ends by itself at some time. */
async function askToEnd(place: Place, request: CancelCallRequest): Promise<void> {
  try {
    await startStoreCall(place, STORE_CALLS.cancelCall, request, CANCEL_CALL_TIMEOUT_MS);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
  }
}

function outputOf(flow: string, run: string, end: Pick<RunEndRequest, 'status' | 'output' | 'error'>): Json {
  const status: RunEndStatus = end.status;
  if (status === 'completed') return end.output ?? null;
  if (status === 'cancelled') throw failStep('call_cancelled', `the run ${run} of \`${flow}\` was cancelled`);
  const cause = end.error as unknown as FlowError | undefined;
  if (cause === undefined) throw failStep('call_failed', `the run ${run} of \`${flow}\` failed`);
  const message = `the run ${run} of \`${flow}\` failed: ${cause.message}`;
  throw new StepFailure(withCause({ code: 'call_failed', message, step: null, attempt: 1 }, cause));
}
