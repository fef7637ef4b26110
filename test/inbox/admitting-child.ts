// A process that runs a small world on a store as fast as it can, until it is killed: events with `concurrency` and `rate` are accepted,
// starts are claimed and recorded, runs end.
// Arguments: the store's file and a prefix for delivery ids.
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import { delivery } from '../contract/deliveries.ts';
import { ADMISSION, KEYS } from './admission-terms.ts';

const LANES = 8;
const [file, prefix] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore({ file });
await store.putDefinition('hash-1', '{}');
let next = 0;

async function accepting(): Promise<never> {
  for (;;) {
    const deliveryId = `${prefix}-${next++}`;
    const starts = [{ flow: 'welcome', definitionHash: 'hash-1', admission: ADMISSION(KEYS[next % KEYS.length]!) }];
    const event = { id: `shop~${deliveryId}`, type: 'order', outcome: 'matched' as const, starts };
    await store.accept(delivery({ deliveryId, receivedAt: Date.now(), events: [event] }));
    process.stdout.write(`${deliveryId}\n`);
  }
}

/** Starts what is due; the runs end at once, some of them before their start is recorded. */
async function running(): Promise<never> {
  for (;;) {
    const starts = await store.claimStarts(8, 30_000, Date.now());
    const [early, late] = [starts.filter(({ id }) => id % 3 === 0), starts.filter(({ id }) => id % 3 !== 0)];
    for (const { flow, eventId } of early) await store.releaseSlots(`${flow}/${eventId}`, Date.now());
    await store.settleStarts(starts.map(({ id }) => ({ id, state: 'started' })));
    for (const { flow, eventId } of late) await store.releaseSlots(`${flow}/${eventId}`, Date.now());
    await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all([running(), ...Array.from({ length: LANES }, accepting)]);
