// The activities that are not connectors: what runs and schedules ask of Hookline itself. All that they begin goes through the inbox.
import { createStoreCalls } from '../activities/store-calls.ts';
import { createDecide } from './approvals/decide.ts';
import { createApprovalCalls } from './approvals/run-side.ts';
import { createEmit } from './emit.ts';
import type { Engine } from './engine.ts';
import type { Catalog } from './flow/catalog.ts';
import { createCommitEvent } from './inbox/commit-event.ts';
import type { ClaimedStart, Store } from './inbox/store.ts';
import { createScheduleActivities } from './temporal/schedule-activities.ts';

export interface OwnActivityDeps {
  store: Store;
  catalog(): Catalog;
  /** Undefined until it has started. */
  engine(): Engine | undefined;
  /** Takes starts that were committed here; without it the dispatcher of another process finds them in the store. */
  accepted?(starts: ClaimedStart[]): void;
}

/** By activity type. */
export function createOwnActivities({ store, catalog, engine, accepted }: OwnActivityDeps): object {
  const commitEvent = createCommitEvent({ store, clock: Date.now, accepted });
  const emit = createEmit({ catalog, clock: Date.now, commitEvent });
  const decide = createDecide({ store, commitEvent, clock: Date.now });
  return {
    ...createStoreCalls({
      registerWaiter: store.registerWaiter,
      lookBack: store.lookBack,
      forgetWaiter: store.forgetWaiter,
      emit,
      ...createApprovalCalls({ store, decide, clock: Date.now }),
    }),
    ...createScheduleActivities({ catalog, store, commitEvent, client: () => engine()?.client() }),
  };
}
