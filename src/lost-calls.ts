// Callers wait for ends that the called runs tell of themselves. A run that was terminated tells nothing, so this asks Temporal after
// the runs that callers wait for, a few at a time, and tells in their place. It starts no flow: terminating a run runs nothing.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { JsonObject } from '../workflows/definition.ts';
import { idempotencyKey } from '../workflows/run-path.ts';
import { CALL_SOURCE, EXECUTION_HEADER, RUN_SOURCE, runEndType } from '../workflows/run-life.ts';
import type { CommitEvent } from './inbox/commit-event.ts';
import { startRounds, type Rounds } from './inbox/rounds.ts';
import type { Store } from './inbox/store.ts';
import type { WaitingCaller } from './inbox/waits.ts';
import { eventIdOf } from './server/event-id.ts';
import { workflowIdOf } from './temporal/workflow-id.ts';

export interface LostCallsDeps {
  store: Pick<Store, 'callers' | 'findDeliveries'>;
  /** Undefined until connected. */
  client(): Client | undefined;
  commitEvent: CommitEvent;
  logger: Logger;
  intervalMs?: number;
}

export interface LostCalls {
  start(): void;
  stop(): Promise<void>;
}

/** How often a few callers are looked at. */
const INTERVAL_MS = 5_000;
/** Callers looked at each time: four questions a second to Temporal at most, however many wait. */
const CALLERS_MAX = 20;

/** Makes the sweep of a process; it does nothing before its `start`. */
export function createLostCalls({ store, client, commitEvent, logger, intervalMs }: LostCallsDeps): LostCalls {
  let rounds: Rounds | undefined;
  /** The caller looked at last; after the last of all it begins again. */
  let last = 0;

  async function sweep(): Promise<void> {
    const connected = client();
    if (connected === undefined) return;
    try {
      const callers = await store.callers(last, CALLERS_MAX);
      last = callers.length < CALLERS_MAX ? 0 : callers.at(-1)!.row;
      await Promise.all(callers.map((caller) => look(connected, caller)));
    } catch (error) {
      logger.debug(
        { reason: (error as Error).message },
        'called runs could not be asked after now; this is tried again later',
      );
    }
  }

  /** Only what has started: of what never starts, the sweep of places tells. */
  async function look(connected: Client, { workflowId, waiter }: WaitingCaller): Promise<void> {
    const key = idempotencyKey(workflowId, waiter.slice(workflowId.length + 1));
    const eventId = eventIdOf(CALL_SOURCE, key);
    const events = (await store.findDeliveries(eventId)).flatMap((delivery) => delivery.events);
    const start = events.find(({ id }) => id === eventId)?.starts.find(({ state }) => state === 'started');
    if (start === undefined) return;
    const end = await silentEnd(connected, workflowIdOf(start.flow, eventId));
    if (end !== undefined) await tell(start.flow, workflowIdOf(start.flow, eventId), end);
  }

  async function tell(flow: string, run: string, { execution, ...end }: SilentEnd): Promise<void> {
    const deliveryId = `${run} silent ${execution}`;
    await commitEvent({
      id: eventIdOf(RUN_SOURCE, deliveryId),
      source: RUN_SOURCE,
      deliveryId,
      type: runEndType(end.status),
      body: { id: run, flow, ...end },
      headers: { [EXECUTION_HEADER]: execution },
      starts: [],
    });
    logger.warn({ run }, 'a called run ended without telling its caller, which is told now');
  }

  return {
    start() {
      rounds = startRounds(sweep, intervalMs ?? INTERVAL_MS);
    },
    async stop() {
      await rounds?.stop();
    },
  };
}

/** How a run ended that tells nothing itself. */
interface SilentEnd {
  execution: string;
  status: 'failed' | 'cancelled';
  error?: JsonObject;
}

/** Undefined while the run goes on, and where it told of its end: that is its last call, so it was told before Temporal closed the run. */
async function silentEnd(client: Client, run: string): Promise<SilentEnd | undefined> {
  try {
    const { status, runId: execution } = await client.workflow.getHandle(run).describe();
    if (status.name === 'TERMINATED') return { execution, status: 'cancelled' };
    if (status.name !== 'TIMED_OUT') return undefined;
    const message = 'Temporal ended the run: it took longer than a timeout that somebody set there';
    return { execution, status: 'failed', error: { code: 'run_failed', message, step: null, attempt: 1 } };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
