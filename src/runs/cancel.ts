// Cancels a run and waits for what it still does: `finally`, and `undo` where the flow asks for it. It never terminates.
import { WorkflowFailedError } from '@temporalio/client';
import { hasEnded } from '../temporal/run-over.ts';
import type { RunsConnection } from './connection.ts';
import { stateOf, type RunState } from './states.ts';

/** Asks a run to end. Resolves with how it ended; `was` is what it had ended as before it was asked. */
export async function cancelRun(
  runs: RunsConnection,
  workflowId: string,
  reason: string,
): Promise<{ status: RunState | 'unknown'; was?: RunState | 'unknown' }> {
  const handle = runs.client.workflow.getHandle(workflowId);
  const before = await handle.describe();
  if (hasEnded(before.status.name)) {
    const ended = stateOf(before.status.name);
    return { status: ended, was: ended };
  }
  // The SDK's own cancel takes no reason.
  await runs.connection.workflowService.requestCancelWorkflowExecution({
    namespace: runs.namespace,
    workflowExecution: { workflowId },
    firstExecutionRunId: before.raw.workflowExecutionInfo?.firstRunId ?? '',
    requestId: `hookline-cancel-${before.runId}`,
    identity: 'hookline runs cancel',
    reason,
  });
  await handle.result().catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
  });
  return { status: stateOf((await handle.describe()).status.name) };
}
