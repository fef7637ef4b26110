// How many runs are open: bounded, counted from the moment their start is asked for, and freed by time when nobody says that they ended.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { eager, openLab, pending, settleUntilDone, until, type Lab } from './dispatch-lab.ts';

let lab: Lab;
afterEach(() => lab.dispose());

describe('a dispatcher', () => {
  it('keeps at most openRunsMax runs open', async () => {
    lab = await openLab({ openRunsMax: 4 });
    await lab.accept('shop', 20);
    lab.dispatcher.start();
    await until(() => lab.open.size === 4);
    assert.equal(lab.dispatcher.status().openRuns, 4);
    lab.settle([...lab.open][0]!);
    await until(() => lab.asked.length === 5);
    await settleUntilDone(lab);
    assert.equal(lab.asked.length, 20);
    assert.equal(lab.mostOpen(), 4);
  });

  it('holds no place for a run that settled before its start was answered', async () => {
    lab = await openLab({ openRunsMax: 1 });
    lab.script(async (start) => {
      lab.settle(`${start.flow}/${start.eventId}`);
      return eager(start);
    });
    await lab.accept('shop', 5);
    lab.dispatcher.start();
    await until(async () => (await pending(lab)) === 0);
    assert.equal(lab.dispatcher.status().openRuns, 0);
  });

  it('counts a run as open from the moment its start is asked for, so that a draining backlog never looks idle', async () => {
    lab = await openLab({ openRunsMax: 2 });
    const open: number[] = [];
    lab.script(async (start) => {
      await new Promise((resolve) => setImmediate(resolve));
      lab.settle(`${start.flow}/${start.eventId}`);
      open.push(lab.dispatcher.status().openRuns);
      return eager(start);
    });
    await lab.accept('shop', 6);
    lab.dispatcher.start();
    await until(async () => (await pending(lab)) === 0);
    assert.equal(open.length, 6);
    assert.ok(Math.min(...open) >= 1 && Math.max(...open) <= 2, `${open.join(' ')} were open`);
  });

  it('frees the place of a run that never settles after some time', async () => {
    let skippedMs = 0;
    lab = await openLab({ openRunsMax: 2, clock: () => Date.now() + skippedMs });
    await lab.accept('shop', 4);
    lab.dispatcher.start();
    await until(() => lab.open.size === 2);
    assert.equal(lab.asked.length, 2);
    skippedMs = 5_000;
    await until(() => lab.asked.length === 4);
  });

  it('frees the places of runs that were begun before the clock was set back', async () => {
    let skippedMs = 0;
    lab = await openLab({ openRunsMax: 2, clock: () => Date.now() + skippedMs });
    await lab.accept('shop', 4);
    lab.dispatcher.start();
    await until(() => lab.open.size === 2);
    skippedMs = -3_600_000;
    await until(() => lab.asked.length === 4);
  });

  it('holds no places when runs execute in other processes', async () => {
    lab = await openLab({ openRunsMax: 2, runsHere: false });
    await lab.accept('shop', 20);
    lab.dispatcher.start();
    await until(async () => (await pending(lab)) === 0);
    assert.equal(lab.asked.length, 20);
  });
});
