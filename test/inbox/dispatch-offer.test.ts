// Starts that the receiver offers right after their commit: begun at once where nothing older waits, and never twice.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { ClaimedStart } from '../../src/inbox/store.ts';
import { claimedStarts } from '../../src/server/claimed-starts.ts';
import { delivery } from '../contract/deliveries.ts';
import { openLab, until, type Lab } from './dispatch-lab.ts';

let lab: Lab;
afterEach(() => lab.dispose());

/** Commits one delivery and gives its start as the receiver would offer it. */
async function committed(deliveryId: string): Promise<ClaimedStart[]> {
  const stored = delivery({ source: 'shop', deliveryId, receivedAt: Date.now() });
  const { startIds } = await lab.store.accept(stored);
  const [event] = stored.events;
  const data = {
    id: event!.id,
    type: event!.type,
    source: 'shop',
    time: '',
    body: { offered: true },
    headers: {},
    query: {},
  };
  return claimedStarts(data, stored.receivedAt, event!.starts, startIds);
}

async function allStarted(): Promise<boolean> {
  for (const workflowId of lab.open) lab.settle(workflowId);
  return (await lab.store.stats()).startsPending === 0;
}

describe('an offered start', () => {
  it('is begun as it was offered, without being read back, and once', async () => {
    let claims = 0;
    lab = await openLab({ pollIntervalMs: 60_000 }, (store) => ({
      claimStarts: async (...asked) => {
        const starts = await store.claimStarts(...asked);
        claims += 1;
        return starts;
      },
    }));
    lab.dispatcher.start();
    await until(() => claims === 1); // The inbox was looked at and is empty.
    await new Promise((resolve) => setTimeout(resolve, 20));
    lab.dispatcher.offer(await committed('one'));
    await until(allStarted);
    assert.deepEqual(
      lab.asked.map((start) => start.body),
      [{ offered: true }],
    );
    assert.equal(claims, 1);
  });

  it('waits its turn behind what is in the inbox already', async () => {
    lab = await openLab({ openRunsMax: 1 });
    await lab.accept('shop', 3);
    lab.dispatcher.start();
    lab.dispatcher.offer(await committed('late'));
    await until(allStarted);
    assert.equal(lab.asked.length, 4);
    assert.match(lab.asked.at(-1)!.eventId, /late/);
  });

  it('is started from the store when the dispatcher was not running', async () => {
    lab = await openLab();
    lab.dispatcher.offer(await committed('early'));
    lab.dispatcher.start();
    await until(allStarted);
    assert.equal(lab.asked.length, 1);
  });

  it('is started once though it was offered, polled and offered again', async () => {
    lab = await openLab({ pollIntervalMs: 5 });
    lab.dispatcher.start();
    for (let number = 0; number < 50; number++) {
      const starts = await committed(`n${number}`);
      lab.dispatcher.offer(starts);
      lab.dispatcher.offer(starts);
    }
    await until(allStarted);
    assert.equal(lab.asked.length, 50);
  });

  it('is not started again by an answer of the store that is older than its end', async () => {
    let settled = false;
    let claims = 0;
    lab = await openLab({ pollIntervalMs: 60_000 }, (store) => ({
      async claimStarts(...asked) {
        const starts = await store.claimStarts(...asked);
        if (starts.length > 0) await until(() => settled);
        claims += 1;
        return starts;
      },
      async settleStarts(outcomes) {
        await store.settleStarts(outcomes);
        setTimeout(() => (settled = true), 5);
      },
    }));
    lab.dispatcher.start();
    await until(() => claims === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const starts = await committed('twice');
    lab.dispatcher.offer(starts);
    lab.dispatcher.offer(starts); // Not taken again, so the store is asked, and still says that it waits.
    await until(() => claims === 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lab.asked.length, 1);
  });
});
