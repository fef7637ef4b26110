// The sweep over a real store: places of runs that are over are given on, replaced runs are asked to end until they are, callers are told.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { pino } from 'pino';
import { createSlotSweep, type SlotSweep, type SlotSweepOptions } from '../../src/inbox/slots-sweep.ts';
import type { UnstartedCall } from '../../src/inbox/slots.ts';
import type { StartAdmission, Store } from '../../src/inbox/store.ts';
import { DAY_MS, delivery, LEASE_MS } from '../contract/deliveries.ts';
import { until } from './dispatch-lab.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const MINUTE_MS = 60_000;

type OnLimit = NonNullable<StartAdmission['concurrency']>['onLimit'];

let folder: StoreFolder;
let store: Store;
let sweep: SlotSweep | undefined;
let over: Set<string>;
let asked: string[];
let cancelled: string[];
let told: UnstartedCall[];

beforeEach(async () => {
  folder = await openStoreFolder({ onStarts: ({ toDo }) => toDo && sweep?.look() });
  store = folder.store;
  await store.putDefinition('hash-1', '{}');
  [over, asked, cancelled, told] = [new Set(), [], [], []];
});
afterEach(async () => {
  await sweep?.stop();
  sweep = undefined;
  await folder.dispose();
});

function startSweep(options: Partial<SlotSweepOptions> = {}): void {
  sweep = createSlotSweep({
    store,
    runIsOver: async (workflowId) => {
      asked.push(workflowId);
      return over.has(workflowId);
    },
    cancelRun: async (workflowId) => void cancelled.push(workflowId),
    tellCaller: async (call) => void told.push(call),
    logger: pino({ level: 'silent' }),
    intervalMs: 5,
    ...options,
  });
  sweep.start();
}

async function accept(id: string, onLimit: OnLimit = 'queue', source = 'shop', key = ''): Promise<void> {
  const admission: StartAdmission = { concurrency: { key, limit: 1, onLimit } };
  const starts = [{ flow: 'welcome', definitionHash: 'hash-1', admission }];
  const event = { id, type: 'order', outcome: 'matched' as const, starts };
  await store.accept(delivery({ source, deliveryId: id, receivedAt: Date.now(), events: [event] }));
}

async function startDue(): Promise<string[]> {
  const starts = await store.claimStarts(10, LEASE_MS, Date.now());
  await store.settleStarts(starts.map(({ id }) => ({ id, state: 'started' })));
  return starts.map(({ eventId }) => eventId);
}

const isDue = async (id: string): Promise<boolean> => (await startDue()).includes(id);

test('the slot of a run that is over goes to who waits; nobody asks after runs that nobody waits for', async () => {
  await accept('a');
  await accept('b');
  await accept('alone', 'queue', 'shop', 'other');
  await startDue();
  startSweep();
  await until(() => asked.length >= 3);
  assert.deepEqual(await startDue(), []);
  over.add('welcome/a');
  await until(() => isDue('b'));
  assert.deepEqual([...new Set(asked)], ['welcome/a']);
});

test('a run that somebody waits for is asked after in every sweep, though asking takes its time', async () => {
  await accept('a');
  await accept('b');
  await startDue();
  const intervalMs = 5;
  const begun = Date.now();
  let [sweeps, now] = [0, begun];
  const unstartedCalls = async (): Promise<UnstartedCall[]> => {
    sweeps += 1;
    now = begun + sweeps * intervalMs;
    return [];
  };
  const runIsOver = async (workflowId: string): Promise<boolean> => {
    asked.push(workflowId);
    now += 1;
    return false;
  };
  startSweep({ store: { ...store, unstartedCalls }, runIsOver, clock: () => now, intervalMs });
  await until(() => sweeps === 6);
  assert.ok(asked.length >= 4, `${asked.length} times in ${sweeps} sweeps`);
});

test('a run that is replaced is asked to be cancelled until it is over', async () => {
  await accept('a', 'cancel_running');
  await startDue();
  startSweep();
  await accept('b', 'cancel_running');
  await until(() => cancelled.length >= 2);
  over.add('welcome/a');
  await until(() => isDue('b'));
  assert.deepEqual([...new Set(cancelled)], ['welcome/a']);
});

test('a cancellation that Temporal does not take, or an answer that it does not give, is asked for again', async () => {
  await accept('a', 'cancel_running');
  await startDue();
  let failures = 0;
  const fail = async (): Promise<never> => {
    failures += 1;
    throw new Error('away');
  };
  const cancelRun = async (workflowId: string): Promise<void> =>
    failures < 2 ? fail() : void cancelled.push(workflowId);
  startSweep({ cancelRun });
  await accept('b', 'cancel_running');
  await until(() => cancelled.length > 0);
  assert.equal(failures, 2);
});

test('one run that cannot be asked after keeps no other from its turn', async () => {
  for (const key of ['x', 'y']) {
    await accept(`${key}1`, 'queue', 'shop', key);
    await accept(`${key}2`, 'queue', 'shop', key);
  }
  await startDue();
  startSweep({
    runIsOver: async (workflowId) => {
      if (workflowId === 'welcome/x1') throw new Error('away');
      return true;
    },
  });
  await until(() => isDue('y2'));
  assert.equal((await store.startStatus('x2', 'welcome'))?.waits?.for, 'concurrency');
});

test('a run that was started before and is over by now is checked at once, though nobody waits', async () => {
  await accept('a');
  await startDue();
  startSweep({ intervalMs: 60_000 });
  over.add('welcome/a');
  sweep!.check('welcome/a');
  await until(() => asked.includes('welcome/a'));
  await accept('b');
  await until(() => isDue('b'));
});

test('a run that was started before is checked until Temporal says what became of it', async () => {
  await accept('a', 'skip');
  await startDue();
  let failures = 0;
  startSweep({
    runIsOver: async () => {
      failures += 1;
      if (failures < 3) throw new Error('away');
      return true;
    },
  });
  sweep!.check('welcome/a');
  await until(() => failures >= 3);
  await until(
    async () => (await store.holdersToCheck({ wantedBefore: 0, anyBefore: Date.now(), limit: 1 })).length === 0,
  );
  await accept('b', 'skip');
  assert.deepEqual(await startDue(), ['b']);
});

test('a caller that cannot be told now keeps no run from its turn, and no other caller from knowing', async () => {
  await accept('a');
  await accept('b');
  await startDue();
  over.add('welcome/a');
  for (const id of ['first', 'second']) {
    await accept(`${id}-runs`, 'skip', 'shop', id);
    await accept(id, 'skip', 'call', id);
  }
  let isFull = true;
  startSweep({
    tellCaller: async (call) => {
      if (call.eventId === 'first' && isFull) throw new Error('the disk is full');
      told.push(call);
    },
  });
  await until(() => isDue('b'));
  isFull = false;
  await until(() => told.length >= 2);
  assert.deepEqual([...new Set(told.map(({ eventId }) => eventId))], ['second', 'first']);
});

test('a clock that was set back keeps nobody waiting', async () => {
  const now = Date.now();
  const clock = mock.fn(() => now + DAY_MS);
  startSweep({ clock });
  await until(() => clock.mock.callCount() > 4);
  await store.accept(delivery({ receivedAt: now + DAY_MS }));
  clock.mock.mockImplementation(() => now);
  await until(async () => (await store.claimStarts(1, 1, now + MINUTE_MS)).length === 1);
});

test('a flow is told of the call whose run never starts, once', async () => {
  await accept('first', 'skip');
  startSweep();
  await accept('called', 'skip', 'call');
  await until(() => told.length > 0);
  await until(async () => (await store.unstartedCalls(10)).length === 0);
  const [{ start: _row, reason, ...call }, ...others] = told as [UnstartedCall, ...UnstartedCall[]];
  assert.deepEqual([call, others], [{ eventId: 'called', flow: 'welcome' }, []]);
  assert.match(reason, /on_limit: skip/);
});

test('a flow is told of the call whose run Temporal refuses', async () => {
  await accept('called', 'queue', 'call');
  startSweep();
  const [start] = await store.claimStarts(1, LEASE_MS, Date.now());
  await store.settleStarts([{ id: start!.id, state: 'parked', error: 'too large' }]);
  await until(() => told.length > 0);
  assert.equal(told[0]!.reason, 'too large');
});
