// Whether a run has ended. A question for people's eyes: where Temporal does not say it soon, the run is taken to go on.
import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';

const ANSWER_WITHIN_MS = 1_000;
const ENDED: readonly WorkflowExecutionStatusName[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'];

/** Whether a run with this status has ended. One that is paused goes on, and so does one of a status that nobody knows yet. */
export function hasEnded(status: WorkflowExecutionStatusName): boolean {
  return ENDED.includes(status);
}

/** Makes the asking function; `client` is undefined while Temporal is not connected. */
export function createRunSeemsOver(client: () => Client | undefined): (workflowId: string) => Promise<boolean> {
  return async (workflowId) => {
    const at = client();
    if (at === undefined) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ANSWER_WITHIN_MS, false);
    });
    try {
      return await Promise.race([isOver(at, workflowId), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** One that Temporal does not know may not have started yet. */
async function isOver(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return hasEnded(status.name);
  } catch {
    return false;
  }
}
