// The flow whose recorded history shows a reset: the run failed in one branch while others waited, and was set back to before that.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { HistoryEvent } from '../../src/runs/history.ts';
import { APPROVAL_SOURCE, DECISION_TYPES } from '../../workflows/decision.ts';
import { WAKE_SIGNAL, type Json, type RunInput } from '../../workflows/definition.ts';
import { idempotencyKey } from '../../workflows/run-path.ts';
import type { Wake } from '../../workflows/wakes.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { endOf } from './bench-runs.ts';
import type { Handle } from './bench.ts';
import type { Recorded } from './recorded-flows.ts';

/** temporal.api.enums.v1.ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL. */
const EXCLUDE_SIGNALS = 1;
/** Waits of the flow, and the notice of its approval. */
const CALLS_BEFORE_FAILURE = 7;

const rest: Partial<RunInput> = { approvals: { key: 'a'.repeat(64), url: 'https://hooks.example' } };
const steps = (...list: StepDraft[]): never => list as never;

export const RECORDED_RESETS: Recorded[] = [
  {
    name: 'reset',
    rest,
    flow: flowOf([
      {
        verb: 'parallel',
        line: 1,
        parallel: {
          failing: steps(
            { verb: 'wait_for', id: 'go', wait_for: 'go', line: 2 },
            { verb: 'fail', fail: { code: 'no', message: 'No' }, guard: 'steps.go.output.body.n == 1', line: 3 },
          ),
          waiting: steps({ verb: 'wait_for', id: 'told', wait_for: 'told', timeoutMs: 600_000, line: 4 }),
          asking: steps({
            verb: 'approve',
            id: 'asked',
            approve: { title: 'Well?', notify: [say('${{ steps.asked.links.page.length }} told ${{ reminder }}')] },
            line: 5,
          }),
          calling: steps({ verb: 'call', id: 'called', call: 'slow', line: 6 }),
        },
      },
      say('${{ [steps.told.output.body.n, steps.asked.output.by, steps.called.output] }}'),
    ]),
    async meanwhile(handle) {
      await until(handle, (events) => events.filter(isDone).length === CALLS_BEFORE_FAILURE);
      await tell(handle, '0/failing/0', 'go', 1);
      await until(handle, (events) => events.some(isAskedToEnd));
      await tellEnd(handle, 'cancelled');
      await until(handle, (events) => Boolean(events.at(-1)?.workflowExecutionFailedEventAttributes));
      await reset(handle);
      await until(
        handle,
        (events) => events.some((event) => event.workflowTaskFailedEventAttributes) && !isBusy(events),
      );
      await tell(handle, '0/waiting/0', 'told', 3);
      await decide(handle, '0/asking/0');
      await tellEnd(handle, 'completed');
      await tell(handle, '0/failing/0', 'go', 4);
      await until(handle, (events) => Boolean(events.at(-1)?.workflowExecutionCompletedEventAttributes));
    },
  },
];

const isDone = (event: HistoryEvent): boolean => Boolean(event.activityTaskCompletedEventAttributes);
const isAskedToEnd = (event: HistoryEvent): boolean =>
  event.activityTaskScheduledEventAttributes?.activityType?.name === 'hookline.cancel_call';

/** Whether a call or a task is on its way. */
function isBusy(events: HistoryEvent[]): boolean {
  const asked = events.filter((event) => event.activityTaskScheduledEventAttributes).length;
  return asked > events.filter(isDone).length || !events.at(-1)?.workflowTaskCompletedEventAttributes;
}

/** Sets the run back to its last task before it was told to fail, without what it was told since. */
async function reset(handle: Handle): Promise<void> {
  const { client, workflowId } = handle;
  const { runId } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const told = events.findIndex((event) => event.workflowExecutionSignaledEventAttributes);
  const task = events.slice(0, told).findLast((event) => event.workflowTaskCompletedEventAttributes);
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: task!.eventId!,
    requestId: randomUUID(),
    reason: 'recorded',
    resetReapplyExcludeTypes: [EXCLUDE_SIGNALS],
  });
}

async function tell(handle: Handle, waiter: string, type: string, n: number): Promise<void> {
  const event = { id: `emit~${n}`, type, source: 'emit', time: '', body: { n }, headers: {}, query: {} };
  await handle.signal<[Wake]>(WAKE_SIGNAL, { waiter, position: n, event });
}

async function decide(handle: Handle, waiter: string): Promise<void> {
  const body: Json = { decision: 'approved', by: 'anna', at: 'T', comment: null, form: null, via: 'link' };
  const event = { id: 'approval~1', type: DECISION_TYPES.approved, source: APPROVAL_SOURCE, time: '', body };
  await handle.signal<[Wake]>(WAKE_SIGNAL, { waiter, position: 9, event: { ...event, headers: {}, query: {} } });
}

async function tellEnd(handle: Handle, status: 'completed' | 'cancelled'): Promise<void> {
  const waiter = '0/calling/0';
  const run = `slow/call~${idempotencyKey(handle.workflowId, waiter)}`;
  const end = endOf(run, status, status === 'completed' ? { output: 'done' } : {});
  await handle.signal<[Wake]>(WAKE_SIGNAL, { waiter, ...end });
}

async function until(handle: Handle, holds: (events: HistoryEvent[]) => boolean): Promise<void> {
  while (!holds((await handle.fetchHistory()).events ?? [])) await pause(50);
}
