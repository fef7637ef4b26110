// The main thread's part of what the SQLite driver does for waits: questions to the writer, and scans to the reader.
import type { AwaitedEvent, ClaimedWake, WaitStore } from '../waits.ts';
import { awaitedEvent } from './awaited-row.ts';
import type { Reader } from './reader-client.ts';
import type { ThreadClient } from './thread-client.ts';
import type { ClaimedWakeRow } from './wakes.ts';

export function createWaitStore(client: ThreadClient, reader: Reader): WaitStore {
  return {
    declareKeys: (shapes, now) => client.call('declareKeys', [shapes, now]),
    registerWaiter: (waiter, now) => client.call('registerWaiter', [waiter, now]),
    async lookBack(question, limit) {
      const { rows, unindexed } = await client.call('lookUpEvents', [question, limit]);
      const scanned = unindexed === null ? [] : await reader.call('scanEvents', [question, unindexed, limit]);
      // Where only some of the types had keys, the scan finds theirs again.
      const events = new Map([...rows.map(awaitedEvent), ...scanned].map((each) => [each.position, each]));
      return [...events.values()].sort(byPosition).slice(0, limit);
    },
    recordFound: ({ id, workflowId }, position, now) => client.call('recordFound', [{ id, workflowId }, position, now]),
    forgetWaiter: (id, taken) => client.call('forgetWaiter', [id, taken]),
    claimWakes: async (limit, leaseMs, now) =>
      (await client.call('claimWakes', [limit, leaseMs, now])).map(claimedWake),
    settleWakes: (outcomes) => client.call('settleWakes', [outcomes]),
    reopenWakes: (since) => client.call('reopenWakes', [since]),
    uncheckedRuns: (checkedBefore, limit) => client.call('uncheckedRuns', [checkedBefore, limit]),
    callers: (afterRow, limit) => client.call('callers', [afterRow, limit]),
    settleRuns: (runs, newest, now) => client.call('settleRuns', [runs, newest, now]),
    async pruneWaits(limits) {
      while (await client.call('pruneWaits', [limits]));
    },
    waitStats: () => client.call('waitStats', []),
  };
}

function byPosition(one: AwaitedEvent, other: AwaitedEvent): number {
  return one.position - other.position;
}

function claimedWake(row: ClaimedWakeRow): ClaimedWake {
  const { id, waiter, workflowId, attempts, newest } = row;
  return { id, waiter, workflowId, attempts, newest, ...awaitedEvent(row) };
}
