// What every Store driver must do for flows with `debounce` and `batch`: every event is in one gathering, every gathering one start.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { BATCH, BATCH_BYTES_MAX } from '../../src/inbox/gathering.ts';
import type { ClaimedStart, DeliveryStatus, NewStart, StartAdmission, Store } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, LEASE_MS, NOW, type StoreAtHand } from './deliveries.ts';

const PERIOD_MS = 10_000;
const FAR_FUTURE = NOW + 365 * DAY_MS;

/** A start of the flow `digest` with such an admission. */
function start(admission: StartAdmission, definitionHash = 'hash-1'): NewStart {
  return { flow: 'digest', definitionHash, admission };
}
const batch = (size = 100, key = ''): NewStart => start({ batch: { key, size, periodMs: PERIOD_MS } });
const debounce = (maxMs?: number, key = ''): NewStart => start({ debounce: { key, periodMs: PERIOD_MS, maxMs } });

/** Ids of the events of a batch's start. */
export function eventsIn({ body }: ClaimedStart): string[] {
  return (body as { events: { id: string }[] }).events.map(({ id }) => id);
}

/** The events that a run gets: those of its batch, or its own. */
function contentOf(run: ClaimedStart): string {
  return run.source === BATCH ? eventsIn(run).join(', ') : run.eventId;
}

export function testGathering(at: StoreAtHand): void {
  const send = (id: string, afterMs: number, starts: NewStart, body: Json = { id }): Promise<unknown> =>
    at.store().accept(
      delivery({
        deliveryId: id,
        receivedAt: NOW + afterMs,
        body: Buffer.from(JSON.stringify(body)),
        event: { starts: [starts] },
      }),
    );
  const claimed = (store: Store = at.store()): Promise<ClaimedStart[]> => store.claimStarts(50, LEASE_MS, FAR_FUTURE);
  const close = (afterMs: number): ReturnType<Store['closeGatherings']> => at.store().closeGatherings(NOW + afterMs);

  it('gathers the events of a batch and starts one run with all of them, in their order', async () => {
    await send('a', 0, batch());
    await send('b', 400, batch(), { total: 1.5 });
    assert.deepEqual(await claimed(), []);
    assert.deepEqual(await close(PERIOD_MS - 1), { closed: 0, nextDueAt: NOW + PERIOD_MS });
    assert.deepEqual(await close(PERIOD_MS), { closed: 1, nextDueAt: null });
    const [run, ...others] = await claimed();
    assert.deepEqual(others, []);
    assert.match(run!.eventId, /^batch~digest-[0-9a-f]{32}$/);
    const { eventType, source, receivedAt, headers, query, flow, definitionHash } = run!;
    assert.deepEqual(
      { eventType, source, receivedAt, headers, query, flow, definitionHash },
      {
        eventType: BATCH,
        source: BATCH,
        receivedAt: NOW + PERIOD_MS,
        headers: {},
        query: {},
        flow: 'digest',
        definitionHash: 'hash-1',
      },
    );
    const { headers: sent, query: asked } = delivery();
    const common = { type: 'order.created', source: 'shop' };
    const time = (ms: number): string => new Date(ms).toISOString();
    assert.deepEqual(run!.body, {
      events: [
        { id: 'shop~a', ...common, time: time(NOW), body: { id: 'a' }, headers: sent, query: asked },
        { id: 'shop~b', ...common, time: time(NOW + 400), body: { total: 1.5 }, headers: sent, query: asked },
      ],
      count: 2,
    });
    assert.equal(await at.store().hasEvent(run!.eventId), true);
    assert.deepEqual(await close(PERIOD_MS), { closed: 0, nextDueAt: null });
  });

  it('closes a full batch at once, and those that one delivery overfills', async () => {
    const event = (id: string) => ({
      id,
      type: 'item',
      body: id,
      outcome: 'matched' as const,
      starts: [batch(2)],
    });
    await at.store().accept(delivery({ events: ['e1', 'e2', 'e3', 'e4', 'e5'].map(event) }));
    assert.deepEqual((await claimed()).map(eventsIn), [
      ['e1', 'e2'],
      ['e3', 'e4'],
    ]);
    assert.deepEqual(await close(PERIOD_MS), { closed: 1, nextDueAt: null });
    assert.deepEqual((await claimed()).slice(-1).map(eventsIn), [['e5']]);
  });

  it('keeps keys, flows and kinds apart', async () => {
    await send('a', 0, batch(100, 'one'));
    await send('b', 1, batch(100, 'two'));
    await send('c', 2, batch(100, 'one'));
    await send('d', 3, debounce(undefined, 'one'));
    await at
      .store()
      .accept(delivery({ deliveryId: 'e', event: { starts: [{ ...batch(100, 'one'), flow: 'other' }] } }));
    assert.equal((await close(PERIOD_MS + 3)).closed, 4);
    const runs = (await claimed()).map((run) => `${run.flow}: ${contentOf(run)}`);
    assert.deepEqual(runs.toSorted(), ['digest: shop~a, shop~c', 'digest: shop~b', 'digest: shop~d', 'other: shop~e']);
  });

  it('starts a debounced run with the last event, once it was quiet for the period', async () => {
    await send('a', 0, debounce());
    await send('b', PERIOD_MS - 1, debounce(), { last: true });
    assert.deepEqual(await close(PERIOD_MS), { closed: 0, nextDueAt: NOW + 2 * PERIOD_MS - 1 });
    assert.equal((await close(2 * PERIOD_MS - 1)).closed, 1);
    const [run, ...others] = await claimed();
    assert.deepEqual(others, []);
    assert.deepEqual([run!.eventId, run!.source, run!.body], ['shop~b', 'shop', { last: true }]);
    assert.equal(run!.receivedAt, NOW + PERIOD_MS - 1);
  });

  it('lets no debounce wait longer than its `max`', async () => {
    for (const afterMs of [0, 9_000, 18_000, 24_000]) await send(`at-${afterMs}`, afterMs, debounce(25_000));
    assert.deepEqual(await close(24_999), { closed: 0, nextDueAt: NOW + 25_000 });
    assert.equal((await close(25_000)).closed, 1);
    assert.deepEqual(
      (await claimed()).map(({ eventId }) => eventId),
      ['shop~at-24000'],
    );
  });

  it('takes an event that comes when a gathering is due into the next one, though nobody closed the first', async () => {
    await send('a', 0, batch());
    await send('b', PERIOD_MS, batch());
    await send('c', 0, debounce());
    await send('d', PERIOD_MS, debounce());
    assert.deepEqual((await claimed()).map(contentOf).toSorted(), ['shop~a', 'shop~c']);
    assert.deepEqual(await close(2 * PERIOD_MS), { closed: 2, nextDueAt: null });
  });

  it('counts a repeated delivery, and an event that came in another one, once', async () => {
    await send('a', 0, batch());
    await send('a', 1, batch());
    await at.store().accept(delivery({ deliveryId: 'again', event: { id: 'shop~a', starts: [batch()] } }));
    await close(PERIOD_MS);
    await send('a', PERIOD_MS + 1, batch());
    assert.equal((await close(3 * PERIOD_MS)).closed, 0);
    assert.deepEqual((await claimed()).map(eventsIn), [['shop~a']]);
  });

  it('closes a batch before its events are too many bytes; one event that is too large goes alone', async () => {
    const text = (bytes: number): Json => 'x'.repeat(bytes);
    await send('a', 0, batch(), text(BATCH_BYTES_MAX * 0.6));
    await send('b', 1, batch(), text(BATCH_BYTES_MAX * 0.6));
    await send('c', 2, batch(), text(BATCH_BYTES_MAX * 0.3));
    await send('d', 3, batch(), text(BATCH_BYTES_MAX * 1.1));
    await close(PERIOD_MS + 3);
    const runs = await claimed();
    assert.deepEqual(runs.map(eventsIn), [['shop~a'], ['shop~b', 'shop~c'], ['shop~d']]);
    assert.ok(Buffer.byteLength(JSON.stringify(runs[1]!.body)) <= BATCH_BYTES_MAX);
  });

  it('starts at the definition of the last event, with what its start still waits for', async () => {
    await at.store().putDefinition('hash-2', '{"flow":"digest","edited":true}');
    await send('a', 0, start({ batch: { key: '', size: 9, periodMs: PERIOD_MS } }, 'hash-1'));
    await send('b', 1, start({ batch: { key: '', size: 9, periodMs: PERIOD_MS } }, 'hash-2'));
    await close(PERIOD_MS);
    assert.deepEqual(
      (await claimed()).map(({ definitionHash }) => definitionHash),
      ['hash-2'],
    );
  });

  it('counts the events of flows before a batch, and believes no header of a sender', async () => {
    const from = async (source: string, depth: string): Promise<unknown> => {
      const headers = { 'hookline-depth': depth };
      return at.store().accept(delivery({ source, deliveryId: `d-${depth}`, headers, event: { starts: [batch(3)] } }));
    };
    await from('emit', '2');
    await from('run', '5');
    await from('shop', '19');
    const [run] = await claimed();
    assert.deepEqual(run!.headers, { 'hookline-depth': '5' });
  });

  it('goes through `concurrency` like any other start', async () => {
    const concurrency = { key: 'one', limit: 1, onLimit: 'queue' as const };
    for (const id of ['a', 'b', 'c', 'd'])
      await send(id, 0, start({ concurrency, batch: { key: '', size: 2, periodMs: PERIOD_MS } }));
    const first = await at.store().claimStarts(10, LEASE_MS, FAR_FUTURE);
    assert.deepEqual(first.map(eventsIn), [['shop~a', 'shop~b']]);
  });

  it('keeps what is open over a restart', async () => {
    await send('a', 0, batch());
    await send('b', 1, debounce());
    const store = await at.reopen();
    assert.deepEqual(await store.closeGatherings(NOW + 1), { closed: 0, nextDueAt: NOW + PERIOD_MS });
    await send('c', 2, batch());
    assert.equal((await close(2 * PERIOD_MS)).closed, 2);
    assert.deepEqual((await claimed()).map(contentOf), ['shop~a, shop~c', 'shop~b']);
  });

  it('waits no longer than the period when the clock went back', async () => {
    await send('a', DAY_MS, batch());
    await send('b', DAY_MS, debounce());
    const store = await at.reopen();
    assert.deepEqual(await store.closeGatherings(NOW), { closed: 0, nextDueAt: NOW + PERIOD_MS });
    await send('c', 5, batch());
    await send('d', 5, debounce());
    assert.equal((await close(PERIOD_MS + 5)).closed, 2);
    assert.deepEqual((await claimed()).map(contentOf).toSorted(), ['shop~a, shop~c', 'shop~d']);
  });

  it('closes many at once in steps, each of which says what is left', async () => {
    await Promise.all(Array.from({ length: 120 }, (_, index) => send(`e${index}`, index, batch(9, `key-${index}`))));
    assert.equal(await at.store().countOpenGatherings(), 120);
    let closed = 0;
    for (let nextDueAt: number | null = NOW; nextDueAt !== null;) {
      const step = await close(DAY_MS);
      closed += step.closed;
      nextDueAt = step.nextDueAt;
    }
    assert.equal(closed, 120);
    assert.equal(await at.store().countOpenGatherings(), 0);
    assert.equal((await at.store().stats()).startsPending, 120);
  });

  it('deletes no body while it is gathered, and all of it when its time is over', async () => {
    await send('a', 0, batch());
    await send('b', 0, debounce());
    await at.store().prune(NOW + DAY_MS, NOW + DAY_MS);
    await close(PERIOD_MS);
    const runs = await claimed();
    assert.deepEqual(
      runs.map((run) => (run.source === BATCH ? (run.body as { count: number }).count : run.body)),
      [1, { id: 'b' }],
    );
    await at.store().settleStarts(runs.map(({ id }) => ({ id, state: 'started' })));
    await at.store().prune(NOW + DAY_MS, NOW + DAY_MS);
    assert.deepEqual(await at.store().listDeliveries({ limit: 10 }), []);
    assert.equal(await at.store().hasEvent(runs[0]!.eventId), false);
  });

  it('says of every event where it went', async () => {
    const where = async (id: string): Promise<unknown> => {
      const [shown] = await at.store().findDeliveries(`shop~${id}`);
      return shown!.events[0]!.starts.map(({ state, waits, runEvent }) => ({ state, waits, runEvent }));
    };
    const idsOf = async (status: DeliveryStatus): Promise<string[]> =>
      (await at.store().listDeliveries({ status, limit: 10 })).map(({ deliveryId }) => deliveryId);
    await send('a', 0, debounce());
    await send('b', 500, debounce());
    await send('c', 600, batch());
    const gathering = (kind: 'debounce' | 'batch', ahead: number, until: number) => ({
      state: 'gathering',
      waits: { for: kind, ahead, until },
    });
    assert.deepEqual(await where('a'), [{ ...gathering('debounce', 2, NOW + PERIOD_MS + 500), runEvent: undefined }]);
    const [open] = (await where('c')) as { runEvent: string }[];
    assert.deepEqual(open, { ...gathering('batch', 1, NOW + PERIOD_MS + 600), runEvent: open!.runEvent });
    assert.deepEqual(await idsOf('waiting'), ['c', 'b', 'a']);
    assert.deepEqual(await idsOf('gathered'), []);
    await close(PERIOD_MS + 600);
    const runs = await claimed();
    assert.deepEqual(runs.map(({ eventId }) => eventId).toSorted(), [open!.runEvent, 'shop~b'].toSorted());
    await at.store().settleStarts(runs.map(({ id }) => ({ id, state: 'started' })));
    assert.deepEqual(await where('a'), [{ state: 'gathered', waits: undefined, runEvent: 'shop~b' }]);
    assert.deepEqual(await where('b'), [{ state: 'started', waits: undefined, runEvent: undefined }]);
    assert.deepEqual(await where('c'), [{ state: 'gathered', waits: undefined, runEvent: open!.runEvent }]);
    assert.deepEqual(await idsOf('gathered'), ['c', 'a']);
    assert.deepEqual(await idsOf('waiting'), []);
  });
}
