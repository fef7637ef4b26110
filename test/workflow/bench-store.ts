// A store in memory for runs of the bench: it finds what its test says came before, keeps what runs emit, and what is decided first.
import type { RunStore } from '../../activities/store-calls.ts';
import { APPROVAL_SOURCE, DECISION_TYPES, type StandingDecision } from '../../workflows/decision.ts';
import type { Json } from '../../workflows/definition.ts';
import type { OpenApprovalRequest } from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import { endsBefore } from './bench-runs.ts';

/** An event of type `came.before` is found whenever a run looks back; of any other type, none. */
export const BEFORE: Candidate = {
  position: 1,
  event: { id: 'emit~before', type: 'came.before', source: 'emit', time: '', body: { n: 1 }, headers: {}, query: {} },
};

/** No run is told of an event of this type: it is found when the time of its wait is over. */
const UNTOLD: Candidate = {
  position: 2,
  event: {
    id: 'emit~untold',
    type: 'came.untold',
    source: 'emit',
    time: new Date(0).toISOString(),
    body: { n: 2 },
    headers: {},
    query: {},
  },
};

/** The event of a decision. */
function decisionEvent(decision: StandingDecision): Candidate {
  const body = decision as unknown as Json;
  const type = DECISION_TYPES[decision.decision];
  return {
    position: 3,
    event: { id: 'approval~decided', type, source: APPROVAL_SOURCE, time: '', body, headers: {}, query: {} },
  };
}

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
    async lookBack(question) {
      const { types, after, expiresAt, source, where } = question;
      const decided = source === APPROVAL_SOURCE ? decisions.get(where[0]![1]) : undefined;
      if (decided !== undefined) return [decisionEvent(decided)];
      if (types.includes(BEFORE.event.type) && after < BEFORE.position) return [BEFORE];
      const isOver = expiresAt === null;
      return types.includes(UNTOLD.event.type) && isOver ? [UNTOLD] : endsBefore(question);
    },
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
