// The firings of schedules whose histories are kept in test/histories/schedules/, and how they are recorded: on a real server,
// with activities that answer as each says.
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { loadWorkflowBundle } from '../../src/temporal/bundle.ts';
import type { FiredRun, fireSchedule, ScheduleActivities, ScheduleFiring } from '../../workflows/fire-schedule.ts';
import type { RunHistory } from '../support/harness.ts';
import { startServer } from './server.ts';

export interface RecordedFiring {
  /** Name of the file. */
  name: string;
  firing: ScheduleFiring;
  /** How many questions about the run find it going on. */
  asked: number;
  /** It is cancelled while its run goes on. */
  cancelled?: true;
  /** The flow is not there any more. */
  gone?: true;
}

const firing: ScheduleFiring = { flow: 'demo', trigger: 1, catchUpMs: 600_000, awaitRun: false };

export const RECORDED_FIRINGS: RecordedFiring[] = [
  { name: 'fire-schedule', firing, asked: 0 },
  { name: 'fire-schedule-gone', firing, asked: 0, gone: true },
  { name: 'fire-schedule-awaited', firing: { ...firing, awaitRun: true }, asked: 1 },
  { name: 'fire-schedule-cancelled', firing: { ...firing, awaitRun: true }, asked: 3, cancelled: true },
];

const TASK_QUEUE = 'schedules';

/** Records these firings, one after the other. */
export async function recordFirings(chosen: RecordedFiring[]): Promise<Map<string, RunHistory>> {
  const server = await startServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const histories = new Map<string, RunHistory>();
  try {
    for (const recorded of chosen) {
      let cancel: () => Promise<unknown> = () => Promise.resolve();
      const worker = await Worker.create({
        connection,
        taskQueue: TASK_QUEUE,
        workflowBundle: await loadWorkflowBundle(),
        activities: activitiesOf(recorded, () => cancel()),
      });
      const handle = await server.client.workflow.start<typeof fireSchedule>('fireSchedule', {
        taskQueue: TASK_QUEUE,
        workflowId: recorded.name,
        args: [recorded.firing],
      });
      cancel = () => handle.cancel();
      await worker.runUntil(() => handle.result().catch(() => undefined));
      histories.set(recorded.name, await handle.fetchHistory());
    }
  } finally {
    await connection.close();
    await server.stop();
  }
  return histories;
}

function activitiesOf({ asked, cancelled, gone }: RecordedFiring, cancel: () => Promise<unknown>): ScheduleActivities {
  let questions = 0;
  return {
    'hookline.fire_schedule': ({ flow }): Promise<FiredRun> => {
      if (gone) throw ApplicationFailure.nonRetryable(`there is no flow ${flow}`, 'flow_missing');
      return Promise.resolve({ run: `${flow}/schedule~1`, flow, eventId: 'schedule~1' });
    },
    'hookline.await_run': async () => {
      questions += 1;
      if (cancelled && questions === 1) await cancel();
      if (questions <= asked) throw ApplicationFailure.retryable('the run goes on', 'run_open');
    },
    'hookline.cancel_run': () => Promise.resolve(),
  };
}
