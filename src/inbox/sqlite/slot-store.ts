// The part of the Store that counts runs, on SQLite: the writer keeps the places, the reader says where a start stands.
import type { SlotStore, StartNews } from '../slots.ts';
import type { Reader } from './reader-client.ts';
import type { ThreadClient } from './thread-client.ts';

/** @param told after a commit that let starts through. */
export function createSlotStore(
  client: ThreadClient,
  reader: Reader,
  told: (news: StartNews | null) => void,
): SlotStore {
  return {
    releaseSlots: async (workflowId, now) => told(await client.call('releaseSlots', [workflowId, now])),
    holdersToCheck: (question) => client.call('holdersToCheck', [question]),
    settleHolders: async (holders, now) => told(await client.call('settleHolders', [holders, now])),
    async withdrawStart(start, now) {
      const { withdrawn, news } = await client.call('withdrawStart', [start, now]);
      told(news);
      return withdrawn;
    },
    async dropStarts(starts, reason, now) {
      const { starts: dropped, news } = await client.call('dropStarts', [starts, reason, now]);
      told(news);
      return dropped;
    },
    countDroppable: (state, flow, now) => client.call('countDroppable', [state, flow, now]),
    unstartedCalls: (limit) => client.call('unstartedCalls', [limit]),
    settleUnstartedCalls: (starts) => client.call('settleUnstartedCalls', [starts]),
    async pruneSlots(now) {
      while (await client.call('pruneSlots', [now]));
    },
    bringForward: (now) => client.call('bringForward', [now]),
    startStatus: (eventId, flow) => reader.call('startStatus', [eventId, flow]),
    countWaitingStarts: () => client.call('countWaitingStarts', [Date.now()]),
  };
}
