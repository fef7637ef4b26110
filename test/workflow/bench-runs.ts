// Runs of called flows, as the bench has them: those of the flows `quick` and `refused` have ended when they are asked after, all
// others end when their test says so.
import type { OtherRuns } from '../../activities/call-activities.ts';
import type { RegisteredWaiter } from '../../activities/store-calls.ts';
import type { EventData, Json, JsonObject } from '../../workflows/definition.ts';
import type { RunEndRequest } from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';

export interface BenchRuns extends OtherRuns {
  /** What flows were called with, in order. */
  called: { flow: string; input: Json }[];
  /** Keys of the calls whose runs were asked to end. */
  cancelled: string[];
  /** The ends that runs told of, by workflow id. */
  ended: Map<string, RunEndRequest>;
}

export function createBenchRuns(): BenchRuns {
  const called: BenchRuns['called'] = [];
  const cancelled: string[] = [];
  const ended: BenchRuns['ended'] = new Map();
  return {
    called,
    cancelled,
    ended,
    async call({ flow, input }, { key }) {
      called.push({ flow, input });
      return { run: `${flow}/call~${key}`, flow, after: 0 };
    },
    async cancelCall(_flow, { key }) {
      cancelled.push(key);
    },
    async runEnded(end, run) {
      ended.set(run.id, end);
    },
  };
}

/** The end of the run that is asked after, where it has ended. */
export function endsBefore({ where }: Pick<RegisteredWaiter, 'where'>): Candidate[] {
  const run = where.find(([path]) => path === 'body.id')?.[1] ?? '';
  if (run.startsWith('quick/')) return [endOf(run, 'completed', { output: { by: 'quick' } })];
  const error = { code: 'refused', message: 'The callee refused', step: null, attempt: 1 };
  return run.startsWith('refused/') ? [endOf(run, 'failed', { error })] : [];
}

/** The event of a run's end, as a run that waits for it is told. */
export function endOf(run: string, status: RunEndRequest['status'], what: JsonObject = {}): Candidate {
  const event: EventData = {
    id: `run~${status}`,
    type: `run.${status}`,
    source: 'run',
    time: '',
    body: { id: run, flow: run.split('/')[0]!, status, ...what },
    headers: {},
    query: {},
  };
  return { position: 5, event };
}
