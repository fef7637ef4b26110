// Calls between flows, on a real store: what a call answers, and that a called run is asked to end in whatever moment its caller gives it up.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createCalls } from '../../src/call-flow.ts';
import { createCommitEvent } from '../../src/inbox/commit-event.ts';
import { loadText } from '../flow/load-support.ts';
import { openStoreFolder, type StoreFolder } from '../inbox/sqlite-folder.ts';

const catalog = loadText(`
flow: plain
triggers: [{ manual: true }]
steps: [{ return: 1 }]
---
flow: gatherer
triggers: [{ manual: true }]
batch: { size: 10, period: 1h }
steps: [{ return: 1 }]
---
flow: keyed
triggers: [{ manual: true }]
concurrency: { key: input.customer.id, limit: 1 }
steps: [{ return: 1 }]
`);
const origin = { runId: 'caller/e1', key: '0'.repeat(32) };
const RUN = `plain/call~${origin.key}`;
const LEASE_MS = 60_000;

let folder: StoreFolder;
/** What Temporal is asked to cancel. */
let cancelled: string[];
/** For how long it was tried. */
let triedMs: number;
/** What happens while Temporal is asked; true: it knows the run. */
let asked: () => Promise<boolean>;

beforeEach(async () => {
  folder = await openStoreFolder();
  cancelled = [];
  triedMs = 0;
  asked = async () => true;
});
afterEach(() => folder.dispose());

function calls(): ReturnType<typeof createCalls> {
  const { store } = folder;
  const client = {
    workflow: {
      getHandle: (run: string) => ({
        async cancel() {
          if (!(await asked())) throw new WorkflowNotFoundError('no such run', run, undefined);
          cancelled.push(run);
        },
      }),
    },
  } as unknown as Client;
  return createCalls({
    catalog: () => catalog,
    store,
    commitEvent: createCommitEvent({ store, clock: Date.now }),
    client: () => client,
    clock: Date.now,
    triedMs: () => triedMs,
  });
}

const request = { flow: 'plain', input: {}, depth: 1, awaited: true };

/** As the dispatcher does. */
async function started(): Promise<void> {
  const [start] = await folder.store.claimStarts(1, LEASE_MS, Date.now());
  await folder.store.settleStarts([{ id: start!.id, state: 'started' }]);
}

describe('a call', () => {
  it('is one start, however often it is made', async () => {
    const { call } = calls();
    const first = await call(request, origin);
    assert.deepEqual(first, { run: RUN, flow: 'plain', after: 0 });
    assert.deepEqual(await call(request, origin), first);
    assert.equal((await folder.store.stats()).startsPending, 1);
  });

  it('of a flow whose key cannot be worked out fails and is not stored: its end would never come', async () => {
    const { call } = calls();
    const keyed = { ...request, flow: 'keyed' };
    await assert.rejects(call(keyed, origin), (error: ApplicationFailure) => {
      assert.deepEqual([error.type, error.nonRetryable], ['call_failed', true]);
      assert.match(error.message, /^no run of `keyed` can be started: missing_key: the key of `concurrency`/);
      return true;
    });
    assert.equal((await folder.store.stats()).deliveries, 0);
    await call({ ...keyed, input: { customer: { id: 7 } } }, origin);
    assert.equal((await folder.store.stats()).startsPending, 1);
  });

  it('that is not waited for says when its event is gathered with others, for no run is its own', async () => {
    const { call } = calls();
    const detached = { ...request, flow: 'gatherer', awaited: false };
    const first = await call(detached, origin);
    assert.equal(first.gathered, `call~${origin.key}`);
    assert.deepEqual(await call(detached, origin), first);
    const plain = await call({ ...request, awaited: false }, { ...origin, key: '1'.repeat(32) });
    assert.equal(plain.gathered, undefined);
  });
});

describe('a call that is given up', () => {
  it('before it was made asks for nothing', async () => {
    asked = async () => false;
    await calls().cancelCall('plain', origin, false);
    assert.deepEqual(cancelled, []);
  });

  it('is tried again while its run is about to start', async () => {
    const { call, cancelCall } = calls();
    await call(request, origin);
    asked = async () => false;
    await assert.rejects(cancelCall('plain', origin, false), { type: 'run_open' });
    await started();
    asked = async () => true;
    await cancelCall('plain', origin, false);
    assert.deepEqual(cancelled, [RUN]);
  });

  it('reaches a run that starts just after Temporal said that it knows of none', async () => {
    const { call, cancelCall } = calls();
    await call(request, origin);
    let times = 0;
    asked = async () => {
      times += 1;
      if (times > 1) return true;
      await started();
      return false;
    };
    await cancelCall('plain', origin, false);
    assert.deepEqual(cancelled, [RUN]);
  });

  it('while an attempt at it may go on is tried again, for as long as that may make it', async () => {
    asked = async () => false;
    await assert.rejects(calls().cancelCall('plain', origin, true), { type: 'call_underway' });
    triedMs = 15_000;
    await calls().cancelCall('plain', origin, true);
    assert.deepEqual(cancelled, []);
    triedMs = 0;
    await calls().call(request, origin);
    asked = async () => true;
    await calls().cancelCall('plain', origin, true);
    assert.deepEqual(cancelled, [RUN]);
  });

  it('reaches a run whose event was deleted by age', async () => {
    await calls().cancelCall('plain', origin, false);
    assert.deepEqual(cancelled, [RUN]);
  });
});
