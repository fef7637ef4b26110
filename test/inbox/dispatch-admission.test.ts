// The dispatcher and starts that wait for runs of their flow: it begins them when they are due, and looks at none before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlarms } from '../../src/inbox/dispatch-alarms.ts';
import type { StartAdmission } from '../../src/inbox/store.ts';
import { delivery } from '../contract/deliveries.ts';
import { openLab, until, type Lab } from './dispatch-lab.ts';

async function accept(lab: Lab, id: string, admission: StartAdmission): Promise<void> {
  const starts = [{ flow: 'welcome', definitionHash: 'hash-1', admission }];
  const event = { id, type: 'order', outcome: 'matched' as const, starts };
  await lab.store.accept(delivery({ deliveryId: id, receivedAt: Date.now(), events: [event] }));
}

test('a start whose time comes is begun without anybody looking for it', async () => {
  const lab = await openLab({ pollIntervalMs: 3_600_000 });
  try {
    lab.dispatcher.start();
    const rate = { key: '', limit: 1, perMs: 500 };
    for (const id of ['a', 'b']) await accept(lab, id, { rate });
    lab.dispatcher.wakeAt(0);
    let dueAt: number | null = null;
    await until(async () => {
      const { waits } = (await lab.store.startStatus('b', 'welcome'))!;
      if (waits === undefined) dueAt = Date.now(); // Its time has come while nobody looked.
      if (waits?.for === 'rate') dueAt = waits.until;
      return dueAt !== null;
    });
    lab.dispatcher.wakeAt(dueAt!);
    await until(() => lab.asked.length === 2);
    assert.ok(Date.now() >= dueAt!);
  } finally {
    await lab.dispose();
  }
});

test('a start that counts and had been started before is reported, any other is not', async () => {
  const already: string[] = [];
  const lab = await openLab({ alreadyStarted: (workflowId) => void already.push(workflowId) });
  try {
    lab.script(({ flow, eventId }) => ({ state: 'already', workflowId: `${flow}/${eventId}` }));
    lab.dispatcher.start();
    await accept(lab, 'counted', { concurrency: { key: '', limit: 1, onLimit: 'queue' } });
    await lab.accept('shop', 1);
    await until(() => lab.asked.length === 2);
    await until(async () => (await lab.store.stats()).startsPending === 0);
    assert.deepEqual(already, ['welcome/counted']);
  } finally {
    await lab.dispose();
  }
});

test('alarms ring once for each time that comes, in order, whatever order they were set in', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  const rung: number[] = [];
  const alarms = createAlarms(Date.now, () => rung.push(Date.now()));
  for (const time of [1_000_300, 1_000_100, 1_000_300, 1_000_200]) alarms.set(time);
  t.mock.timers.tick(99);
  assert.deepEqual(rung, []);
  for (let step = 0; step < 300; step += 1) t.mock.timers.tick(1);
  assert.deepEqual(rung, [1_000_102, 1_000_202, 1_000_302]);
});

test('an alarm of long hence rings at its time, and none when they are stopped', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  let rung = 0;
  const alarms = createAlarms(Date.now, () => (rung += 1));
  alarms.set(150_000);
  for (let step = 0; step < 149; step += 1) t.mock.timers.tick(1_000);
  assert.equal(rung, 0);
  t.mock.timers.tick(2_000);
  assert.equal(rung, 1);
  alarms.set(200_000);
  alarms.stop();
  t.mock.timers.tick(100_000);
  assert.equal(rung, 1);
});
