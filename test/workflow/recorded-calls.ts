// The flows whose histories are kept for `call`, and for runs that tell of their end.
import { setTimeout as pause } from 'node:timers/promises';
import { summaryOf, type HistoryEvent } from '../../src/runs/history.ts';
import { WAKE_SIGNAL } from '../../workflows/definition.ts';
import { idempotencyKey } from '../../workflows/run-path.ts';
import type { Wake } from '../../workflows/wakes.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { endOf } from './bench-runs.ts';
import type { Handle } from './bench.ts';
import type { Recorded } from './recorded-flows.ts';

/** Long enough for the call itself. */
const LATE_MS = 1_500;

const call = (flow: string, rest: Partial<StepDraft> = {}): StepDraft => ({
  verb: 'call',
  call: flow,
  line: 1,
  ...rest,
});
const steps = (...list: StepDraft[]): never => list as never;
const atEnd = { atEnd: true } as const;

export const RECORDED_CALLS: Recorded[] = [
  {
    name: 'call',
    flow: flowOf([
      call('quick', { id: 'quick', input: { n: '${{ event.body.n }}' } }),
      call('quick', { id: 'detached', detach: true }),
      call('refused', { id: 'refused', onError: 'continue' }),
      call('slow', { id: 'told', input: { by: '${{ steps.quick.output.by }}' } }),
      call('slow', { id: 'late', timeoutMs: LATE_MS, onError: 'continue' }),
      say('${{ [steps.detached.output.flow, steps.refused.error.cause.code, steps.told.output, steps.late.status] }}'),
    ]),
    body: { n: 1 },
    // The step that is late waits a little for the end it asked for.
    async meanwhile(handle) {
      for (const [path, status] of [
        ['3', 'completed'],
        ['4', 'cancelled'],
      ] as const) {
        await waits(handle, path);
        if (status === 'cancelled') await pause(LATE_MS);
        await tellEnd(handle, path, status);
      }
    },
  },
  {
    name: 'call-cancelled',
    flow: flowOf([call('slow', { id: 'slow' })], { finally: steps(say('${{ run.status }}')) }),
    rest: atEnd,
    async meanwhile(handle) {
      await waits(handle, '0');
      await handle.cancel();
      await tellEnd(handle, '0', 'cancelled');
    },
  },
  {
    name: 'call-continued',
    continueAfterEvents: 40,
    flow: flowOf([
      {
        verb: 'parallel',
        parallel: {
          called: [call('slow', { id: 'slow' })],
          busy: [{ verb: 'foreach', foreach: 'range(0, 14)', steps: [say('${{ item }}')], line: 2 }],
        },
      },
      say('${{ steps.slow.output }}'),
    ]),
    rest: atEnd,
    async meanwhile(handle) {
      await continued(handle);
      await tellEnd(handle, '0/called/0', 'completed');
    },
  },
  {
    name: 'run-end',
    flow: flowOf([{ verb: 'fail', fail: { code: 'unpaid', message: 'No money' } }], {
      finally: steps(say('${{ run.status }}')),
    }),
    rest: atEnd,
  },
];

/** Tells a run of the end of the one that the step at this path called. */
async function tellEnd(handle: Handle, path: string, status: 'completed' | 'cancelled'): Promise<void> {
  const end = endOf(runOf(handle, path), status, status === 'completed' ? { output: 'done' } : {});
  await handle.signal<[Wake]>(WAKE_SIGNAL, { waiter: path, ...end });
}

function runOf(handle: Handle, path: string): string {
  return `slow/call~${idempotencyKey(handle.workflowId, path)}`;
}

/** Resolves once the end of the run is waited for that the step at this path called. */
async function waits(handle: Handle, path: string): Promise<void> {
  await until(handle, (events) => {
    const asked = events.find((event) => summaryOf(event) === `end of ${runOf(handle, path)}`);
    return events.some(({ activityTaskCompletedEventAttributes: done }) =>
      done?.scheduledEventId?.eq(asked?.eventId ?? -1),
    );
  });
}

/** Resolves once the run has continued as new. */
async function continued(handle: Handle): Promise<void> {
  await until(handle, ([first]) => Boolean(first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId));
}

async function until(handle: Handle, holds: (events: HistoryEvent[]) => boolean): Promise<void> {
  while (!holds((await handle.fetchHistory()).events ?? [])) await pause(50);
}
