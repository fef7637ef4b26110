// A schedule waits for the end of its run before its next time: for a start that waits too, for one that was skipped no longer.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { StartAdmission } from '../../src/inbox/store.ts';
import { createScheduleActivities } from '../../src/temporal/schedule-activities.ts';
import { delivery, NOW } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from '../inbox/sqlite-folder.ts';

let folder: StoreFolder;

beforeEach(async () => {
  folder = await openStoreFolder();
  await folder.store.putDefinition('hash-1', '{}');
});
afterEach(() => folder.dispose());

/** Temporal knows no run. */
const client = {
  workflow: {
    getHandle: (id: string) => ({
      describe: () => Promise.reject(new WorkflowNotFoundError('there is none', id, undefined)),
    }),
  },
} as unknown as Client;

async function accept(id: string, onLimit: 'queue' | 'skip'): Promise<void> {
  const admission: StartAdmission = { concurrency: { key: '', limit: 1, onLimit } };
  const starts = [{ flow: 'nightly', definitionHash: 'hash-1', admission }];
  const event = { id, type: 'schedule', outcome: 'matched' as const, starts };
  await folder.store.accept(delivery({ source: 'schedule', deliveryId: id, receivedAt: NOW, events: [event] }));
}

function ended(eventId: string): Promise<void> {
  const activities = createScheduleActivities({
    catalog: () => assert.fail('no flow is asked for'),
    store: folder.store,
    commitEvent: () => assert.fail('nothing is committed'),
    client: () => client,
  });
  return activities['hookline.await_run']({ run: `nightly/${eventId}`, flow: 'nightly', eventId });
}

test('the end of a run whose start waits for its turn is waited for', async () => {
  await accept('first', 'queue');
  await accept('second', 'queue');
  for (const id of ['first', 'second']) await assert.rejects(ended(id), { type: 'run_open' });
});

test('a start that was skipped has no end to wait for', async () => {
  await accept('first', 'skip');
  await accept('second', 'skip');
  await assert.rejects(ended('first'), { type: 'run_open' });
  await ended('second');
});
