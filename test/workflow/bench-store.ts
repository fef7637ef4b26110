// A store in memory for runs of the bench: it finds what its test says came before, keeps what runs emit, and what is decided first.
import type { RunStore } from '../../activities/store-calls.ts';
import type { StandingDecision } from '../../workflows/decision.ts';
import type { OpenApprovalRequest } from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import { endsBefore } from './bench-runs.ts';

/** An event of type `came.before` is found whenever a run looks back; of any other type, none. */
export const BEFORE: Candidate = {
  position: 1,
  event: { id: 'emit~before', type: 'came.before', source: 'emit', time: '', body: { n: 1 }, headers: {}, query: {} },
};

export interface BenchStore extends RunStore {
  /** Ids of waits that are registered now. */
  waiting: Set<string>;
  /** Approvals that runs opened, by id. */
  approvals: Map<string, OpenApprovalRequest>;
}

export function createBenchStore(): BenchStore {
  const waiting = new Set<string>();
  const approvals = new Map<string, OpenApprovalRequest>();
  const decisions = new Map<string, StandingDecision>();
  return {
    waiting,
    approvals,
    registerWaiter: async ({ id }) => void waiting.add(id),
    lookBack: async (question) =>
      question.types.includes(BEFORE.event.type) && question.after < BEFORE.position ? [BEFORE] : endsBefore(question),
    recordFound: async ({ id }) => void waiting.delete(id),
    forgetWaiter: async (id) => void waiting.delete(id),
    emit: async (_event, { key }) => `emit~${key}`,
    openApproval: async (approval) => void approvals.set(approval.approval, approval),
    async decide({ approval, step: _step, ...decision }) {
      const standing = decisions.get(approval) ?? { ...decision, at: new Date(0).toISOString() };
      decisions.set(approval, standing);
      return standing;
    },
  };
}
