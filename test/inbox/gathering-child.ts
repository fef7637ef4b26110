// A process that gathers events, closes what is due and starts what it finds, as fast as it can, until it is killed. It prints `event ID`
// for each acknowledged one, and `run ID` for each claimed start before it says that the start is done. Arguments: file, prefix.
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import { delivery } from '../contract/deliveries.ts';

const LANES = 12;
const KEYS = 3;
const [file, prefix] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore({ file });
await store.putDefinition('hash-1', '{}');
let next = 0;

async function lane(): Promise<never> {
  for (;;) {
    const number = next++;
    const deliveryId = `${prefix}-${number}`;
    const key = `key-${number % KEYS}`;
    const starts = [
      { flow: 'digest', definitionHash: 'hash-1', admission: { batch: { key, size: 7, periodMs: 15 } } },
      { flow: 'latest', definitionHash: 'hash-1', admission: { debounce: { key, periodMs: 5, maxMs: 20 } } },
    ];
    await store.accept(delivery({ deliveryId, receivedAt: Date.now(), event: { starts } }));
    process.stdout.write(`event shop~${deliveryId}\n`);
  }
}

async function work(): Promise<never> {
  for (;;) {
    await store.closeGatherings(Date.now());
    const starts = await store.claimStarts(20, 30_000, Date.now());
    for (const { flow, eventId } of starts) process.stdout.write(`run ${flow}/${eventId}\n`);
    await store.settleStarts(starts.map(({ id }) => ({ id, state: 'started' })));
    await sleep(2);
  }
}

await Promise.all([work(), ...Array.from({ length: LANES }, lane)]);
