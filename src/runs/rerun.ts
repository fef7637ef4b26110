// Runs an event again: as a new run from the start, or from a step by a reset of the run that there is.
//
// `--from` goes through Temporal's reset and not through a journal made here, because the history up to the step is what really
// happened: everything that ended before it is replayed and not made again, and the step's calls keep their idempotency keys, so that
// a service which took one already answers as it did. A journal made from outside would have to guess what the interpreter knew.
import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { SearchAttributes } from '@temporalio/common';
import type { ConnectorCall, Flow, RunInput } from '../../workflows/definition.ts';
import { WORKFLOW_TYPE } from '../../workflows/definition.ts';
import { runKeyOf } from '../approvals/link-signature.ts';
import { SEARCH_ATTRIBUTES } from '../temporal/namespace.ts';
import { hasEnded } from '../temporal/run-over.ts';
import type { RunsConnection } from './connection.ts';
import { inputOf, inputsOf, readEvents, readExecutions, summaryOf, type HistoryEvent } from './history.ts';
import { stepNamed } from './show.ts';

const WORKFLOW_TASK_TIMEOUT_MS = 5_000;
/** Reruns of one run; the id of each ends with `~rN`. */
const RERUNS_MAX = 1_000;
/** temporal.api.enums.v1.ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE: whoever waited for the answer is gone. */
const EXCLUDE_UPDATES = 2;
/** What undoing leaves in a history: the timer of each undo (workflows/undo.ts). */
const UNDO_TIMER = /^time for the undo of /;

/** It cannot be run again so; the message says why and what to do. */
export class RerunError extends Error {
  override name = 'RerunError';
}

/** A definition and its hash, where not the pinned one is to run. */
export interface OtherDefinition {
  flow: Flow;
  hash: string;
  /** Values of `config.NAME` that are set here; others stay what they were. */
  config: RunInput['config'];
  /** What links of approvals are made with, for a run that was given none; undefined where the store is not at hand. */
  links?: { serverKey: string; url: string } | undefined;
}

/** Starts a new run of the same event, all calls made anew. Resolves with its workflow id. */
export async function rerun(runs: RunsConnection, workflowId: string, other?: OtherDefinition): Promise<string> {
  const [first] = await readExecutions(runs, workflowId);
  const pinned = await inputOf(runs, first?.events[0]);
  const { respondWithinMs: _nobodyWaits, ...input } = pinned;
  const base = workflowId.replace(/~r\d+$/, '');
  const changed = other === undefined ? input : changedInput(input, other, base);
  const started = first?.events[0]?.workflowExecutionStartedEventAttributes;
  const searchAttributes = await ownAttributes(runs, workflowId);
  for (let number = 1; number <= RERUNS_MAX; number += 1) {
    const id = `${base}~r${number}`;
    try {
      await runs.client.workflow.start(WORKFLOW_TYPE, {
        args: [changed],
        taskQueue: started?.taskQueue?.name ?? runs.taskQueue,
        workflowId: id,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
        searchAttributes,
        staticSummary: `${changed.flow.flow} · again`,
        memo: {
          definition: changed.definitionHash,
          engine: changed.engine,
          source: changed.event.source,
          rerun_of: workflowId,
        },
      });
      return id;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  throw new RerunError(`${workflowId} was run again ${RERUNS_MAX} times already`);
}

/** The key is that of the first run, by which links of all its reruns are checked (src/approvals/link.ts). */
function changedInput(input: RunInput, { flow, hash, config, links }: OtherDefinition, firstRun: string): RunInput {
  const changed: RunInput = { ...input, flow, definitionHash: hash, config: { ...input.config, ...config } };
  if (flow.approves !== true || links === undefined || input.approvals !== undefined) return changed;
  return { ...changed, approvals: { key: runKeyOf(links.serverKey, firstRun), url: links.url } };
}

/** What the run is found by; on a cluster where nothing is registered, nothing. */
async function ownAttributes(runs: RunsConnection, workflowId: string): Promise<SearchAttributes> {
  const { searchAttributes } = await runs.client.workflow.getHandle(workflowId).describe();
  return Object.fromEntries(
    SEARCH_ATTRIBUTES.flatMap((name) => (searchAttributes[name] ? [[name, searchAttributes[name]]] : [])),
  );
}

/**
 * Runs a run again from the first call or wait of a step on, under the same id. What ended before is kept.
 * @throws RerunError when it still runs, undid what it had done, or holds no such step.
 */
export async function rerunFrom(
  runs: RunsConnection,
  workflowId: string,
  step: string,
  reason: string,
): Promise<string> {
  const { status, runId } = await runs.client.workflow.getHandle(workflowId).describe();
  if (!hasEnded(status.name)) {
    throw new RerunError(`${workflowId} still runs; cancel it first: hookline runs cancel ${workflowId}`);
  }
  const [first] = await readExecutions(runs, workflowId);
  const { flow } = await inputOf(runs, first?.events[0]);
  const events = await readEvents(runs, workflowId, runId);
  const found = await eventOf(runs, flow, events, step);
  const undone = events.find((event) => UNDO_TIMER.test(summaryOf(event)));
  if (undone !== undefined) {
    const what = summaryOf(undone).replace(UNDO_TIMER, '');
    throw new RerunError(
      `${workflowId} undid what it had done (\`${what}\`), so nothing before \`${step}\` can be taken as done. Run it from the start: leave out --from.`,
    );
  }
  const task =
    found.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ??
    found.timerStartedEventAttributes?.workflowTaskCompletedEventId;
  const { runId: fresh } = await runs.connection.workflowService.resetWorkflowExecution({
    namespace: runs.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: task,
    requestId: randomUUID(),
    reason,
    resetReapplyExcludeTypes: [EXCLUDE_UPDATES],
  });
  return fresh ?? '';
}

/** The first call or wait of the step, by id, name, or what `runs show` calls it. */
async function eventOf(runs: RunsConnection, flow: Flow, events: HistoryEvent[], step: string): Promise<HistoryEvent> {
  const labels = new Set<string>();
  const meant = stepNamed(flow, step);
  const label = meant?.name ?? meant?.id ?? step;
  for (const event of events) {
    if (!event.activityTaskScheduledEventAttributes && !event.timerStartedEventAttributes) continue;
    const summary = summaryOf(event);
    labels.add(summary);
    // What a step calls, and which iteration it is, stand behind its name.
    const isMeant =
      summary === step || summary === label || [' [', ' → '].some((mark) => summary.startsWith(label + mark));
    if (!isMeant) continue;
    // Two steps may have the same name; the call itself knows its id.
    if (meant?.id !== undefined && event.activityTaskScheduledEventAttributes) {
      const [call] = (await inputsOf(runs, event)) as ConnectorCall[];
      if (call?.run?.step !== undefined && call.run.step !== meant.id) continue;
    }
    return event;
  }
  const known = labels.size === 0 ? 'it made no calls and did not wait' : `there is: ${[...labels].join(', ')}`;
  throw new RerunError(`\`${step}\` is no step that called or waited since the run's history began; ${known}`);
}
