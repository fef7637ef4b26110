// What a transaction changed in memory is taken back with it, as if nobody had asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationReply, OperationRequest } from '../../src/inbox/sqlite/operations.ts';
import { createSession } from '../../src/inbox/sqlite/session.ts';
import { StoreUnavailableError } from '../../src/inbox/store.ts';
import { delivery, LEASE_MS, NOW } from '../contract/deliveries.ts';
import { eventually } from '../support/waiting.ts';
import { openStoreFolder } from './sqlite-folder.ts';

const HOUR_MS = 3_600_000;
const MEBIBYTE = 1024 * 1024;

test('a start stays leased when its outcome cannot be stored', async () => {
  const opened = await openStoreFolder({ sizeBytesMax: 2 * MEBIBYTE });
  try {
    const { store } = opened;
    await store.accept(delivery());
    const [claimed] = await store.claimStarts(1, LEASE_MS, NOW);
    const outcome = { id: claimed!.id, state: 'parked', error: 'x'.repeat(3 * MEBIBYTE) } as const;
    await assert.rejects(store.settleStarts([outcome]), StoreUnavailableError);
    const again = await eventually('the store can be asked again', () =>
      store.claimStarts(1, LEASE_MS, NOW + 1).catch(() => undefined),
    );
    assert.deepEqual(again, []);
    const late = await store.claimStarts(1, LEASE_MS, NOW + LEASE_MS);
    assert.deepEqual(
      late.map(({ id }) => id),
      [claimed!.id],
    );
  } finally {
    await opened.dispose();
  }
});

test('that the clock went back is noticed again when nothing could be stored of it', async () => {
  const opened = await openStoreFolder();
  const { store, file } = opened;
  const debounce = { key: '', periodMs: 60_000 };
  await store.accept(
    delivery({ event: { starts: [{ flow: 'welcome', definitionHash: 'hash-1', admission: { debounce } }] } }),
  );
  const session = createSession({ file });
  try {
    assert.equal(dueAt(session.run([closing(1, NOW)])[0]), NOW + 60_000);
    const setBack = NOW - HOUR_MS;
    // A setting without a value: this request is at fault, not the disk, so the other one is tried again alone.
    const atFault: OperationRequest = { id: 3, name: 'set', parameters: ['name', null as unknown as string], bytes: 0 };
    const [closed, refused] = session.run([closing(2, setBack), atFault]);
    assert.equal(refused !== undefined && 'error' in refused && refused.unavailable, false);
    assert.equal(dueAt(closed), setBack + 60_000);
  } finally {
    session.close();
    await opened.dispose();
  }
});

function closing(id: number, now: number): OperationRequest {
  return { id, name: 'closeGatherings', parameters: [now], bytes: 0 };
}

function dueAt(reply: OperationReply | undefined): unknown {
  assert.ok(reply !== undefined && 'value' in reply);
  return (reply.value as { nextDueAt: number | null }).nextDueAt;
}
