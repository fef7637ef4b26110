// Everything that the SQLite thread can be asked to do, by name, and which of it must be on disk before it is answered.
import { createAcceptOperations } from './accept.ts';
import { createApprovalOperations } from './approvals.ts';
import type { Connection, Memory } from './connection.ts';
import { createGatheringOperations } from './gathering-close.ts';
import { createPruneOperations } from './prune.ts';
import { createRejectionOperations } from './rejections.ts';
import { createSlotOperations } from './slot-operations.ts';
import { createDropOperations } from './start-drops.ts';
import { createStartOperations } from './starts.ts';
import { createValueOperations } from './values.ts';
import { createWaiterOperations } from './waiters.ts';
import { createWakeOperations } from './wakes.ts';

/** Prepares all operations on one connection. */
export function createOperations(connection: Connection, memory: Memory) {
  return {
    ...createAcceptOperations(connection, memory),
    ...createStartOperations(connection, memory),
    ...createSlotOperations(connection, memory),
    ...createDropOperations(connection, memory),
    ...createValueOperations(connection),
    ...createPruneOperations(connection),
    ...createRejectionOperations(connection),
    ...createWaiterOperations(connection),
    ...createWakeOperations(connection, memory),
    ...createApprovalOperations(connection),
    ...createGatheringOperations(connection, memory),
  };
}

export type Operations = ReturnType<typeof createOperations>;
export type OperationName = keyof Operations;

/** One request to the thread. `bytes` is its size, for the limit of a transaction. */
export interface OperationRequest<K extends OperationName = OperationName> {
  id: number;
  name: K;
  parameters: Parameters<Operations[K]>;
  bytes: number;
}

/** One answer of the thread. `unavailable`: disk or database failed; else the request itself was at fault. */
export type OperationReply = { id: number; value: unknown } | { id: number; error: string; unavailable: boolean };

/**
 * What an operation needs of its transaction. `durable`: fsync before the answer. `lazy`: written, but a power failure may take it
 * back: starting again what was started is idempotent, and so is deleting; refused requests are no promise. `read`: writes nothing.
 */
export const operationKinds: Record<OperationName, 'durable' | 'lazy' | 'read'> = {
  accept: 'durable',
  putDefinition: 'durable',
  putBlob: 'durable',
  setIfAbsent: 'durable',
  set: 'durable',
  settleStarts: 'lazy',
  reopenStarts: 'durable',
  releaseSlots: 'durable',
  settleHolders: 'lazy',
  withdrawStart: 'durable',
  dropStarts: 'durable',
  settleUnstartedCalls: 'lazy',
  pruneSlots: 'lazy',
  bringForward: 'lazy',
  pruneBodies: 'lazy',
  pruneDeliveries: 'lazy',
  pruneDefinitions: 'lazy',
  pruneRejections: 'lazy',
  pruneGatherings: 'lazy',
  recordRejections: 'lazy',
  registerWaiter: 'durable',
  declareKeys: 'lazy',
  lookUpEvents: 'lazy',
  recordFound: 'lazy',
  forgetWaiter: 'lazy',
  settleWakes: 'lazy',
  settleRuns: 'lazy',
  pruneWaits: 'lazy',
  reopenWakes: 'durable',
  openApproval: 'durable',
  closeGatherings: 'durable',
  pruneApprovals: 'lazy',
  countOpenApprovals: 'read',
  claimWakes: 'read',
  uncheckedRuns: 'read',
  callers: 'read',
  countOpenGatherings: 'read',
  waitStats: 'read',
  holdersToCheck: 'read',
  unstartedCalls: 'read',
  countWaitingStarts: 'read',
  countDroppable: 'read',
  claimStarts: 'read',
  claimStart: 'read',
  getDefinition: 'read',
  hasEvent: 'read',
  getBlob: 'read',
  get: 'read',
  stats: 'read',
};
