// Who asks for the result of an event that was gathered gets that of the run that has it, once it is known which one that is.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createRunAnswer } from '../../src/answering.ts';
import type { Engine } from '../../src/engine.ts';
import { createStartTurns } from '../../src/inbox/start-turns.ts';
import type { StartAdmission } from '../../src/inbox/store.ts';
import type { Answer } from '../../src/server/answer.ts';
import { delivery, NOW } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const PERIOD_MS = 1_000;
let folder: StoreFolder;
let answer: Answer;

beforeEach(async () => {
  folder = await openStoreFolder();
  // Every run that was started has ended with the id of its event.
  const engine: Pick<Engine, 'connected' | 'startRun' | 'answer'> = {
    connected: () => true,
    startRun: async ({ flow, eventId }) => ({ state: 'started', workflowId: `${flow}/${eventId}`, eager: false }),
    answer: async ({ eventId }) => ({ state: 'answered', response: { status: 200, headers: {}, body: eventId } }),
  };
  answer = createRunAnswer(folder.store, () => engine as Engine, createStartTurns());
});
afterEach(() => folder.dispose());

async function send(id: string, admission: StartAdmission): Promise<void> {
  const starts = [{ flow: 'digest', definitionHash: 'hash-1', admission }];
  await folder.store.accept(delivery({ deliveryId: id, event: { starts } }));
}

async function resultOf(id: string, withinMs = 1): Promise<unknown> {
  const answered = await answer({ flow: 'digest', eventId: `shop~${id}`, respondsEarly: false }, withinMs);
  return answered.state === 'answered' ? answered.response.body : answered.state;
}

/** Closes what is due and starts it, as the dispatcher does. */
async function closeAndStart(): Promise<string[]> {
  await folder.store.closeGatherings(NOW + PERIOD_MS);
  const starts = await folder.store.claimStarts(10, 1_000, NOW + PERIOD_MS);
  await folder.store.settleStarts(starts.map(({ id }) => ({ id, state: 'started' })));
  return starts.map(({ eventId }) => eventId);
}

test('the result of an event in a batch is that of the batch', async () => {
  for (const id of ['a', 'b']) await send(id, { batch: { key: '', size: 9, periodMs: PERIOD_MS } });
  assert.equal(await resultOf('a'), 'pending');
  const [batch] = await closeAndStart();
  assert.equal(await resultOf('a'), batch);
  assert.equal(await resultOf('b'), batch);
});

test('the result of an event that a later one took over is that of the last', async () => {
  for (const id of ['a', 'b']) await send(id, { debounce: { key: '', periodMs: PERIOD_MS } });
  assert.equal(await resultOf('a'), 'pending');
  await closeAndStart();
  assert.equal(await resultOf('a'), 'shop~b');
  assert.equal(await resultOf('b'), 'shop~b');
});
