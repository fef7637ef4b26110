// Flows that call flows: a call is an event in the inbox that starts one flow, so its run starts like any other, once.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { EXECUTION_HEADER, RUN_END_TYPES, RUN_SOURCE } from '../workflows/run-life.ts';
import type { CallFlowRequest } from '../workflows/store-call.ts';
import type { Candidate } from '../workflows/wakes.ts';
import type { CallOrigin, OtherRuns } from '../activities/call-activities.ts';
import { acceptCall, callEventId, CallRefused } from './call-checks.ts';
import type { Catalog } from './flow/catalog.ts';
import type { CommitEvent } from './inbox/commit-event.ts';
import type { Store } from './inbox/store.ts';
import { hasEnded } from './temporal/run-over.ts';
import { workflowIdOf } from './temporal/workflow-id.ts';

export interface CallDeps {
  catalog(): Catalog;
  store: Pick<Store, 'hasEvent' | 'lookBack' | 'findDeliveries' | 'withdrawStart' | 'startStatus'>;
  commitEvent: CommitEvent;
  /** Undefined until connected. */
  client(): Client | undefined;
  /** Unix time in milliseconds. */
  clock(): number;
  /** For how long the activity has been tried. */
  triedMs(): number;
}

/** Ends of one run that are looked at: each rerun of a step makes another. */
const ENDS_MAX = 100;
/** An attempt at a call that nobody waits for any more may go on for so long: the time of one (workflows/store-call.ts), and its commit. */
const CALL_UNDERWAY_MS = 11_000;
/** What people are told of a start that was taken back. */
const UNWANTED = 'the flow that called it waits for it no more';

/** Starts runs for calls, and asks them to end. */
export function createCalls(deps: CallDeps): Pick<OtherRuns, 'call' | 'cancelCall'> {
  return {
    async call(request, origin) {
      const { flow } = request;
      const eventId = callEventId(origin);
      const run = workflowIdOf(flow, eventId);
      // A repeat finds the first one's commit, whatever became of the flow since.
      const isRepeat = await deps.store.hasEvent(eventId);
      if (!isRepeat) {
        const { callee, event } = accepted(deps, request, origin);
        await deps.commitEvent({ ...event, deliveryId: origin.key, starts: [callee] });
      }
      if (!request.awaited) return { run, flow, after: 0, ...(await gatheredIn(deps, eventId, flow)) };
      return { run, flow, after: isRepeat ? await afterFormerEnds(deps, run) : 0 };
    },
    async cancelCall(flow, origin, isUnderway) {
      const eventId = callEventId(origin);
      if (isUnderway && deps.triedMs() < CALL_UNDERWAY_MS && !(await deps.store.hasEvent(eventId))) {
        throw failure('call_underway', 'the call may still be made: an attempt at it was not over', true);
      }
      await cancel(deps, flow, eventId);
    },
  };
}

/** Temporal tries again what may be taken later. */
function accepted(
  { catalog, clock, triedMs }: CallDeps,
  request: CallFlowRequest,
  origin: CallOrigin,
): ReturnType<typeof acceptCall> {
  try {
    return acceptCall(catalog(), request, origin, { now: clock(), triedMs: triedMs() });
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    throw failure(error.code, error.message, error.isRetried);
  }
}

/** Of a call of a flow that gathers events: its event, for there may never be a run of that id. */
async function gatheredIn({ store }: CallDeps, eventId: string, flow: string): Promise<{ gathered?: string }> {
  const status = await store.startStatus(eventId, flow);
  return status?.state === 'gathering' || status?.state === 'gathered' ? { gathered: eventId } : {};
}

/**
 * The position behind which the end of a run is to be looked for that was called before: that of its execution now, which may be to
 * come, for somebody may have had it run again since.
 */
async function afterFormerEnds(deps: CallDeps, run: string): Promise<number> {
  const known = await endsOf(deps, run);
  if (known.length === 0) return 0;
  const execution = await executionOf(deps, run);
  // What is not among them may have come since; nothing newer comes of an execution that is over.
  const ends = execution?.isOpen === false ? await endsOf(deps, run) : known;
  const hasEnded = execution?.isOpen !== true || ends.at(-1)?.event.headers[EXECUTION_HEADER] === execution.id;
  return ends.at(hasEnded ? -2 : -1)?.position ?? 0;
}

function endsOf({ store }: CallDeps, run: string): Promise<Candidate[]> {
  const where: [string, string][] = [['body.id', run]];
  const question = { types: [...RUN_END_TYPES], source: RUN_SOURCE, where, since: 0, after: 0, except: '' };
  return store.lookBack(question, ENDS_MAX);
}

async function executionOf({ client }: CallDeps, run: string): Promise<{ id: string; isOpen: boolean } | undefined> {
  const connected = client();
  if (connected === undefined) throw failure('unavailable', 'not connected to Temporal yet', true);
  try {
    const { status, runId } = await connected.workflow.getHandle(run).describe();
    return { id: runId, isOpen: !hasEnded(status.name) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The event may have been deleted by age, long before its run ends: Temporal is asked, whatever the store knows. */
async function cancel(deps: CallDeps, flow: string, eventId: string): Promise<void> {
  const run = workflowIdOf(flow, eventId);
  if (await isAskedToEnd(deps, run)) return;
  // It may wait for its turn, and for long.
  if (await deps.store.withdrawStart({ eventId, flow, reason: UNWANTED }, deps.clock())) return;
  if (await isPending(deps, flow, eventId)) throw failure('run_open', `${run} is about to start`, true);
  // It may have started since Temporal was asked.
  await isAskedToEnd(deps, run);
}

/** False when Temporal knows no such run that goes on. */
async function isAskedToEnd(deps: CallDeps, run: string): Promise<boolean> {
  const connected = deps.client();
  if (connected === undefined) throw failure('unavailable', 'not connected to Temporal yet', true);
  try {
    await connected.workflow.getHandle(run).cancel();
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return false;
  }
}

async function isPending({ store }: CallDeps, flow: string, eventId: string): Promise<boolean> {
  const deliveries = await store.findDeliveries(eventId);
  const events = deliveries.flatMap(({ events: all }) => all).filter(({ id }) => id === eventId);
  return events.some(({ starts }) => starts.some((start) => start.flow === flow && start.state === 'pending'));
}

/** Without a stack, which would name our own files only. */
function failure(type: string, message: string, isRetried: boolean): ApplicationFailure {
  const made = ApplicationFailure.create({ message, type, nonRetryable: !isRetried });
  made.stack = `${made.name}: ${made.message}`;
  return made;
}
