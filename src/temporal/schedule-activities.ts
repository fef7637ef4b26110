// What `fireSchedule` asks for: an event in the inbox, and the end of its run. The event's id is made of flow, trigger and time, so
// that a time starts one run, whoever dies. It never starts a run itself.
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FiredRun, ScheduleActivities, ScheduleFiring } from '../../workflows/fire-schedule.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import type { CommitEvent } from '../inbox/commit-event.ts';
import type { Store } from '../inbox/store.ts';
import { eventIdOf } from '../server/event-id.ts';
import { compileSchema } from '../server/schema.ts';
import { hasEnded } from './run-over.ts';
import { workflowIdOf } from './workflow-id.ts';

/** Source and type of the events of schedules. */
const SCHEDULE = 'schedule';
/** Headers of such an event: the time that it is for (ISO 8601), and which `schedule` trigger of the flow, from 1. */
const SCHEDULED_AT_HEADER = 'hookline-scheduled-at';
const TRIGGER_HEADER = 'hookline-schedule';

export interface ScheduleActivityDeps {
  catalog(): Catalog;
  store: Pick<Store, 'findDeliveries'>;
  commitEvent: CommitEvent;
  /** The client of the connection that the activities came by. */
  client(): Client | undefined;
}

/** The activities to register with a worker, by their types. */
export function createScheduleActivities(deps: ScheduleActivityDeps): ScheduleActivities {
  return {
    'hookline.fire_schedule': (firing, scheduledAt) => fire(deps, firing, scheduledAt),
    'hookline.await_run': (run) => awaitRun(deps, run),
    'hookline.cancel_run': (run) => cancelRun(deps, run),
  };
}

async function fire(deps: ScheduleActivityDeps, firing: ScheduleFiring, scheduledAt: string): Promise<FiredRun> {
  const { flow: name, trigger: number } = firing;
  const flow = deps.catalog().flows.get(name);
  const schedule = flow?.triggers.filter(({ kind }) => kind === 'schedule')[number - 1]?.schedule;
  if (flow === undefined || schedule === undefined) throw notLoaded(firing);
  // Temporal's schedules count in seconds, so this is the whole time: 20260102T030405Z.
  const time = scheduledAt.replace(/[-:]|\.\d+/g, '');
  const eventId = eventIdOf(SCHEDULE, name, `${number}-${time}`);
  await deps.commitEvent({
    id: eventId,
    source: SCHEDULE,
    deliveryId: `${name}~${number}~${time}`,
    type: SCHEDULE,
    body: inputOf(flow, schedule.input),
    headers: { [SCHEDULED_AT_HEADER]: scheduledAt, [TRIGGER_HEADER]: String(number) },
    starts: [flow],
  });
  return { run: workflowIdOf(name, eventId), flow: name, eventId };
}

/** With the defaults of the flow's `input`, as a run by hand has it. */
function inputOf({ definition }: LoadedFlow, given: ScheduleInput): ScheduleInput {
  const input = structuredClone(given);
  if (definition.input !== undefined) compileSchema(definition.input, { fillDefaults: true })(input);
  return input;
}
type ScheduleInput = NonNullable<LoadedFlow['triggers'][number]['schedule']>['input'];

/** A flow that is broken now, or that another worker has already: it may be there soon. */
function notLoaded({ flow, trigger, catchUpMs }: ScheduleFiring): ApplicationFailure {
  const sinceMs = Date.now() - Context.current().info.scheduledTimestampMs;
  const message = `flow ${flow} is not loaded, or has no ${trigger}. schedule any more`;
  return quiet(ApplicationFailure.create({ message, type: 'flow_unknown', nonRetryable: sinceMs > catchUpMs }));
}

async function awaitRun(deps: ScheduleActivityDeps, run: FiredRun): Promise<void> {
  if (!(await runHasEnded(deps, run))) throw quiet(ApplicationFailure.retryable(`${run.run} still runs`, 'run_open'));
}

async function runHasEnded(deps: ScheduleActivityDeps, run: FiredRun): Promise<boolean> {
  try {
    const { status } = await clientOf(deps).workflow.getHandle(run.run).describe();
    return hasEnded(status.name);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return !(await isPending(deps, run));
  }
}

/** Whether the run is still to be started; one that is neither that nor known to Temporal was refused, or is long over. */
async function isPending({ store }: ScheduleActivityDeps, run: FiredRun): Promise<boolean> {
  const deliveries = await store.findDeliveries(run.eventId);
  const events = deliveries.flatMap(({ events: all }) => all).filter(({ id }) => id === run.eventId);
  return events.some(({ starts }) => starts.some(({ flow, state }) => flow === run.flow && state === 'pending'));
}

async function cancelRun(deps: ScheduleActivityDeps, run: FiredRun): Promise<void> {
  try {
    await clientOf(deps).workflow.getHandle(run.run).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if (await isPending(deps, run))
      throw quiet(ApplicationFailure.retryable(`${run.run} is about to start`, 'run_open'));
  }
}

function clientOf({ client }: ScheduleActivityDeps): Client {
  const connected = client();
  if (connected === undefined)
    throw quiet(ApplicationFailure.retryable('not connected to Temporal yet', 'unavailable'));
  return connected;
}

/** Without a stack, which would name our own files only. */
function quiet(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}
