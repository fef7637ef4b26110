// Follows a run as it happens, across its continuations: history by long poll, tries of calls under way by asking. It changes nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { grpcFault } from '../temporal/grpc-status.ts';
import type { RunsConnection } from './connection.ts';
import { endText } from './failure-text.ts';
import type { HistoryEvent } from './history.ts';
import { pendingCalls } from './list.ts';
import { stepsOf, type PendingCall, type RunStep } from './steps.ts';

/** The server answers a long poll without news after 20 s, and then it is asked again. */
const LONG_POLL_TIMEOUT_MS = 70_000;
/** Tries of a call are not in the history before it has ended. */
const PENDING_POLL_MS = 1_000;
/** The inbox starts it within this, unless Temporal is away. */
const START_POLL_MS = 100;

/** One page of a history. */
interface Page {
  events: HistoryEvent[];
  /** Where to go on; undefined when the execution has ended. */
  next: Uint8Array | undefined;
}

/**
 * Calls `changed` with all steps so far whenever something may have changed. Resolves when the run has ended: with the
 * reason, when it did not complete; undefined too when it is not there and `isComing` says that it will not be.
 * @throws Error when Temporal stops answering.
 */
export async function followRun(
  runs: RunsConnection,
  workflowId: string,
  changed: (steps: RunStep[]) => void,
  isComing: () => Promise<boolean> = async () => true,
): Promise<string | undefined> {
  const earlier: RunStep[] = [];
  let events: HistoryEvent[] = [];
  let pending: PendingCall[] = [];
  const tell = (): void => changed([...earlier, ...stepsOf(events, pending)]);
  const stopAsking = repeat(async () => {
    pending = await pendingCalls(runs, workflowId);
    tell();
  });
  try {
    for (let runId = ''; ;) {
      let next: Uint8Array | undefined;
      do {
        const page = await readPage(runs, workflowId, runId, next, isComing);
        if (page === undefined) return undefined;
        events.push(...page.events);
        next = page.next;
        tell();
      } while (next !== undefined);
      const goesOn = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (!goesOn) return endText(events.at(-1));
      earlier.push(...stepsOf(events, []));
      events = [];
      runId = goesOn;
    }
  } finally {
    await stopAsking();
  }
}

async function readPage(
  runs: RunsConnection,
  workflowId: string,
  runId: string,
  nextPageToken: Uint8Array | undefined,
  isComing: () => Promise<boolean>,
): Promise<Page | undefined> {
  for (;;) {
    try {
      const page = await runs.connection.withDeadline(Date.now() + LONG_POLL_TIMEOUT_MS, () =>
        runs.connection.workflowService.getWorkflowExecutionHistory({
          namespace: runs.namespace,
          execution: { workflowId, runId },
          nextPageToken,
          waitNewEvent: true,
        }),
      );
      const token = page.nextPageToken;
      return { events: page.history?.events ?? [], next: token && token.length > 0 ? token : undefined };
    } catch (error) {
      // It waits in the inbox for its start.
      if (grpcFault(error)?.status !== 'NOT_FOUND') throw error;
      if (!(await isComing())) return undefined;
      await pause(START_POLL_MS);
    }
  }
}

/** Does something every PENDING_POLL_MS; what fails is done again the next time. The result stops it. */
function repeat(work: () => Promise<void>): () => Promise<void> {
  const stop = new AbortController();
  const done = (async () => {
    while (!stop.signal.aborted) {
      await pause(PENDING_POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) await work().catch(() => undefined);
    }
  })();
  return () => {
    stop.abort();
    return done;
  };
}
