// A stand-in for Temporal that keeps count: no run of an id begins twice, and none may begin that its flow's `concurrency` or `rate`
// does not allow. It knows nothing of slots and places, only what is going on.
import assert from 'node:assert/strict';
import type { StartAdmission } from '../../src/inbox/store.ts';
import { workflowIdOf } from '../../src/temporal/workflow-id.ts';

/** A start, as far as runs depend on it. */
export interface RunnableStart {
  id: number;
  eventId: string;
  flow: string;
  admission?: StartAdmission;
}

export interface Run {
  start: RunnableStart;
  workflowId: string;
  /** Real time, which no clock sets back. */
  begunAt: number;
  isOver: boolean;
  isCancelled: boolean;
}

export interface Runs {
  /** An event of a flow came: from now on its limits hold. */
  arrived(start: RunnableStart): void;
  begin(start: RunnableStart, at: number): 'started' | 'already';
  end(run: Run): void;
  /** Runs that go on. */
  live(): Run[];
  get(workflowId: string): Run | undefined;
  /** Temporal's own last commits are gone: these runs never were. */
  lose(since: number): Run[];
}

export function createRuns(): Runs {
  const runs = new Map<string, Run>();
  /** Every start ever seen, in the order of arrival. */
  const arrivals: RunnableStart[] = [];

  /** The most that a limit said since this start arrived: a changed limit holds for those that wait already. */
  function most(start: RunnableStart, limitOf: (other: RunnableStart) => number | undefined): number {
    const limits = arrivals.filter(({ id, flow }) => id >= start.id && flow === start.flow).map(limitOf);
    return Math.max(...limits.filter((limit) => limit !== undefined));
  }

  function assertAllowed(start: RunnableStart, at: number): void {
    const { concurrency, rate } = start.admission ?? {};
    const ofFlow = [...runs.values()].filter((run) => run.start.flow === start.flow);
    if (concurrency !== undefined) {
      const { key } = concurrency;
      const going = ofFlow.filter((run) => !run.isOver && run.start.admission?.concurrency?.key === key);
      const limit = most(start, ({ admission }) =>
        admission?.concurrency?.key === key ? admission.concurrency.limit : undefined,
      );
      assert.ok(going.length < limit, `${start.eventId} begins beside ${ids(going)}, and the limit is ${limit}`);
    }
    if (rate !== undefined) {
      const { key, perMs } = rate;
      const recent = ofFlow.filter((run) => run.start.admission?.rate?.key === key && at - run.begunAt < perMs);
      const limit = most(start, ({ admission }) => (admission?.rate?.key === key ? admission.rate.limit : undefined));
      assert.ok(recent.length < limit, `${start.eventId} begins too soon after ${ids(recent)}, limit ${limit}`);
    }
  }

  return {
    arrived: (start) => void arrivals.push(start),
    begin(start, at) {
      const workflowId = workflowIdOf(start.flow, start.eventId);
      if (runs.has(workflowId)) return 'already';
      assertAllowed(start, at);
      runs.set(workflowId, { start, workflowId, begunAt: at, isOver: false, isCancelled: false });
      return 'started';
    },
    end: (run) => void (run.isOver = true),
    live: () => [...runs.values()].filter(({ isOver }) => !isOver),
    get: (workflowId) => runs.get(workflowId),
    lose(since) {
      const lost = [...runs.values()].filter((run) => !run.isOver && run.begunAt >= since);
      for (const { workflowId } of lost) runs.delete(workflowId);
      return lost;
    },
  };
}

function ids(runs: Run[]): string {
  return runs.map(({ start }) => start.eventId).join(', ');
}
