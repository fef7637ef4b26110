// What became of starts is recorded once each and never forgotten, however late and however often it is asked to be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createSettling, type Settling } from '../../src/inbox/dispatch-settling.ts';
import type { StartOutcome } from '../../src/inbox/store.ts';
import { until } from './dispatch-lab.ts';

interface SettlingLab {
  settling: Settling;
  /** Ids as they were recorded. */
  recorded: number[];
  /** Ids of outcomes that somebody was told are recorded. */
  told: number[];
  /** The store answers what it was asked first. */
  answer(error?: Error): void;
  asked(): number;
}

/** A store that answers when the test says so. */
function openSettling(): SettlingLab {
  const waiting: ((error?: Error) => void)[] = [];
  const [recorded, told]: number[][] = [[], []];
  const settleStarts = (outcomes: StartOutcome[]): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push((error) => {
        if (error !== undefined) return reject(error);
        recorded!.push(...outcomes.map(({ id }) => id));
        resolve();
      });
    });
  const settling = createSettling({ settleStarts }, pino({ level: 'silent' }), (outcomes) =>
    told!.push(...outcomes.map(({ id }) => id)),
  );
  return {
    settling,
    recorded: recorded!,
    told: told!,
    answer: (error) => waiting.shift()!(error),
    asked: () => waiting.length,
  };
}

test('outcomes that come while everything is being recorded are recorded too, each once', async () => {
  const { settling, recorded, told, answer, asked } = openSettling();
  settling.add({ id: 1, state: 'started' });
  const flushed = settling.flush();
  await until(() => asked() === 1);
  // The store takes its time, and starts that were on their way are answered meanwhile.
  for (const id of [2, 3]) {
    settling.add({ id, state: 'started' });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  answer();
  await until(() => asked() > 0);
  settling.add({ id: 4, state: 'started' });
  while (settling.waiting() > 0) {
    await until(() => asked() > 0 || settling.waiting() === 0);
    if (asked() > 0) answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await flushed, true);
  assert.deepEqual(recorded, [1, 2, 3, 4]);
  assert.deepEqual(told, [1, 2, 3, 4]);
});

test('what the store does not take is kept, and recorded when it does', async () => {
  const { settling, recorded, answer, asked } = openSettling();
  settling.add({ id: 1, state: 'started' });
  const flushed = settling.flush();
  await until(() => asked() === 1);
  answer(new Error('the disk is full'));
  assert.equal(await flushed, false);
  assert.equal(settling.waiting(), 1);
  settling.add({ id: 2, state: 'started' });
  await until(() => asked() === 1);
  answer();
  await until(() => settling.waiting() === 0);
  assert.deepEqual(recorded, [1, 2]);
});
