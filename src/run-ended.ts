// The ends of runs as events: whoever waits for a run goes on, and flows that listen start. Nobody is started by the end of its own
// runs, and no run's end starts anything when an end started that run, so that ends cannot follow one another for ever.
import type { EventData, Json, JsonObject } from '../workflows/definition.ts';
import { DEPTH_HEADER, RUN_HEADER } from '../workflows/emit-event.ts';
import { EMIT_DEPTH_MAX } from '../workflows/limits.ts';
import { EXECUTION_HEADER, RUN_SOURCE, runEndType } from '../workflows/run-life.ts';
import type { RunEndRequest } from '../workflows/store-call.ts';
import type { EndedRun, OtherRuns } from '../activities/call-activities.ts';
import type { Catalog } from './flow/catalog.ts';
import { matchEvent, type Match } from './flow/match.ts';
import type { CommitEvent } from './inbox/commit-event.ts';
import { eventIdOf } from './server/event-id.ts';

export interface RunEndedDeps {
  catalog(): Catalog;
  commitEvent: CommitEvent;
  /** The page of a run in Temporal's UI, where it is known. */
  runLink?(workflowId: string): string | undefined;
  /** Gives back what the run was admitted with. */
  released?(workflowId: string): Promise<void>;
}

/** A repeat finds the first one's commit. */
export function createRunEnded(deps: RunEndedDeps): OtherRuns['runEnded'] {
  return async (end, run) => {
    await deps.released?.(run.id);
    const { status, depth } = end;
    // A run that is made to run again from a step ends once more.
    const deliveryId = `${run.id} ${status} ${run.execution}`;
    const id = eventIdOf(RUN_SOURCE, deliveryId);
    const type = runEndType(status);
    const body = bodyOf(deps, end, run);
    const headers = { [RUN_HEADER]: run.id, [DEPTH_HEADER]: String(depth), [EXECUTION_HEADER]: run.execution };
    const starts = (event: EventData): Match[] => listeners(deps.catalog(), event, end, run.flow);
    await deps.commitEvent({ id, source: RUN_SOURCE, deliveryId, type, body, headers, starts });
  };
}

function listeners(catalog: Catalog, event: EventData, end: RunEndRequest, ended: string): Match[] {
  if (end.event.source === RUN_SOURCE || end.depth > EMIT_DEPTH_MAX) return [];
  return matchEvent(catalog, event).filter(({ flow }) => flow.definition.flow !== ended);
}

function bodyOf(deps: RunEndedDeps, end: RunEndRequest, run: EndedRun): Json {
  const { status, startedAt, endedAt, event, output, error } = end;
  const url = deps.runLink?.(run.id);
  const body: JsonObject = { id: run.id, flow: run.flow, status, started_at: startedAt, ended_at: endedAt, event };
  if (output !== undefined) body['output'] = output;
  if (error !== undefined) body['error'] = error;
  if (url !== undefined) body['url'] = url;
  return body;
}
