// Asks Temporal to cancel a run, so that its `finally` and `undo` run. It never terminates one.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { grpcFault } from './grpc-status.ts';

/** A request not answered by then is made again by the caller. */
const CANCEL_TIMEOUT_MS = 5_000;

/** Cancels the run that holds the workflow id now. Resolves when it is asked, was asked before, or is over; else rejects. */
export function createCancelRun(client: () => Client | undefined): (workflowId: string) => Promise<void> {
  return async (workflowId) => {
    const connected = client();
    if (connected === undefined) throw new Error('not connected to Temporal yet');
    try {
      await connected.connection.withDeadline(Date.now() + CANCEL_TIMEOUT_MS, () =>
        connected.workflow.getHandle(workflowId).cancel(),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return;
      const status = grpcFault(error)?.status;
      if (status === 'NOT_FOUND' || status === 'ALREADY_EXISTS') return;
      throw error;
    }
  };
}
