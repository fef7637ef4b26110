// The wait that tests of stores have in common: a run of `dunning` waits for the payment of an order. Data only.
import type { NewWaiter } from '../../src/inbox/waits.ts';
import { NOW } from './deliveries.ts';

/** It wakes once, never ends by itself, and each order has a run of its own; what a test cares about goes into `changes`. */
export function waiterOf(order: string, changes: Partial<NewWaiter> = {}): NewWaiter {
  return {
    id: `dunning/emit~${order}/1`,
    workflowId: `dunning/emit~${order}`,
    types: ['payment.received'],
    source: 'emit',
    where: [['body.order_id', order]],
    since: NOW,
    after: 0,
    except: `emit~${order}`,
    once: true,
    expiresAt: null,
    ...changes,
  };
}
