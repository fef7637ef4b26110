// Runs as Temporal's visibility lists them, newest first, with where they are and why they failed. It changes nothing.
import { setTimeout as pause } from 'node:timers/promises';
import type { RunsConnection } from './connection.ts';
import { endText, failureText } from './failure-text.ts';
import { readEnd } from './history.ts';
import { RUN_STATES, stateOf, type RunState } from './states.ts';

export interface RunQuery {
  flow?: string | undefined;
  status?: RunState | undefined;
  /** Unix ms: started at or after. */
  since?: number | undefined;
  limit: number;
}

/** One run. */
export interface ListedRun {
  /** Workflow id. */
  run: string;
  runId: string;
  flow: string;
  status: RunState | 'unknown';
  /** What it does now: place and step. */
  step?: string | undefined;
  /** ISO 8601. */
  startedAt: string;
  durationMs: number;
  /** Of a failed run, or of the last attempt of what is tried again. */
  error?: string | undefined;
}

/** Details are asked for this many runs at a time. */
const DETAILS_AT_ONCE = 8;
/** A worker that is busy or away costs the step's name, not the list. */
const DETAILS_TIMEOUT_MS = 1_500;
/** Of the SDK: what a workflow says about itself. */
const METADATA_QUERY = '__temporal_workflow_metadata';
/** A query of Temporal's visibility. It names nothing that had to be registered. */
export function visibilityQuery({ flow, status, since }: Omit<RunQuery, 'limit'>): string {
  const parts = ["WorkflowType = 'runFlow'", "ExecutionStatus != 'ContinuedAsNew'"];
  if (flow !== undefined) parts.push(`WorkflowId STARTS_WITH '${flow}/'`);
  if (status !== undefined) parts.push(`ExecutionStatus = '${RUN_STATES[status]}'`);
  if (since !== undefined) parts.push(`StartTime >= '${new Date(since).toISOString()}'`);
  return parts.join(' AND ');
}

/** The runs that a query means, at most `limit`. */
export async function listRuns(runs: RunsConnection, query: RunQuery, now = Date.now()): Promise<ListedRun[]> {
  const found: ListedRun[] = [];
  const pageSize = Math.min(query.limit, 200);
  for await (const each of runs.client.workflow.list({ query: visibilityQuery(query), pageSize })) {
    const { workflowId, runId, startTime, closeTime, status } = each;
    found.push({
      run: workflowId,
      runId,
      flow: workflowId.slice(0, Math.max(workflowId.indexOf('/'), 0)),
      status: stateOf(status.name),
      startedAt: startTime.toISOString(),
      durationMs: (closeTime?.getTime() ?? now) - startTime.getTime(),
    });
    if (found.length >= query.limit) break;
  }
  for (let at = 0; at < found.length; at += DETAILS_AT_ONCE) {
    await Promise.all(found.slice(at, at + DETAILS_AT_ONCE).map((run) => addDetails(runs, run)));
  }
  return found;
}

async function addDetails(runs: RunsConnection, run: ListedRun): Promise<void> {
  if (run.status === 'completed') return;
  if (run.status !== 'running') {
    run.error = endText(await readEnd(runs, run.run, run.runId));
    return;
  }
  const [step, pending] = await Promise.all([currentStep(runs, run.run), pendingCalls(runs, run.run)]);
  const failing = pending.find(({ lastFailure }) => lastFailure);
  run.step = step ?? pending[0]?.activityType?.name ?? undefined;
  if (failing?.lastFailure) run.error = failureText(failing.lastFailure);
}

/** `flows/x.yaml:12: step`, as the run itself says; undefined when no worker answers in time. */
export async function currentStep(runs: RunsConnection, workflowId: string): Promise<string | undefined> {
  const handle = runs.client.workflow.getHandle(workflowId);
  const asked = runs.connection.withDeadline(Date.now() + DETAILS_TIMEOUT_MS, () =>
    handle.query<Metadata>(METADATA_QUERY),
  );
  const late = pause(DETAILS_TIMEOUT_MS, undefined, { ref: false });
  const metadata = await Promise.race([asked.catch(() => undefined), late]);
  return metadata?.currentDetails || undefined;
}
interface Metadata {
  currentDetails?: string;
}

/** The calls of a run that have not ended. */
export async function pendingCalls(runs: RunsConnection, workflowId: string) {
  const { raw } = await runs.client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities ?? [];
}
