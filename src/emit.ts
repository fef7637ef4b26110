// Events that flows emit: matched to the flows that listen, and committed to the inbox like every delivery.
import type { EventData } from '../workflows/definition.ts';
import { DEPTH_HEADER, EMIT_SOURCE, RUN_HEADER } from '../workflows/emit-event.ts';
import type { RunStore } from '../activities/store-calls.ts';
import type { Catalog } from './flow/catalog.ts';
import { matchEvent, type Match } from './flow/match.ts';
import type { CommitEvent } from './inbox/commit-event.ts';
import { eventIdOf } from './server/event-id.ts';

export interface EmitDeps {
  catalog(): Catalog;
  commitEvent: CommitEvent;
}

/** A repeat finds the first one's commit: its time, and the flows that listened then. */
export function createEmit({ catalog, commitEvent }: EmitDeps): RunStore['emit'] {
  return async ({ type, body }, { key, runId, depth }) => {
    const id = eventIdOf(EMIT_SOURCE, key);
    const headers = { [RUN_HEADER]: runId, [DEPTH_HEADER]: String(depth) };
    const starts = (event: EventData): Match[] => matchEvent(catalog(), event);
    await commitEvent({ id, source: EMIT_SOURCE, deliveryId: key, type, body, headers, starts });
    return id;
  };
}
