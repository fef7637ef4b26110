// What every Store driver must do with `concurrency`: never more starts let through than there are slots, in order, whatever ends them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NEVER_DUE_AT } from '../../src/inbox/slots.ts';
import type { ClaimedStart, NewStart, StartAdmission, Store } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';

type Concurrency = NonNullable<StartAdmission['concurrency']>;

/** Far enough for a start that is due at all; short of one that never is. */
const LATER = NOW + 3_650 * DAY_MS;

const QUEUE: Concurrency = { key: '', limit: 1, onLimit: 'queue' };
const MINUTE_MS = 60_000;

export async function acceptAdmitted(
  store: Store,
  id: string,
  admission: StartAdmission,
  more: { receivedAt?: number; respondWithinMs?: number } = {},
): Promise<void> {
  const start: NewStart = { flow: 'welcome', definitionHash: 'hash-1', admission };
  if (more.respondWithinMs !== undefined) start.respondWithinMs = more.respondWithinMs;
  const event = { id: `shop~${id}`, type: 'order.created', outcome: 'matched' as const, starts: [start] };
  await store.accept(delivery({ deliveryId: id, receivedAt: more.receivedAt ?? NOW, events: [event] }));
}

/** Claims what is due. */
export function claim(store: Store, now = NOW): Promise<ClaimedStart[]> {
  return store.claimStarts(1_000, LEASE_MS, now);
}

/** Starts all that is due at the time, and tells which. */
export async function startDue(store: Store, now = NOW): Promise<string[]> {
  const starts = await claim(store, now);
  await store.settleStarts(
    starts.map(({ id }) => ({ id, state: 'started' })),
    now,
  );
  return starts.map(({ eventId }) => eventId.slice('shop~'.length));
}

async function accept(store: Store, ids: string[], terms: Partial<Concurrency> = {}): Promise<void> {
  const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'queue', ...terms };
  for (const id of ids) await acceptAdmitted(store, id, { concurrency });
}

/** A run of the flow ends. */
function end(store: Store, id: string): Promise<void> {
  return store.releaseSlots(`welcome/shop~${id}`, NOW);
}

async function stateOf(store: Store, id: string): Promise<string | undefined> {
  return (await store.startStatus(`shop~${id}`, 'welcome'))?.state;
}

export function testSlots(at: StoreAtHand): void {
  it('lets as many starts through as there are slots, and the next in order when a run ends', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c', 'd'], { limit: 2 });
    assert.deepEqual(await startDue(store), ['a', 'b']);
    assert.deepEqual(await startDue(store, LATER), []);
    await end(store, 'b');
    assert.deepEqual(await startDue(store), ['c']);
    await end(store, 'a');
    await end(store, 'c');
    assert.deepEqual(await startDue(store), ['d']);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('counts each key and each flow apart', async () => {
    const store = at.store();
    await accept(store, ['a1', 'a2'], { key: 'a' });
    await accept(store, ['b1', 'b2'], { key: 'b' });
    assert.deepEqual((await startDue(store)).toSorted(), ['a1', 'b1']);
    const concurrency: Concurrency = { key: 'a', limit: 1, onLimit: 'queue' };
    const starts = ['welcome', 'other'].map((flow) => ({
      flow,
      definitionHash: 'hash-1',
      admission: { concurrency },
    }));
    const event = { id: 'shop~two', type: 'order.created', outcome: 'matched' as const, starts };
    await store.accept(delivery({ deliveryId: 'two', events: [event] }));
    assert.deepEqual(
      (await claim(store)).map(({ flow }) => flow),
      ['other'],
    );
  });

  it('gives a slot to one start only, and a run that ends twice frees one only', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c']);
    await startDue(store);
    await Promise.all([end(store, 'a'), end(store, 'a'), end(store, 'unknown')]);
    assert.deepEqual(await startDue(store), ['b']);
    assert.deepEqual(await startDue(store, LATER), []);
  });

  it('keeps slots and order over a crash between claim and start', async () => {
    await accept(at.store(), ['a', 'b', 'c']);
    assert.equal((await claim(at.store())).length, 1);
    const store = await at.reopen();
    assert.deepEqual(await startDue(store), ['a']);
    assert.deepEqual(await startDue(store, LATER), []);
    await end(await at.reopen(), 'a');
    assert.deepEqual(await startDue(await at.reopen()), ['b']);
  });

  it('says with a claimed start what it had to wait for', async () => {
    await accept(at.store(), ['a']);
    const [start] = await claim(at.store());
    assert.deepEqual(start?.admission, { concurrency: { key: '', limit: 1, onLimit: 'queue' } });
  });

  it('does not give the receiver a start that waits', async () => {
    const store = at.store();
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'queue' };
    await acceptAdmitted(store, 'a', { concurrency }, { respondWithinMs: 500 });
    await acceptAdmitted(store, 'b', { concurrency }, { respondWithinMs: 500 });
    assert.equal((await store.claimStart('shop~a', 'welcome', LEASE_MS, NOW))?.eventId, 'shop~a');
    assert.equal(await store.claimStart('shop~b', 'welcome', LEASE_MS, LATER), null);
    await end(store, 'a');
    assert.equal((await store.claimStart('shop~b', 'welcome', LEASE_MS, NOW))?.eventId, 'shop~b');
  });

  it('frees the slot of a start that is refused, and counts one whose end came before its start was recorded', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c']);
    const [a] = await claim(store);
    await store.settleStarts([{ id: a!.id, state: 'parked', error: 'too large' }], NOW);
    const [b] = await claim(store);
    await end(store, 'b');
    assert.equal(await stateOf(store, 'b'), 'started');
    assert.deepEqual(await startDue(store), ['c']);
    await store.settleStarts([{ id: b!.id, state: 'started' }], NOW);
    assert.equal((await store.stats()).startsPending, 0);
  });

  it('keeps the slot of a start that has to be tried again', async () => {
    const store = at.store();
    await accept(store, ['a', 'b']);
    const [a] = await claim(store);
    await store.settleStarts([{ id: a!.id, state: 'pending', retryAt: NOW + 1_000, error: 'away' }]);
    assert.deepEqual(await startDue(store), []);
    assert.deepEqual(await startDue(store, NOW + 1_000), ['a']);
  });

  it('takes a new limit for those that wait already, from the next event on', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c']);
    await accept(store, ['d'], { limit: 3 });
    assert.deepEqual(await startDue(store), ['a', 'b', 'c']);
    await accept(store, ['e'], { limit: 2 });
    await end(store, 'a');
    assert.deepEqual(await startDue(store), []);
    await end(store, 'b');
    assert.deepEqual(await startDue(store), ['d']);
  });

  it('skips an event beyond the limit for good, where the flow says so', async () => {
    const store = at.store();
    await accept(store, ['a', 'b'], { onLimit: 'skip' });
    assert.equal(await stateOf(store, 'b'), 'skipped');
    assert.equal((await store.stats()).startsPending, 1);
    assert.deepEqual(await startDue(store), ['a']);
    await end(store, 'a');
    assert.deepEqual(await startDue(store, LATER), []);
    await accept(store, ['c'], { onLimit: 'skip' });
    assert.deepEqual(await startDue(store), ['c']);
    const [shown] = await store.findDeliveries('shop~b');
    const start = shown!.events[0]!.starts[0]!;
    assert.equal(start.state, 'skipped');
    assert.match(start.error!, /on_limit: skip/);
    const skipped = await store.listDeliveries({ status: 'skipped', limit: 10 });
    assert.deepEqual(
      skipped.map(({ deliveryId }) => deliveryId),
      ['b'],
    );
  });

  it('skips one of two events that come at once', async () => {
    const store = at.store();
    await Promise.all([accept(store, ['a'], { onLimit: 'skip' }), accept(store, ['b'], { onLimit: 'skip' })]);
    const states = [await stateOf(store, 'a'), await stateOf(store, 'b')];
    assert.deepEqual(states.toSorted(), ['pending', 'skipped']);
  });

  it('lets the newest event win: the running ones are to be cancelled, the waiting ones are skipped', async () => {
    const store = at.store();
    await accept(store, ['a'], { onLimit: 'cancel_running' });
    await startDue(store);
    await accept(store, ['b', 'c'], { onLimit: 'cancel_running' });
    assert.equal(await stateOf(store, 'b'), 'skipped');
    assert.equal(await stateOf(store, 'c'), 'pending');
    const question = { wantedBefore: NOW, anyBefore: 0, limit: 10 };
    assert.deepEqual(await store.holdersToCheck(question), [{ workflowId: 'welcome/shop~a', cancel: true }]);
    // It is asked again until it is over.
    await store.settleHolders([{ workflowId: 'welcome/shop~a', over: false }], NOW);
    assert.deepEqual(await store.holdersToCheck({ ...question, wantedBefore: NOW - 1 }), []);
    const again = await (await at.reopen()).holdersToCheck(question);
    assert.deepEqual(again, [{ workflowId: 'welcome/shop~a', cancel: true }]);
    assert.deepEqual(await startDue(at.store(), LATER), []);
    await at.store().settleHolders([{ workflowId: 'welcome/shop~a', over: true }], NOW);
    assert.deepEqual(await startDue(at.store()), ['c']);
  });

  it('cancels as few runs as make room, the oldest first', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c'], { onLimit: 'cancel_running', limit: 3 });
    await startDue(store);
    await accept(store, ['d'], { onLimit: 'cancel_running', limit: 2 });
    const holders = await store.holdersToCheck({ wantedBefore: NOW, anyBefore: 0, limit: 10 });
    const toCancel = holders.filter(({ cancel }) => cancel).map(({ workflowId }) => workflowId);
    assert.deepEqual(toCancel, ['welcome/shop~a', 'welcome/shop~b']);
  });

  it('asks nobody to cancel a run that is still to be started', async () => {
    const store = at.store();
    await accept(store, ['a', 'b'], { onLimit: 'cancel_running' });
    assert.deepEqual(await store.holdersToCheck({ wantedBefore: NOW, anyBefore: NOW, limit: 10 }), []);
    await startDue(store);
    const holders = await store.holdersToCheck({ wantedBefore: NOW, anyBefore: NOW, limit: 10 });
    assert.deepEqual(holders, [{ workflowId: 'welcome/shop~a', cancel: true }]);
  });

  it('asks after holders that somebody waits for, after others only when they are old', async () => {
    const store = at.store();
    await accept(store, ['a'], { key: 'alone' });
    await accept(store, ['b', 'c'], { key: 'contended' });
    await accept(store, ['d', 'e'], { key: 'skipping', onLimit: 'skip' });
    await startDue(store);
    const ask = (wantedBefore: number, anyBefore: number): Promise<string[]> =>
      store
        .holdersToCheck({ wantedBefore, anyBefore, limit: 10 })
        .then((found) => found.map((each) => each.workflowId));
    assert.deepEqual(await ask(NOW, 0), ['welcome/shop~b', 'welcome/shop~d']);
    const all = ['b', 'd'].map((id) => ({ workflowId: `welcome/shop~${id}`, over: false }));
    await store.settleHolders(all, NOW);
    // Nobody waits for the one that events are skipped for, until the next one is.
    assert.deepEqual(await ask(NOW, 0), ['welcome/shop~b']);
    assert.deepEqual((await ask(NOW, NOW)).toSorted(), ['welcome/shop~a', 'welcome/shop~b', 'welcome/shop~d']);
  });

  it('sends starts again after an unclean stop without ever giving out more than there are slots', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c']);
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
    await accept(store, ['b', 'c']);
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
    await accept(store, ['a', 'b']);
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

  it('a claim costs the same however many wait', async () => {
    const store = at.store();
    await accept(store, ['first']);
    await startDue(store);
    const concurrency: Concurrency = { key: '', limit: 1, onLimit: 'queue' };
    const ids = Array.from({ length: 2_000 }, (_, index) => `q${index}`);
    await Promise.all(ids.map((id) => acceptAdmitted(store, id, { concurrency })));
    assert.equal(await store.countWaitingStarts(), 2_000);
    assert.deepEqual(await store.claimStarts(10, LEASE_MS, NEVER_DUE_AT - 1), []);
    const [shown] = await store.findDeliveries('shop~q1999');
    assert.deepEqual(shown!.events[0]!.starts[0]!.waits?.for, 'concurrency');
    assert.equal((await store.stats()).oldestPendingAt, null);
    await end(store, 'first');
    assert.equal((await claim(store)).length, 1);
  });

  it('says how many runs are ahead', async () => {
    const store = at.store();
    await accept(store, ['a', 'b', 'c', 'd'], { limit: 2 });
    assert.deepEqual(await store.startStatus('shop~d', 'welcome'), {
      state: 'pending',
      waits: { for: 'concurrency', ahead: 3 },
    });
    assert.deepEqual(await store.startStatus('shop~a', 'welcome'), { state: 'pending' });
    assert.equal(await store.startStatus('shop~none', 'welcome'), null);
  });
}
