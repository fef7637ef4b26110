// How Hookline's own events (of schedules, of `emit`) reach the inbox: as a delivery, so that their runs start like any other.
// It never reports an event that is not on disk.
import type { EventData, Json } from '../../workflows/definition.ts';
import { admit } from '../flow/admission.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import { claimedStarts } from '../server/claimed-starts.ts';
import type { ClaimedStart, NewEvent, NewStart, Store } from './store.ts';

/** An event that no request brought. */
export interface OwnEvent {
  /** From what it is derived it is the same at every try: of a second commit nothing is stored. */
  id: string;
  /** A reserved name, such as `schedule`. */
  source: string;
  /** Unique within the source. */
  deliveryId: string;
  type: string;
  body: Json;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The flows that it starts, at their definitions of now. */
  starts: LoadedFlow[];
  /** What became of it; absent: `matched` when it starts something. */
  outcome?: NewEvent['outcome'];
  /** For `filter_failed`: why. */
  reason?: string;
}

/**
 * Commits an event with its starts, and hands the starts on. Resolves after the commit reached the disk.
 * @returns whether it was there already.
 * @throws StoreUnavailableError: nothing was stored.
 */
export type CommitEvent = (event: OwnEvent) => Promise<{ duplicate: boolean }>;

export interface CommitEventDeps {
  store: Pick<Store, 'accept' | 'putDefinition'>;
  clock(): number;
  /** Called after each commit with the starts that are to be dispatched. */
  accepted?(starts: ClaimedStart[]): void;
}

/** Makes the committing function of one process. */
export function createCommitEvent({ store, clock, accepted }: CommitEventDeps): CommitEvent {
  return async ({ id, source, deliveryId, type, body, headers, starts: flows, ...known }) => {
    for (const { hash, definition } of flows) await store.putDefinition(hash, JSON.stringify(definition));
    const receivedAt = clock();
    const time = new Date(receivedAt).toISOString();
    const event: EventData = { id, type, source, time, body, headers, query: {} };
    const { starts, failed } = startsOf(flows, event);
    const { duplicate, startIds } = await store.accept({
      source,
      deliveryId,
      receivedAt,
      method: 'POST',
      headers,
      query: {},
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(body)),
      events: [{ id, type, starts, outcome: starts.length > 0 ? 'matched' : 'unmatched', ...failed, ...known }],
    });
    if (!duplicate) accepted?.(claimedStarts(event, receivedAt, starts, startIds));
    return { duplicate };
  };
}

/** A flow whose keys cannot be worked out for the event is not started; the event says why. */
function startsOf(
  flows: LoadedFlow[],
  event: EventData,
): { starts: NewStart[]; failed: Pick<NewEvent, 'outcome' | 'reason'> | undefined } {
  const starts: NewStart[] = [];
  let reason: string | undefined;
  for (const flow of flows) {
    const admits = admit(flow, event);
    if ('failed' in admits) {
      reason = admits.failed;
      continue;
    }
    const { admission } = admits;
    const start = { flow: flow.definition.flow, definitionHash: flow.hash };
    starts.push(admission === undefined ? start : { ...start, admission });
  }
  const failed = starts.length === 0 && reason !== undefined;
  return { starts, failed: failed ? { outcome: 'filter_failed', reason } : undefined };
}
