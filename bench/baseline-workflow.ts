// The hand-written equivalent of flows/… in bench/flows: one workflow, one activity that makes one HTTP call.
import { proxyActivities } from '@temporalio/workflow';
import type { BaselineActivities } from './baseline.ts';

const { call } = proxyActivities<BaselineActivities>({ startToCloseTimeout: '35s', retry: { maximumAttempts: 10 } });

/** Posts the event on, and returns the status. */
export async function baseline(event: unknown): Promise<number> {
  return call(event);
}
