// Runs that are reset on a real server, around the moments in which they continue as new: whatever they wait for, they ask for it again.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { APPROVE_SIGNAL } from '../../workflows/decision.ts';
import { WAKE_SIGNAL, WORKFLOW_TYPE, type EventData, type Flow, type RunResult } from '../../workflows/definition.ts';
import type { Wake } from '../../workflows/wakes.ts';
import { flowOf, inputOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { eventually } from '../temporal/support.ts';
import { createBenchStore } from './bench-store.ts';
import { openWorkLab, type WorkLab } from './work-lab.ts';

const CONTINUE_AFTER_EVENTS = 40;

const store = createBenchStore();
/** Registrations by the id of the wait. */
const registered: string[] = [];
const counting = {
  ...store,
  registerWaiter: async (...args: Parameters<typeof store.registerWaiter>) => {
    registered.push(args[0].id);
    await store.registerWaiter(...args);
  },
};

let lab: WorkLab;
let server: WorkLab['server'];
let working: WorkLab['working'];

before(async () => {
  lab = await openWorkLab('reset', CONTINUE_AFTER_EVENTS, counting);
  ({ server, working } = lab);
});
after(() => lab?.stop());

const waitFor: StepDraft = { verb: 'wait_for', id: 'paid', wait_for: 'paid', line: 2 };
const busy = (times: number): StepDraft => ({
  verb: 'foreach',
  foreach: `range(0, ${times})`,
  steps: [say('${{ item }}')],
  line: 3,
});
const WAITER = '0/slow/0';

function flowOfTwo(beside: StepDraft[]): Flow {
  const parallel = { slow: [waitFor], beside };
  const output = '${{ steps.paid.output.body.n }}';
  return flowOf([{ verb: 'parallel', id: 'both', parallel, line: 1 }], { output });
}

/** Starts a run; the handle is that of the current execution. */
async function start(name: string, flow: Flow): Promise<WorkflowHandle> {
  const workflowId = `demo/${name}`;
  const args = [inputOf(flow, {})];
  await server.client.workflow.start(WORKFLOW_TYPE, { taskQueue: lab.taskQueue, workflowId, args });
  return server.client.workflow.getHandle(workflowId);
}

const timesAsked = ({ workflowId }: WorkflowHandle): number =>
  registered.filter((id) => id === `${workflowId}/${WAITER}`).length;

/** Resets the current execution to its first or last task that was done. */
async function reset(handle: WorkflowHandle, to: 'first' | 'last'): Promise<void> {
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const done = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  await server.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId, runId },
    workflowTaskFinishEventId: done.at(to === 'first' ? 0 : -1)!.eventId!,
    requestId: randomUUID(),
    reason: 'a test',
  });
}

async function tell(handle: WorkflowHandle): Promise<void> {
  const event: EventData = {
    id: 'e~1',
    type: 'paid',
    source: 'emit',
    time: '',
    body: { n: 5 },
    headers: {},
    query: {},
  };
  await handle.signal<[Wake]>(WAKE_SIGNAL, { waiter: WAITER, position: 3, event });
}

async function outputOf({ workflowId }: WorkflowHandle): Promise<unknown> {
  return ((await server.client.workflow.getHandle(workflowId).result()) as RunResult).output;
}

/** What became of the execution that was reset first: its history's last event. */
const isContinued = async (handle: WorkflowHandle): Promise<boolean> => {
  const { events } = await handle.fetchHistory();
  return Boolean(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId);
};

it('a run that continued as new is reset to its very first task: a wait from before asks again', async () => {
  const handle = await start('first-task', flowOfTwo([busy(12)]));
  await working(async () => {
    await eventually('it has continued and begun again', async () => {
      const { events } = await handle.fetchHistory();
      return (await isContinued(handle)) && events!.some((event) => event.activityTaskCompletedEventAttributes);
    });
    assert.equal(timesAsked(handle), 1);
    store.waiting.clear();
    await reset(handle, 'first');
    await eventually('the wait is registered again', () => store.waiting.has(`${handle.workflowId}/${WAITER}`));
    await tell(handle);
    assert.equal(await outputOf(handle), 5);
  });
  assert.equal(timesAsked(handle), 2);
});

it('a run that is reset when it is about to continue as new asks again in the next one', async () => {
  const handle = await start('about-to-continue', flowOfTwo([]));
  await working(async () => {
    await eventually('it waits', async () => {
      const { events } = await handle.fetchHistory();
      return timesAsked(handle) === 1 && Boolean(events?.at(-1)?.workflowTaskCompletedEventAttributes);
    });
  });
  for (let count = 0; count < CONTINUE_AFTER_EVENTS; count += 1) await handle.signal(APPROVE_SIGNAL, 'nonsense');
  await working(async () => {
    await eventually('it has seen all of it', async () => {
      const { events } = await handle.fetchHistory();
      return Boolean(events?.at(-1)?.workflowTaskCompletedEventAttributes) || isContinued(handle);
    });
  });
  store.waiting.clear();
  await reset(handle, 'last');
  await working(async () => {
    await eventually('the wait is registered again', () => store.waiting.has(`${handle.workflowId}/${WAITER}`));
    await tell(handle);
    assert.equal(await outputOf(handle), 5);
  });
  assert.equal(timesAsked(handle), 2);
  assert.ok(await isContinued(handle), 'it was to continue');
});
