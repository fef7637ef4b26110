// A run's history as events of all its continuations, oldest first, and what its input was. It decides nothing.
import { defaultPayloadConverter } from '@temporalio/common';
import {
  extstoreInboundOptions,
  visit,
  walkGetWorkflowExecutionHistoryResponse,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import type { RunInput } from '../../workflows/definition.ts';
import type { RunsConnection } from './connection.ts';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Continuations that are followed back; earlier ones are left out. */
const CONTINUATIONS_MAX = 20;
const PAGE_TIMEOUT_MS = 20_000;

/** One execution of a run. */
export interface Execution {
  runId: string;
  events: HistoryEvent[];
}

/** The executions of a run, the newest last; `workflowId` may be of a run that goes on. */
export async function readExecutions(runs: RunsConnection, workflowId: string): Promise<Execution[]> {
  const executions: Execution[] = [];
  let runId = '';
  while (executions.length < CONTINUATIONS_MAX) {
    const events = await readEvents(runs, workflowId, runId);
    const started = events[0]?.workflowExecutionStartedEventAttributes;
    executions.unshift({ runId: runId || (started?.originalExecutionRunId ?? ''), events });
    runId = started?.continuedExecutionRunId ?? '';
    if (runId === '') break;
  }
  return executions;
}

/** All events of one execution so far. */
export async function readEvents(runs: RunsConnection, workflowId: string, runId: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await runs.connection.withDeadline(Date.now() + PAGE_TIMEOUT_MS, () =>
      runs.connection.workflowService.getWorkflowExecutionHistory({
        namespace: runs.namespace,
        execution: { workflowId, runId },
        nextPageToken,
      }),
    );
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken ?? undefined;
  } while (nextPageToken !== undefined && nextPageToken.length > 0);
  return events;
}

/** The last event of an execution that has ended, e.g. its failure. */
export async function readEnd(
  runs: RunsConnection,
  workflowId: string,
  runId: string,
): Promise<HistoryEvent | undefined> {
  const page = await runs.connection.withDeadline(Date.now() + PAGE_TIMEOUT_MS, () =>
    runs.connection.workflowService.getWorkflowExecutionHistory({
      namespace: runs.namespace,
      execution: { workflowId, runId },
      // temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT
      historyEventFilterType: 2,
    }),
  );
  return page.history?.events?.at(-1);
}

/**
 * What the run was started with.
 * @throws Error when it lies in a data folder that is not here.
 */
export async function inputOf(runs: RunsConnection, started: HistoryEvent | undefined): Promise<RunInput> {
  const [input] = await inputsOf(runs, started);
  if (input === undefined) throw new Error('the run has no input');
  return input as RunInput;
}

/** The arguments of a started run or of a scheduled activity, wherever they are kept. */
export async function inputsOf(runs: RunsConnection, event: HistoryEvent | undefined): Promise<unknown[]> {
  const response = { history: { events: event === undefined ? [] : [structuredClone(event)] } };
  await visit(
    response,
    walkGetWorkflowExecutionHistoryResponse,
    extstoreInboundOptions(runs.dataConverter.externalStorage),
  );
  const [resolved] = response.history.events;
  const input =
    resolved?.workflowExecutionStartedEventAttributes?.input ?? resolved?.activityTaskScheduledEventAttributes?.input;
  return (input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload));
}

/** The text beside a step or a timer; empty without one. */
export function summaryOf({ userMetadata }: HistoryEvent): string {
  const { summary } = userMetadata ?? {};
  return summary ? String(defaultPayloadConverter.fromPayload(summary)) : '';
}

/** Milliseconds since 1970 of an event. */
export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}
