// Runs that waited when the database was made by version 3 go on to wait, and their rows are told from newer ones.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import { DAY_MS, delivery, LEASE_MS, NOW } from '../contract/deliveries.ts';
import { eventKey } from '../../src/inbox/event-key.ts';
import { makeOldDatabase } from './old-schemas.ts';

const HASH = eventKey(['o-1']).toString('hex');
/** A waiter, and the wake of one before it. */
const WAITS = `
INSERT INTO deliveries (id, source, delivery_id, received_at, method, content_type, headers, query, body)
  VALUES (1, 'shop', 'd-1', ${NOW}, 'POST', 'application/json', '{}', '{}', CAST('{"order_id":"o-1"}' AS BLOB));
INSERT INTO events (id, delivery, event_id, type, outcome) VALUES (1, 1, 'shop~d-1', 'paid', 'unmatched');
INSERT INTO key_shapes (id, type, source, paths, indexed_after, declared_at) VALUES (1, 'paid', 'shop', '["body.order_id"]', 0, ${NOW});
INSERT INTO event_keys VALUES (1, x'${HASH}', 1, ${NOW});
INSERT INTO waiters (id, waiter, workflow_id, once, since, except_event, expires_at, checked_at)
  VALUES (7, 'run/1', 'run', 0, 0, '', NULL, ${NOW}), (8, 'over/0', 'over', 1, 0, '', NULL, ${NOW});
INSERT INTO waiter_keys VALUES (1, x'${HASH}', 7), (1, x'${HASH}', 8);
INSERT INTO wakes (id, waiter, workflow_id, event, due_at) VALUES (5, 'run/1', 'run', 1, ${NOW});
`;

test('waits of version 3 are told of their events, and end with their runs', async () => {
  const { folder, file } = await makeOldDatabase(3, WAITS);
  const store = await openSqliteStore({ file });
  try {
    const event = { type: 'paid', body: { order_id: 'o-1' }, outcome: 'unmatched' as const, starts: [] };
    await store.accept(delivery({ deliveryId: 'd-2', event }));
    const claimed = await store.claimWakes(10, LEASE_MS, NOW + DAY_MS);
    assert.deepEqual(
      claimed.map(({ id, waiter, newest }) => [id, waiter, newest]),
      [
        [5, 'run/1', { waiter: 8, wake: 7 }],
        [claimed[1]?.id, 'over/0', { waiter: 8, wake: 7 }],
      ],
    );
    await store.settleWakes(claimed.map(({ id, newest }) => ({ id, state: 'gone', newest })));
    assert.deepEqual(await store.waitStats(), { waiters: 0, wakesPending: 0 });
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('an event that comes after all of version 3 were pruned is behind every one that a run took', async () => {
  const pruned = 'DELETE FROM event_keys; DELETE FROM wakes; DELETE FROM events; DELETE FROM deliveries;';
  const { folder, file } = await makeOldDatabase(3, `${WAITS}${pruned}`);
  const store = await openSqliteStore({ file });
  try {
    const event = { type: 'paid', body: { order_id: 'o-1' }, outcome: 'unmatched' as const, starts: [] };
    await store.accept(delivery({ deliveryId: 'd-2', event }));
    const [wake] = await store.claimWakes(1, LEASE_MS, NOW + DAY_MS);
    const takenBefore = 100_000_000;
    assert.ok(wake!.position > takenBefore, `it stands at ${wake!.position}`);
    const question = { source: 'shop', types: ['paid'], where: [['body.order_id', 'o-1']] as [string, string][] };
    const found = await store.lookBack({ ...question, since: 0, after: takenBefore, except: '' }, 10);
    assert.deepEqual(
      found.map(({ event: { id } }) => id),
      ['shop~d-2'],
    );
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});
