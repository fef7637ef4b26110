// Tells runs of events they wait for, and asks whether a run is still there. Whatever cannot be told now is tried again by the caller.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { WAKE_SIGNAL } from '../../workflows/definition.ts';
import type { Wake } from '../../workflows/wakes.ts';
import type { WakeResult } from '../inbox/dispatch-wakes.ts';
import type { ClaimedWake } from '../inbox/waits.ts';
import { grpcFault } from './grpc-status.ts';
import { hasEnded } from './run-over.ts';

/** A signal not answered by then is sent again; a run ignores a repeat. */
const SIGNAL_TIMEOUT_MS = 5_000;

/** Sends a wake to the run that holds the workflow id now, continued ones included. Never rejects. */
export function createWakeRun(client: () => Client | undefined): (wake: ClaimedWake) => Promise<WakeResult> {
  return async ({ workflowId, waiter, position, event }) => {
    const connected = client();
    if (connected === undefined) return { state: 'unavailable', error: 'not connected to Temporal yet' };
    // The run knows its waits by the paths of their steps.
    const wake: Wake = { waiter: waiter.slice(workflowId.length + 1), position, event };
    try {
      await inTime(connected, () => connected.workflow.getHandle(workflowId).signal<[Wake]>(WAKE_SIGNAL, wake));
      return { state: 'sent' };
    } catch (error) {
      if (isGone(error)) return { state: 'gone' };
      const fault = grpcFault(error);
      if (fault === null) return { state: 'unavailable', error: (error as Error).message };
      // A run that takes no more signals, for example: it may again once it continued as new.
      const state = fault.status === 'INVALID_ARGUMENT' ? 'refused' : 'unavailable';
      return { state, error: `${fault.status}: ${fault.details}` };
    }
  };
}

/** Whether a run has ended. Rejects when Temporal does not say. */
export function createRunIsOver(client: () => Client | undefined): (workflowId: string) => Promise<boolean> {
  return async (workflowId) => {
    const connected = client();
    if (connected === undefined) throw new Error('not connected to Temporal yet');
    try {
      const { status } = await inTime(connected, () => connected.workflow.getHandle(workflowId).describe());
      return hasEnded(status.name);
    } catch (error) {
      if (isGone(error)) return true;
      throw error;
    }
  };
}

function isGone(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcFault(error)?.status === 'NOT_FOUND';
}

/** Core tries an unreachable server for longer than the call's deadline, so the wait is bounded here as well. */
async function inTime<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Temporal did not answer within ${SIGNAL_TIMEOUT_MS} ms`)),
      SIGNAL_TIMEOUT_MS,
    );
  });
  const asked = client.connection.withDeadline(Date.now() + SIGNAL_TIMEOUT_MS, ask);
  asked.catch(() => undefined); // When it fails after all, nobody waits any more.
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
