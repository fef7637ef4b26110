// The activities that are not connectors: what runs and schedules ask of Hookline itself. All that they begin goes through the inbox.
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { createCallActivities } from '../activities/call-activities.ts';
import { createStoreCalls } from '../activities/store-calls.ts';
import { createCalls } from './call-flow.ts';
import { createDecide } from './approvals/decide.ts';
import { createApprovalCalls } from './approvals/run-side.ts';
import { createEmit } from './emit.ts';
import type { Engine } from './engine.ts';
import type { Catalog } from './flow/catalog.ts';
import { createCommitEvent } from './inbox/commit-event.ts';
import type { ClaimedStart, Store } from './inbox/store.ts';
import { createRunEnded } from './run-ended.ts';
import { runLink } from './temporal/links.ts';
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
  const emit = createEmit({ catalog, commitEvent });
  const client = (): Client | undefined => engine()?.client();
  const triedMs = (): number => Date.now() - Context.current().info.scheduledTimestampMs;
  const calls = createCalls({ catalog, store, commitEvent, client, clock: Date.now, triedMs });
  const linkOf = (workflowId: string): string | undefined => {
    const { uiUrl, namespace } = engine() ?? {};
    return uiUrl === undefined || namespace === undefined ? undefined : runLink(uiUrl, namespace, workflowId);
  };
  const released = (workflowId: string): Promise<void> => store.releaseSlots(workflowId, Date.now());
  const runEnded = createRunEnded({ catalog, commitEvent, runLink: linkOf, released });
  const decide = createDecide({ store, commitEvent, clock: Date.now });
  return {
    ...createStoreCalls({
      registerWaiter: store.registerWaiter,
      lookBack: store.lookBack,
      recordFound: store.recordFound,
      forgetWaiter: store.forgetWaiter,
      emit,
      ...createApprovalCalls({ store, decide, clock: Date.now }),
    }),
    ...createCallActivities({ ...calls, runEnded }),
    ...createScheduleActivities({ catalog, store, commitEvent, client }),
  };
}
