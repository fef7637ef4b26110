// Old bodies and delivery ids are deleted by the clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { startRetention } from '../../src/inbox/retention.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 15);

/** Runs retention until it pruned `times` times. */
async function pruned(times: number, answer: () => Promise<void>): Promise<{ calls: number[][]; log: string[] }> {
  const calls: number[][] = [];
  const log: string[] = [];
  const logger = pino({ base: undefined }, { write: (line: string) => void log.push(line) });
  await new Promise<void>((resolve) => {
    const prune = (...parameters: number[]): Promise<void> => {
      calls.push(parameters);
      if (calls.length >= times) void retention.stop().then(resolve);
      return answer();
    };
    const retention = startRetention({
      store: { prune },
      logger,
      deliveryDays: 30,
      bodyDays: 7,
      clock: () => NOW,
      intervalMs: 1,
    });
    const keepAlive = setInterval(() => {
      if (calls.length >= times) clearInterval(keepAlive);
    }, 5);
  });
  return { calls, log };
}

test('bodies go after their days and delivery ids after theirs', async () => {
  const { calls } = await pruned(1, async () => undefined);
  assert.deepEqual(calls, [[NOW - 7 * DAY_MS, NOW - 30 * DAY_MS]]);
});

test('a pruning that fails is logged and tried again', async () => {
  const { calls, log } = await pruned(2, async () => {
    throw new Error('disk full');
  });
  assert.equal(calls.length, 2);
  assert.match(log[0] ?? '', /could not be deleted/);
});
