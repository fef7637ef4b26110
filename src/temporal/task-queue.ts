// How much work waits for workers on a task queue: what a process without a worker goes by instead of free slots.
import type { Client } from '@temporalio/client';

const RPC_TIMEOUT_MS = 5_000;
/** temporal.api.enums.v1.TaskQueueType: workflow and activity tasks. */
const WORKFLOW = 1;

/** Roughly how many workflow tasks wait on the queue (the server's own estimate). Rejects when the server does not answer. */
export async function backlogOf(client: Client, taskQueue: string): Promise<number> {
  const answer = await client.connection.withDeadline(Date.now() + RPC_TIMEOUT_MS, () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW,
      reportStats: true,
    }),
  );
  return Number(answer.stats?.approximateBacklogCount ?? 0);
}
