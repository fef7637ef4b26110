// A process that accepts deliveries as fast as it can and prints the id of each acknowledged one, until it is killed.
// Arguments: the store's file and a prefix for delivery ids.
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import { delivery } from '../contract/deliveries.ts';

const LANES = 32;
const [file, prefix] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore({ file });
await store.putDefinition('hash-1', '{}');
let next = 0;

async function lane(): Promise<never> {
  for (;;) {
    const deliveryId = `${prefix}-${next++}`;
    await store.accept(delivery({ deliveryId }));
    process.stdout.write(`${deliveryId}\n`);
  }
}

async function settle(): Promise<never> {
  for (;;) {
    const starts = await store.claimStarts(8, 30_000, Date.now());
    await store.settleStarts(starts.map(({ id }) => ({ id, state: 'started' })));
  }
}

await Promise.all([settle(), ...Array.from({ length: LANES }, lane)]);
