// What the receiver does with a start that counts and that it starts itself, as whoever is told of its run may rely on.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createRunAnswer } from '../../src/answering.ts';
import type { Engine } from '../../src/engine.ts';
import type { StartResult } from '../../src/inbox/start-run.ts';
import { createStartTurns } from '../../src/inbox/start-turns.ts';
import type { StartAdmission } from '../../src/inbox/store.ts';
import type { Answer } from '../../src/server/answer.ts';
import { acceptAdmitted, startDue } from '../contract/admitted.ts';
import { DAY_MS } from '../contract/deliveries.ts';
import { until } from './dispatch-lab.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const ADMISSION: StartAdmission = {
  concurrency: { key: '', limit: 9, onLimit: 'queue' },
  rate: { key: '', limit: 1, perMs: DAY_MS },
};
let folder: StoreFolder;
let answer: Answer;
let result: StartResult;
let already: string[];

beforeEach(async () => {
  folder = await openStoreFolder();
  already = [];
  const engine: Pick<Engine, 'connected' | 'startRun' | 'answer'> = {
    connected: () => true,
    startRun: async () => result,
    answer: async () => ({ state: 'answered', response: { status: 200, headers: {}, body: null } }),
  };
  answer = createRunAnswer(
    folder.store,
    () => engine as Engine,
    createStartTurns(),
    (run) => void already.push(run),
  );
});
afterEach(() => folder.dispose());

async function ask(id: string): Promise<string> {
  const { state } = await answer({ flow: 'welcome', eventId: `shop~${id}`, respondsEarly: false }, 50);
  return state;
}

async function isStarted(id: string): Promise<boolean> {
  return (await folder.store.startStatus(`shop~${id}`, 'welcome'))?.state === 'started';
}

test('a start that was started before takes no second place of its rate, and its run is looked after', async () => {
  const { store } = folder;
  // As long ago as the rate is long: the place of the first start is free again.
  const before = Date.now() - DAY_MS;
  await acceptAdmitted(store, 'a', ADMISSION, { receivedAt: before });
  await startDue(store, before);
  await store.reopenStarts(before - DAY_MS);
  result = { state: 'already', workflowId: 'welcome/shop~a' };
  assert.equal(await ask('a'), 'answered');
  await until(() => isStarted('a'));
  assert.deepEqual(already, ['welcome/shop~a']);
  await acceptAdmitted(store, 'b', ADMISSION, { receivedAt: Date.now() });
  assert.deepEqual(await startDue(store, Date.now()), ['b']);
});

test('a run that is started now is looked after by nobody', async () => {
  await acceptAdmitted(folder.store, 'a', ADMISSION, { receivedAt: Date.now() });
  result = { state: 'started', workflowId: 'welcome/shop~a', eager: false };
  assert.equal(await ask('a'), 'answered');
  await until(() => isStarted('a'));
  assert.deepEqual(already, []);
});

test('who waits for a run that Temporal refused for good is told that it did not start', async () => {
  await acceptAdmitted(folder.store, 'a', ADMISSION, { receivedAt: Date.now() });
  const [start] = await folder.store.claimStarts(1, 1_000, Date.now());
  await folder.store.settleStarts([{ id: start!.id, state: 'parked', error: 'too large' }]);
  assert.equal(await ask('a'), 'failed');
});
