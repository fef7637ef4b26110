// A store in memory for runs of the bench: it finds what its test says came before, and keeps what runs emit.
import type { RunStore } from '../../activities/store-calls.ts';
import type { Candidate } from '../../workflows/wakes.ts';

/** An event of type `came.before` is found whenever a run looks back; of any other type, none. */
export const BEFORE: Candidate = {
  position: 1,
  event: { id: 'emit~before', type: 'came.before', source: 'emit', time: '', body: { n: 1 }, headers: {}, query: {} },
};

export interface BenchStore extends RunStore {
  /** Ids of waits that are registered now. */
  waiting: Set<string>;
}

export function createBenchStore(): BenchStore {
  const waiting = new Set<string>();
  return {
    waiting,
    registerWaiter: async ({ id }) => void waiting.add(id),
    lookBack: async ({ types, after }) =>
      types.includes(BEFORE.event.type) && after < BEFORE.position ? [BEFORE] : [],
    forgetWaiter: async (id) => void waiting.delete(id),
    emit: async (_event, { key }) => `emit~${key}`,
  };
}
