// Which runs are over: what holds a place, waits or asks people must neither be forgotten while it goes on nor kept for ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';
import { createRunSeemsOver } from '../../src/temporal/run-over.ts';
import { createRunIsOver } from '../../src/temporal/wake-run.ts';

/** A client of a server that says this of every run. */
function clientOf(name: WorkflowExecutionStatusName): Client {
  const handle = { describe: async () => ({ status: { name } }) };
  const connection = { withDeadline: (_deadline: number, ask: () => unknown) => ask() };
  return { connection, workflow: { getHandle: () => handle } } as unknown as Client;
}

const GOING_ON: WorkflowExecutionStatusName[] = ['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW', 'UNSPECIFIED', 'UNKNOWN'];
const ENDED: WorkflowExecutionStatusName[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'];

for (const createAsking of [createRunIsOver, createRunSeemsOver]) {
  test(`${createAsking.name}: a run that is paused, or whose status nobody knows, is not over`, async () => {
    for (const name of GOING_ON) assert.equal(await createAsking(() => clientOf(name))('welcome/shop~1'), false, name);
    for (const name of ENDED) assert.equal(await createAsking(() => clientOf(name))('welcome/shop~1'), true, name);
  });
}
