// How Hookline's own events (of schedules, of `emit`, of runs by hand) reach the inbox: as a delivery, so that their runs start like any other.
// It never reports an event that is not on disk.
import type { EventData, Json } from '../../workflows/definition.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import { admitted, outcomeOf, type Match } from '../flow/match.ts';
import { claimedStarts } from '../server/claimed-starts.ts';
import type { ClaimedStart, NewStart, Store } from './store.ts';

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
  /** The flows that it is for, at their definitions of now; or what finds those that listen to it. */
  starts: LoadedFlow[] | ((event: EventData) => OwnMatch[]);
}

/** A flow that an event of our own is for, and whether it starts. */
export type OwnMatch = Pick<Match, 'flow' | 'outcome' | 'reason' | 'admission'>;

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
  return async ({ id, source, deliveryId, type, body, headers, starts: wanted }) => {
    const receivedAt = clock();
    const time = new Date(receivedAt).toISOString();
    const event: EventData = { id, type, source, time, body, headers, query: {} };
    const matches = typeof wanted === 'function' ? wanted(event) : wanted.map((flow) => addressed(flow, event));
    const starting = matches.filter(({ outcome }) => outcome === 'matched');
    for (const { flow } of starting) await store.putDefinition(flow.hash, JSON.stringify(flow.definition));
    const starts = starting.map(startOf);
    const reason = matches.find(({ outcome }) => outcome === 'filter_failed')?.reason;
    const { duplicate, startIds } = await store.accept({
      source,
      deliveryId,
      receivedAt,
      method: 'POST',
      headers,
      query: {},
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(body)),
      events: [{ id, type, starts, outcome: outcomeOf(matches), reason }],
    });
    if (!duplicate) accepted?.(claimedStarts(event, receivedAt, starts, startIds));
    return { duplicate };
  };
}

function addressed(flow: LoadedFlow, event: EventData): OwnMatch {
  return admitted<OwnMatch>({ flow, outcome: 'matched' }, event);
}

function startOf({ flow, admission }: OwnMatch): NewStart {
  const start = { flow: flow.definition.flow, definitionHash: flow.hash };
  return admission === undefined ? start : { ...start, admission };
}
