// What runs ask about other runs, as activities: to start one, to ask it to end, and to tell of their own end. All of it is idempotent,
// for Temporal may try each more than once.
import { Context } from '@temporalio/activity';
import type { ConnectorCall, Json } from '../workflows/definition.ts';
import { STORE_CALLS, type CallFlowAnswer, type CallFlowRequest, type RunEndRequest } from '../workflows/store-call.ts';
import { beating } from './store-calls.ts';

/** A step that calls a flow: its run, and the key that names the step in it. */
export interface CallOrigin {
  runId: string;
  key: string;
}

/** A run that has ended. */
export interface EndedRun {
  /** Workflow id. */
  id: string;
  flow: string;
  /** Temporal's id of its last execution. */
  execution: string;
}

/** Other runs, as far as runs reach them. */
export interface OtherRuns {
  /**
   * Starts the run of a call; of the same origin it is the same run. Throws an ApplicationFailure: `flow_broken`, `flow_unknown`,
   * `invalid_input`, `call_failed`.
   */
  call(request: CallFlowRequest, origin: CallOrigin): Promise<CallFlowAnswer>;
  /**
   * Asks the run of a call to end. One that was never started, or has ended, is left alone. `isUnderway`: an attempt at the call may not be
   * over, and may still make it.
   */
  cancelCall(flow: string, origin: CallOrigin, isUnderway: boolean): Promise<void>;
  /** Commits the event of a run's end, once. */
  runEnded(end: RunEndRequest, run: EndedRun): Promise<void>;
}

/** The activities, by type. */
export function createCallActivities(runs: OtherRuns): Record<string, (call: ConnectorCall) => Promise<Json>> {
  return {
    [STORE_CALLS.call]: beating(
      async (call) => (await runs.call(call.with as unknown as CallFlowRequest, originOf(call))) as unknown as Json,
    ),
    [STORE_CALLS.cancelCall]: beating(async (call) => {
      await runs.cancelCall(String(call.with['flow']), originOf(call), call.with['underway'] === true);
      return null;
    }),
    [STORE_CALLS.ended]: beating(async ({ with: input, run }) => {
      const { runId: execution } = Context.current().info.workflowExecution!;
      await runs.runEnded(input as unknown as RunEndRequest, { id: run.id, flow: run.flow, execution });
      return null;
    }),
  };
}

function originOf({ run, idempotencyKey }: ConnectorCall): CallOrigin {
  return { runId: run.id, key: idempotencyKey };
}
