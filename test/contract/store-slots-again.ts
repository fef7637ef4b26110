// What every Store driver must do with slots over unclean stops, pruning, outcomes that come late and clocks that are set back.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  acceptAdmitted,
  acceptCounted,
  claim,
  end,
  LATER,
  MINUTE_MS,
  startDue,
  stateOf,
  type Concurrency,
} from './admitted.ts';
import type { StartAdmission } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, NOW, type StoreAtHand } from './deliveries.ts';

const QUEUE: Concurrency = { key: '', limit: 1, onLimit: 'queue' };

export function testSlotsAgain(at: StoreAtHand): void {
  it('sends starts again after an unclean stop without ever giving out more than there are slots', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b', 'c']);
    await startDue(store);
    await end(store, 'a');
    await startDue(store);
    assert.equal(await store.reopenStarts(NOW - DAY_MS), 2);
    // `b` holds its slot; `a`, which is over, waits for it, before `c`.
    assert.deepEqual(await startDue(store, LATER), ['b']);
    await end(store, 'b');
    assert.deepEqual(await startDue(store, LATER), ['a']);
    await store.settleHolders([{ workflowId: 'welcome/shop~a', over: true }], NOW);
    assert.deepEqual(await startDue(store, LATER), ['c']);
  });

  it('counts a run that goes on for longer than its delivery is kept', async () => {
    const store = at.store();
    const admission = { concurrency: { key: '', limit: 1, onLimit: 'queue' as const } };
    const starts = ['welcome', 'other'].map((flow) => ({ flow, definitionHash: 'hash-1', admission }));
    await store.accept(delivery({ deliveryId: 'a', event: { starts } }));
    await startDue(store);
    await store.prune(LATER, LATER);
    assert.deepEqual(await store.listDeliveries({ limit: 10 }), []);
    await acceptCounted(store, ['b', 'c']);
    assert.deepEqual(await startDue(store), []);
    assert.deepEqual(await store.startStatus('shop~c', 'welcome'), {
      state: 'pending',
      waits: { for: 'concurrency', ahead: 2 },
    });
    await end(store, 'a');
    assert.deepEqual(await startDue(store), ['b']);
  });

  it('asks after a run that a start waits for which was sent again after an unclean stop', async () => {
    const store = at.store();
    await acceptCounted(store, ['a', 'b']);
    await startDue(store);
    await end(store, 'a');
    await startDue(store);
    await store.reopenStarts(NOW - DAY_MS);
    assert.deepEqual(await startDue(store, LATER), ['b']);
    assert.deepEqual(await store.holdersToCheck({ wantedBefore: LATER, anyBefore: 0, limit: 10 }), [
      { workflowId: 'welcome/shop~b', cancel: false },
    ]);
  });

  it('leaves nobody waiting for a clock that was set back', async () => {
    const store = at.store();
    const tomorrow = { receivedAt: NOW + DAY_MS };
    for (const id of ['a', 'b']) await acceptAdmitted(store, id, { concurrency: QUEUE }, tomorrow);
    await store.accept(delivery({ deliveryId: 'plain', ...tomorrow }));
    assert.deepEqual(await claim(store), []);
    await store.bringForward(NOW);
    assert.deepEqual((await startDue(store, NOW + MINUTE_MS)).toSorted(), ['a', 'plain']);
    assert.deepEqual(await store.holdersToCheck({ wantedBefore: NOW, anyBefore: 0, limit: 10 }), [
      { workflowId: 'welcome/shop~a', cancel: false },
    ]);
    assert.deepEqual(await startDue(store, LATER), []);
  });

  it('takes back no start that was started before and waits for its time to be sent again', async () => {
    const store = at.store();
    const now = Date.now();
    const admission: StartAdmission = {
      concurrency: { key: '', limit: 1, onLimit: 'cancel_running' },
      rate: { key: '', limit: 1, perMs: DAY_MS },
    };
    await acceptAdmitted(store, 'a', admission, { receivedAt: now });
    await startDue(store, now);
    await store.reopenStarts(now - DAY_MS);
    assert.deepEqual(await startDue(store, now + 1), []);
    const unwanted = { eventId: 'shop~a', flow: 'welcome', reason: 'nobody wants it' };
    assert.equal(await store.withdrawStart(unwanted, now + 1), false);
    await acceptAdmitted(store, 'b', admission, { receivedAt: now + 1 });
    assert.equal(await stateOf(store, 'a'), 'pending');
    assert.deepEqual(await startDue(store, now + 2 * DAY_MS), ['a']);
  });

  it('takes back no start that was started before and may be sent again now', async () => {
    const store = at.store();
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'cancel_running' };
    await acceptAdmitted(store, 'a', { concurrency });
    await startDue(store);
    await end(store, 'a');
    await acceptAdmitted(store, 'b', { concurrency });
    await startDue(store);
    await store.reopenStarts(NOW - DAY_MS);
    await end(store, 'b');
    // It came in before `b` ended, and is stored after that.
    await acceptAdmitted(store, 'c', { concurrency }, { receivedAt: NOW - 1 });
    assert.equal(await stateOf(store, 'a'), 'pending');
    assert.deepEqual(await startDue(store), ['a']);
  });

  it('lets no late outcome take a start out of its turn, or leave it in the queue', async () => {
    const store = at.store();
    const ids = ['a', 'b', 'c', 'd'];
    await acceptCounted(store, ids);
    const rows = new Map<string, number>();
    for (const id of ids) {
      const [start] = await claim(store);
      rows.set(id, start!.id);
      await store.settleStarts([{ id: start!.id, state: 'started' }], NOW);
      if (id !== 'd') await end(store, id);
    }
    // `d` holds the slot; the others, which are over, wait for it to be sent again.
    await store.reopenStarts(NOW - DAY_MS);
    await store.settleStarts([{ id: rows.get('a')!, state: 'pending', retryAt: NOW, error: 'away' }], NOW);
    await store.settleStarts([{ id: rows.get('b')!, state: 'parked', error: 'too large' }], NOW);
    await store.settleStarts([{ id: rows.get('c')!, state: 'started', already: true }], NOW);
    assert.deepEqual(await startDue(store, LATER), ['d']);
    await end(store, 'd');
    assert.deepEqual(await startDue(store, LATER), [], 'the run of `c` counts until it is over');
    await store.settleHolders([{ workflowId: 'welcome/shop~c', over: true }], NOW);
    assert.deepEqual(await startDue(store, LATER), ['a']);
    await end(store, 'a');
    await acceptCounted(store, ['e']);
    assert.deepEqual(await startDue(store), ['e']);
  });

  it('leaves nobody waiting for a lease of a clock that was set back', async () => {
    const store = at.store();
    await store.accept(delivery({ deliveryId: 'plain' }));
    assert.equal((await claim(store, NOW + DAY_MS)).length, 1);
    await store.bringForward(NOW);
    assert.deepEqual(await startDue(store, NOW + MINUTE_MS), ['plain']);
  });
}
