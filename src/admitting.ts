// What a process does for flows that limit their runs: gives places on when runs are over, cancels runs that newer events replace, and
// tells flows whose called run never starts.
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { JsonObject } from '../workflows/definition.ts';
import { RUN_SOURCE, runEndType } from '../workflows/run-life.ts';
import type { CommitEvent } from './inbox/commit-event.ts';
import { createSlotSweep, type SlotSweep } from './inbox/slots-sweep.ts';
import type { UnstartedCall } from './inbox/slots.ts';
import type { Store } from './inbox/store.ts';
import { eventIdOf } from './server/event-id.ts';
import { createCancelRun } from './temporal/cancel-run.ts';
import { createRunIsOver } from './temporal/wake-run.ts';
import { workflowIdOf } from './temporal/workflow-id.ts';

export interface AdmittingDeps {
  store: Store;
  /** Undefined until connected. */
  client(): Client | undefined;
  commitEvent: CommitEvent;
  logger: Logger;
}

/** Makes the sweep of this process; it does nothing before its `start`. */
export function createAdmittingSweep({ store, client, commitEvent, logger }: AdmittingDeps): SlotSweep {
  return createSlotSweep({
    store,
    runIsOver: createRunIsOver(client),
    cancelRun: createCancelRun(client),
    tellCaller: createTellCaller(commitEvent),
    logger,
  });
}

/** The end of a run that never was, for the flow that waits for it. No flow is started by it. */
function createTellCaller(commitEvent: CommitEvent): (call: UnstartedCall) => Promise<void> {
  return async ({ flow, eventId, reason }) => {
    const run = workflowIdOf(flow, eventId);
    const deliveryId = `${run} not_started`;
    const type = runEndType('failed');
    const error: JsonObject = {
      code: 'not_started',
      message: `no run of it was started: ${reason}`,
      step: null,
      attempt: 1,
    };
    await commitEvent({
      id: eventIdOf(RUN_SOURCE, deliveryId),
      source: RUN_SOURCE,
      deliveryId,
      type,
      body: { id: run, flow, status: 'failed', error },
      headers: {},
      starts: [],
    });
  };
}
