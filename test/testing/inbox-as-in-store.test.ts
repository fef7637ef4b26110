// The inbox of a test finds the events that the store finds, and wakes whom the store wakes: over many made-up events and questions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { EventData, Json } from '../../workflows/definition.ts';
import type { RegisterRequest } from '../../workflows/store-call.ts';
import type { Store } from '../../src/inbox/store.ts';
import { eventIdOf } from '../../src/server/event-id.ts';
import { createTestInbox, type TestInbox } from '../../src/testing/test-inbox.ts';
import { delivery, LEASE_MS, NOW } from '../contract/deliveries.ts';
import { openStoreFolder, type StoreFolder } from '../inbox/sqlite-folder.ts';

const SEED = 20260105;
const EVENTS = 60;
const QUESTIONS = 80;
const WAITERS = 40;
const LATE = NOW + 1_000_000;
const ALL = 1_000;
/** Who asks. */
const STEP = { id: 'run/1', flow: 'run', step: 'step' };

let opened: StoreFolder;
before(async () => {
  opened = await openStoreFolder();
});
after(() => opened?.dispose());

/** Mulberry32 (Tommy Ettinger, public domain): the same numbers for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const random = createRandom(SEED);
const oneOf = <T>(values: readonly T[]): T => values[random(values.length)]!;

const TYPES = ['order.paid', 'order.shipped', 'order'];
const SOURCES = ['shop', 'emit'];
const VALUES: Json[] = [1, '1', 'one', true, 'true', null, '', 1.5, { a: 1 }, [1]];
const PATHS = ['body.id', 'body.list.0.id', 'type', 'body'];

function madeEvent(number: number): EventData {
  const source = oneOf(SOURCES);
  const body = oneOf<Json>([
    { id: oneOf(VALUES) },
    { id: oneOf(VALUES), list: [{ id: oneOf(VALUES) }] },
    oneOf(VALUES),
  ]);
  const time = new Date(NOW + number).toISOString();
  return { id: eventIdOf(source, `e-${number}`), type: oneOf(TYPES), source, time, body, headers: {}, query: {} };
}

function madeQuestion(name: string, since: number, once: boolean): RegisterRequest {
  const paths = [...new Set([oneOf(PATHS), oneOf(PATHS)])].sort().slice(0, random(3));
  const texts = ['1', 'one', 'true', 'order.paid', '', '1.5', 'null'];
  return {
    waiter: name,
    types: [...new Set([oneOf(TYPES), oneOf(TYPES)])],
    source: oneOf(SOURCES),
    where: paths.map((path) => [path, oneOf(texts)]),
    since,
    after: 0,
    except: eventIdOf('shop', `e-${random(EVENTS)}`),
    once,
    until: null,
  };
}

async function accept(store: Store, inbox: TestInbox, event: EventData, number: number): Promise<void> {
  const { id, type, source, body } = event;
  const receivedAt = NOW + number;
  const own = { id, type, body, outcome: 'unmatched' as const, starts: [] };
  await store.accept(
    delivery({ source, deliveryId: `e-${number}`, receivedAt, body: Buffer.from(JSON.stringify(body)), event: own }),
  );
  inbox.accept(event, receivedAt);
}

test('what came before is found, and what comes later wakes, as in the store', async () => {
  const { store } = opened;
  const woken: string[] = [];
  const inbox = createTestInbox(madeEvent(-1), ({ waiter, event }) => void woken.push(`${waiter} ${event.id}`));
  const events = Array.from({ length: EVENTS }, (_, number) => madeEvent(number));
  const half = EVENTS / 2;
  for (const [number, event] of events.slice(0, half).entries()) await accept(store, inbox, event, number);

  let found = 0;
  for (let number = 0; number < QUESTIONS; number += 1) {
    const question = madeQuestion(`question ${number}`, NOW + random(half), false);
    const inStore = (await store.lookBack(question, 10)).map(({ event }) => event.id);
    const inTest = inbox.register(question, STEP).candidates.map(({ event }) => event.id);
    inbox.forget(question.waiter, STEP.id);
    assert.deepEqual(inTest, inStore, JSON.stringify(question));
    found += inStore.length;
  }
  assert.ok(found > QUESTIONS / 2, `only ${found} events were found`);

  for (let number = 0; number < WAITERS; number += 1) {
    const question = madeQuestion(`w-${number}`, NOW, number % 2 === 0);
    const waiter = { ...question, id: `run/1/w-${number}`, workflowId: 'run/1', expiresAt: null };
    await store.registerWaiter(waiter, NOW);
    const already = await store.lookBack(waiter, question.once ? 1 : ALL);
    if (question.once && already.length > 0) await store.forgetWaiter(waiter.id);
    inbox.register(question, STEP);
  }
  for (const [number, event] of events.slice(half).entries()) await accept(store, inbox, event, half + number);

  assert.ok(woken.length > WAITERS / 2, `only ${woken.length} were woken`);
  assert.deepEqual(woken.sort(), (await allWakes(store)).sort());
});

/** Of one waiter the store hands out one wake after the other. */
async function allWakes(store: Store): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const wakes = await store.claimWakes(ALL, LEASE_MS, LATE);
    if (wakes.length === 0) return all;
    all.push(...wakes.map(({ waiter, event }) => `${waiter.replace('run/1/', '')} ${event.id}`));
    await store.settleWakes(wakes.map(({ id }) => ({ id, state: 'sent' })));
  }
}
