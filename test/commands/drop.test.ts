// An operator whose flow has thousands of starts that nobody wants drops them with `hookline deliveries drop`, and is told what was left.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Store } from '../../src/inbox/store.ts';
import { delivery } from '../contract/deliveries.ts';
import { openAuthorLab, type AuthorLab } from './author-lab.ts';

const WRONGLY_QUEUED = 5_000;
const flows = {
  'import.yaml': `
source: orders
auth: none
delivery_id: body:id
---
flow: import
triggers:
  - event: '*'
    source: orders
concurrency: { limit: 1 }
steps:
  - return: ok
---
flow: count
triggers:
  - event: '*'
    source: orders
steps:
  - return: ok
---
flow: remind
triggers:
  - webhook: reminders
    auth: none
    delivery_id: body:id
debounce: { period: 1h }
steps:
  - return: ok
`,
};

let lab: AuthorLab;

/** Events that wait behind one that goes on, and one that Temporal refused, from an earlier life of the data folder. */
async function storeMistakes(store: Store): Promise<void> {
  const admission = { concurrency: { key: '', limit: 1, onLimit: 'queue' as const } };
  const accept = (source: string, id: string, flow: string): Promise<unknown> => {
    const starts = [{ flow, definitionHash: 'hash-1', admission }];
    const event = { id: `${source}~${id}`, type: 'made', outcome: 'matched' as const, starts };
    return store.accept(delivery({ source, deliveryId: id, receivedAt: Date.now(), events: [event] }));
  };
  const refused = { state: 'parked', error: 'INVALID_ARGUMENT: the input is larger than the server takes' } as const;
  for (const id of ['refused-1', 'refused-2']) await accept('shop', id, 'bill');
  for (let left = 2; left > 0; left -= 1) {
    const [start] = await store.claimStarts(1, 1_000, Date.now());
    await store.settleStarts([{ id: start!.id, ...refused }]);
  }
  await accept('shop', 'first', 'flood');
  await Promise.all(Array.from({ length: WRONGLY_QUEUED }, (_, n) => accept('shop', `queued-${n}`, 'flood')));
}

before(async () => {
  lab = await openAuthorLab(flows);
  await lab.start();
  await lab.stop();
  await lab.withStore(async (store) => storeMistakes(store));
  await lab.start();
  for (const id of ['a', 'b', 'c']) assert.equal(await lab.post('orders', `{"id":"${id}"}`), 202);
  assert.equal(await lab.post('reminders', '{"id":"r"}'), 202);
});
after(() => lab.end());

function drop(...args: string[]): ReturnType<AuthorLab['hookline']> {
  return lab.hookline(['deliveries', 'drop', ...args]);
}

describe('deliveries drop ID', () => {
  it('drops the start that waits for its turn, leaves that of another flow, and says why', async () => {
    const { code, stdout } = await drop('orders~b');
    assert.equal(code, 0);
    assert.match(stdout, /^import\/orders~b {2}dropped$/m);
    assert.match(
      stdout,
      /^count\/orders~b {2}left: its turn has come: it is being started, or waits for Temporal only/m,
    );
    const shown = await lab.hookline(['deliveries', 'show', 'orders~b']);
    assert.match(shown.stdout, /Flow import: skipped\. .*somebody dropped it\.[^]*Reason: dropped by hand/);
    assert.doesNotMatch(shown.stdout, /workflow id import/, 'there is no such run to look at');
  });

  it('drops that of the flow it is told, by the delivery id as well, for the reason it is given', async () => {
    const { code, stdout } = await drop('c', '--flow', 'import', '--reason', 'sent twice', '--json');
    assert.equal(code, 0);
    const run = 'import/orders~c';
    const expected = { event: 'orders~c', flow: 'import', run, status: 'skipped', dropped: true, why: null };
    assert.deepEqual(JSON.parse(stdout), { starts: [expected] });
    assert.match((await lab.hookline(['deliveries', 'show', 'orders~c'])).stdout, /Reason: sent twice/);
  });

  it('exits 1 where nothing was dropped: what is being started, what was dropped before, what is gathered, what is unknown', async () => {
    const first = await drop('orders~a');
    assert.equal(first.code, 1);
    assert.match(first.stdout, /^import\/orders~a {2}left: its turn has come/m);
    const again = await drop('orders~c', '--flow', 'import');
    assert.deepEqual([again.code, again.stdout], [1, 'import/orders~c  left: it starts no run anyway\n']);
    const gathered = await drop('reminders~r');
    assert.equal(gathered.code, 1);
    assert.match(gathered.stderr, /Nothing was dropped.*debounce/);
    const other = await drop('orders~a', '--flow', 'remind');
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /Nothing was dropped: it does not start `remind`, or is gathered first .*See hookline deliveries show orders~a/,
    );
    const unknown = await drop('nobody');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /No delivery and no event has the id nobody/);
  });
});

describe('deliveries drop --waiting', () => {
  it('says how many it would drop, and drops nothing without --yes', async () => {
    const { code, stderr } = await drop('--waiting', '--flow', 'flood');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /Of flood, 5000 starts would be dropped: each waits for its turn\. Nothing was dropped; add --yes/,
    );
    const counted = await drop('--waiting', '--flow', 'flood', '--json');
    assert.deepEqual([counted.code, JSON.parse(counted.stdout)], [2, { count: 5_000 }]);
    assert.match(counted.stderr, /5000 starts/);
  });

  it('drops all 5,000 that wait, and not the one whose turn it is', async () => {
    const { code, stdout } = await drop('--waiting', '--flow', 'flood', '--yes', '--reason', 'a mistake');
    assert.deepEqual([code, stdout], [0, '5000 starts of flood dropped\n']);
    assert.match((await drop('--waiting', '--flow', 'flood')).stderr, /Of flood nothing waits for its turn/);
    const first = await lab.hookline(['deliveries', 'show', 'shop~first']);
    assert.match(first.stdout, /Flow flood: waiting/);
  });

  it('is told what cannot be meant', async () => {
    const wrong = [
      await drop(),
      await drop('--waiting'),
      await drop('orders~a', '--waiting', '--flow', 'import'),
      await drop('--waiting', '--failed', '--flow', 'import'),
      await drop('orders~a', '--reason', ''),
    ];
    for (const { code, stderr } of wrong)
      assert.match(`${code} ${stderr}`, /^2 (Say what to drop|Give either|--reason has)/);
  });
});

describe('deliveries drop --failed', () => {
  it('drops what Temporal refused for good, so that it is counted no more', async () => {
    const one = await drop('shop~refused-1');
    assert.deepEqual([one.code, one.stdout], [0, 'bill/shop~refused-1  dropped\n']);
    assert.match((await drop('--failed', '--flow', 'bill')).stderr, /1 start would be dropped: each failed/);
    assert.equal((await drop('--failed', '--flow', 'bill', '--yes')).stdout, '1 start of bill dropped\n');
    const metrics = await (await fetch(`${lab.url()}/metrics`)).text();
    assert.match(metrics, /hookline_inbox\{rows="starts_parked"\} 0/);
    assert.match((await lab.hookline(['deliveries', '--status', 'failed'])).stdout, /No deliver/);
  });
});

describe('deliveries drop while no Hookline runs', () => {
  before(() => lab.stop());

  it('drops in the data folder itself', async () => {
    await lab.withStore(async (store) => {
      const admission = { concurrency: { key: '', limit: 1, onLimit: 'queue' as const } };
      const starts = [{ flow: 'flood', definitionHash: 'hash-1', admission }];
      const event = { id: 'shop~late', type: 'made', outcome: 'matched' as const, starts };
      await store.accept(delivery({ source: 'shop', deliveryId: 'late', receivedAt: Date.now(), events: [event] }));
    });
    const { code, stdout, stderr } = await drop('--waiting', '--flow', 'flood', '--yes');
    assert.deepEqual([code, stdout], [0, '1 start of flood dropped\n']);
    assert.match(stderr, /No Hookline answers at/);
  });
});
