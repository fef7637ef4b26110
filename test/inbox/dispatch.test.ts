// The dispatcher starts everything once, and backs off as a whole when Temporal is away.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { StartResult } from '../../src/inbox/start-run.ts';
import { eager, openLab, pending, settleUntilDone, until, type Lab } from './dispatch-lab.ts';

let lab: Lab;
afterEach(() => lab.dispose());

const away: StartResult = { state: 'unavailable', error: 'connection refused' };

function eventsAsked(): string[] {
  return lab.asked.map((start) => start.eventId);
}

describe('a dispatcher', () => {
  it('starts every accepted delivery once', async () => {
    lab = await openLab();
    await lab.accept('shop', 30);
    lab.dispatcher.start();
    await lab.accept('shop', 30);
    await settleUntilDone(lab);
    assert.equal(lab.asked.length, 60);
    assert.equal(new Set(eventsAsked()).size, 60);
  });

  it('does nothing before start', async () => {
    lab = await openLab();
    await lab.accept('shop', 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(lab.asked, []);
  });

  it('starts nothing while the worker has no free slot', async () => {
    let slots = 0;
    lab = await openLab({ freeSlots: () => slots });
    await lab.accept('shop', 3);
    lab.dispatcher.start();
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(lab.asked.length, 0);
    slots = 1;
    await until(async () => (await pending(lab)) === 0);
  });

  it('serves a quiet source beside a flood', async () => {
    lab = await openLab({ openRunsMax: 4 });
    await lab.accept('flood', 100);
    await lab.accept('quiet', 2);
    lab.dispatcher.start();
    await settleUntilDone(lab);
    const places = lab.asked.flatMap((start, index) => (start.source === 'quiet' ? [index] : []));
    assert.ok(
      places.every((place) => place < 10),
      `served as numbers ${places.join(', ')}`,
    );
  });

  it('takes a run that exists already for started', async () => {
    lab = await openLab({ openRunsMax: 2 });
    lab.script((start) => ({ state: 'already', workflowId: `${start.flow}/${start.eventId}` }));
    await lab.accept('shop', 10);
    lab.dispatcher.start();
    await until(async () => (await pending(lab)) === 0);
    assert.equal((await lab.store.stats()).startsParked, 0);
    assert.equal(lab.asked.length, 10);
  });

  it('parks only the start that Temporal will never take, and says which', async () => {
    lab = await openLab();
    const invalid: StartResult = { state: 'invalid', error: 'INVALID_ARGUMENT' };
    lab.script((start) => (start.eventId === 'shop~d1' ? invalid : eager(start)));
    await lab.accept('shop', 5);
    lab.dispatcher.start();
    await settleUntilDone(lab);
    assert.equal((await lab.store.stats()).startsParked, 1);
    assert.equal(lab.asked.length, 5);
    assert.deepEqual(
      lab.log.map(({ flow, event, error }) => ({ flow, event, error })),
      [{ flow: 'welcome', event: 'shop~d1', error: 'INVALID_ARGUMENT' }],
    );
  });

  it('counts many wakes of one moment as one', async () => {
    let claims = 0;
    lab = await openLab({ pollIntervalMs: 60_000 }, (store) => ({
      claimStarts(...parameters) {
        claims += 1;
        return store.claimStarts(...parameters);
      },
    }));
    lab.dispatcher.start();
    await until(() => claims === 1);
    for (let wake = 0; wake < 1_000; wake += 1) lab.dispatcher.wake();
    await lab.accept('shop', 1);
    await until(() => lab.asked.length === 1);
    assert.ok(claims < 6, `${claims} claims`);
  });

  it('starts nothing while paused', async () => {
    lab = await openLab();
    lab.dispatcher.start();
    lab.dispatcher.pause();
    await lab.accept('shop', 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([lab.asked.length, lab.dispatcher.status().paused], [0, true]);
    lab.dispatcher.resume();
    await until(() => lab.asked.length === 3);
  });
});

describe('a dispatcher whose Temporal is away', () => {
  it('keeps deliveries, says so once, and once when it is back', async () => {
    lab = await openLab();
    lab.script(() => away);
    await lab.accept('shop', 40);
    lab.dispatcher.start();
    await until(() => lab.asked.length >= 20);
    const status = lab.dispatcher.status();
    assert.equal(typeof status.unavailableSince, 'number');
    assert.equal(status.lastError, 'connection refused');
    assert.equal(await pending(lab), 40);
    lab.script(eager);
    await settleUntilDone(lab);
    assert.deepEqual(
      lab.log.map((line) => line.msg),
      ['Temporal does not take runs now; deliveries wait in the inbox', 'Temporal is back; runs start again'],
    );
    assert.equal(lab.dispatcher.status().unavailableSince, null);
  });

  it('probes with one start at a time', async () => {
    lab = await openLab();
    let tries = 0;
    let inFlight = 0;
    let mostInFlight = 0;
    lab.script(async () => {
      tries += 1;
      inFlight += 1;
      if (tries > 1) mostInFlight = Math.max(mostInFlight, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inFlight -= 1;
      return away;
    });
    await lab.accept('shop', 1);
    lab.dispatcher.start();
    await until(() => tries === 1);
    await lab.accept('shop', 20);
    await until(() => tries === 5);
    assert.equal(mostInFlight, 1);
  });

  it('tries a start alone again when only that one fails', async () => {
    lab = await openLab();
    let failures = 0;
    lab.script(async (start) => {
      if (start.eventId !== 'shop~d0' || failures === 2) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        return eager(start);
      }
      failures += 1;
      await lab.accept('other', 1);
      await until(() => lab.asked.at(-1)?.source === 'other' && lab.dispatcher.status().startsInFlight === 1);
      return away;
    });
    await lab.accept('shop', 1);
    lab.dispatcher.start();
    await settleUntilDone(lab);
    assert.equal(failures, 2);
    assert.deepEqual(eventsAsked().filter((id) => id === 'shop~d0').length, 3);
    assert.deepEqual(lab.log, [], 'Temporal was never away');
  });

  it('treats a startRun that throws like one that could not reach Temporal', async () => {
    lab = await openLab();
    let thrown = false;
    lab.script((start) => {
      if (thrown) return eager(start);
      thrown = true;
      throw new Error('broken pipe');
    });
    await lab.accept('shop', 1);
    lab.dispatcher.start();
    await settleUntilDone(lab);
    assert.equal(lab.asked.length, 2);
    assert.equal(lab.asked[1]?.attempts, 1);
  });
});

describe('a dispatcher that stops', () => {
  it('waits for the start on its way, records it, and gives everything else back untried', async () => {
    lab = await openLab({ openRunsMax: 1 });
    let answer: (() => void) | undefined;
    lab.script(async (start) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return eager(start);
    });
    await lab.accept('shop', 6);
    lab.dispatcher.start();
    await until(() => answer !== undefined);
    const stopped = lab.dispatcher.stop();
    answer!();
    await stopped;
    assert.equal(lab.asked.length, 1);
    const left = await lab.store.claimStarts(10, 1_000, Date.now());
    assert.equal(left.length, 5);
    assert.ok(left.every((start) => start.attempts === 0 && start.id !== lab.asked[0]!.id));
  });

  it('can be stopped before it was started, and twice', async () => {
    lab = await openLab();
    await lab.dispatcher.stop();
    await lab.dispatcher.stop();
    assert.deepEqual(lab.asked, []);
  });
});

describe('a dispatcher whose store fails', () => {
  it('keeps outcomes until they are stored and starts nothing twice meanwhile', async () => {
    let failures = 2;
    lab = await openLab({}, (store) => ({
      async settleStarts(outcomes) {
        if (failures > 0) {
          failures -= 1;
          throw new Error('disk full');
        }
        await store.settleStarts(outcomes);
      },
    }));
    await lab.accept('shop', 5);
    lab.dispatcher.start();
    await settleUntilDone(lab);
    assert.equal(lab.asked.length, 5);
    assert.equal(lab.log.length, 1, 'said once');
  });

  it('claims again when the store is back', async () => {
    let failures = 3;
    lab = await openLab({}, (store) => ({
      claimStarts(...parameters) {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new Error('locked')) : store.claimStarts(...parameters);
      },
    }));
    await lab.accept('shop', 2);
    lab.dispatcher.start();
    await settleUntilDone(lab);
    assert.equal(lab.asked.length, 2);
    assert.equal(lab.log.length, 1, 'said once');
  });
});
