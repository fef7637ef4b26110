// Waits for what a run answers to the sender of its event (`respond: result`). It must never wait beyond the time given,
// and never fail a sender because Temporal is slow: not known yet is `pending`.
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { setTimeout as pause } from 'node:timers/promises';
import { RESPONSE_UPDATE, type RunResponse, type RunResult } from '../../workflows/definition.ts';
import type { Answer, Answered } from '../server/answer.ts';
import { hasEnded } from './run-over.ts';
import { workflowIdOf } from './workflow-id.ts';

/** A run without `respond` answers with what it returned. */
const DEFAULT_STATUS = 200;
/** The dispatcher may be starting the run right now: that there is none is believed only after this. */
const START_RACE_MS = 2_000;
const START_RACE_POLL_MS = 50;

/** Asking again for the same event attaches to the same answer. */
export function createAnswer({ client }: { client: Client }): Answer {
  return async (start, withinMs) => {
    const handle = client.workflow.getHandle(workflowIdOf(start.flow, start.eventId));
    const deadline = Date.now() + withinMs;
    const ask = (): Promise<Answered> =>
      client.connection.withDeadline(deadline, () =>
        start.respondsEarly ? early(handle, start.eventId) : atTheEnd(handle),
      );
    return inTime(withinMs, onceThere(ask, Math.min(deadline, Date.now() + START_RACE_MS)).catch(failure));
  };
}

async function onceThere(ask: () => Promise<Answered>, deadline: number): Promise<Answered> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      if (Date.now() >= deadline) return { state: 'unknown' };
      await pause(START_RACE_POLL_MS);
    }
  }
}

async function atTheEnd(handle: WorkflowHandle): Promise<Answered> {
  const { response, output } = (await handle.result()) as RunResult;
  return { state: 'answered', response: response ?? { status: DEFAULT_STATUS, headers: {}, body: output } };
}

/** The answer may come before the end: an update waits for it. A run that has ended takes no updates: its result holds the answer. */
async function early(handle: WorkflowHandle, eventId: string): Promise<Answered> {
  for (;;) {
    try {
      const response = await handle.executeUpdate<RunResponse, []>(RESPONSE_UPDATE, { updateId: eventId });
      return { state: 'answered', response };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    // Not started yet when it was asked, or ended already? One that runs now was started meanwhile: ask it again.
    const { status } = await handle.describe();
    if (hasEnded(status.name)) return atTheEnd(handle);
    await pause(START_RACE_POLL_MS);
  }
}

/** What the run itself says went wrong is an answer; everything else (no connection, a deadline) is not known yet. */
function failure(error: unknown): Answered {
  if (!(error instanceof WorkflowFailedError) && !(error instanceof WorkflowUpdateFailedError))
    return { state: 'pending' };
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return failed(cause.type ?? 'run_failed', cause.message);
  if (cause instanceof CancelledFailure) return failed('no_response', 'the run was cancelled');
  if (cause instanceof TerminatedFailure) return failed('no_response', 'the run was terminated');
  if (cause instanceof TimeoutFailure) return failed('no_response', 'the run took too long');
  return failed('run_failed', cause?.message ?? 'the run failed');
}

function failed(code: string, message: string): Answered {
  return { state: 'failed', error: { code, message } };
}

/** The SDK's own deadline bounds each request, not its repetitions. */
async function inTime(withinMs: number, asked: Promise<Answered>): Promise<Answered> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answered>((resolve) => {
    timer = setTimeout(resolve, withinMs, { state: 'pending' });
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
