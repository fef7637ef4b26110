// While requests come in and the event loop lags, fewer runs are started, but never none.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { createPressure, type Pressure } from '../../src/inbox/dispatch-pressure.ts';
import { eventually } from '../support/waiting.ts';

const WINDOW = 16;

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Lets the event loop lag for some probes. */
async function lag(pressure: Pressure): Promise<void> {
  for (let probe = 0; probe < 8; probe += 1) {
    pressure.watch();
    block(150);
    await sleep(1);
  }
}

test('requests in a lagging event loop shrink the window, down to a few runs and not to none', async () => {
  const pressure = createPressure(() => true);
  assert.equal(pressure.applyTo(WINDOW), WINDOW);
  await lag(pressure);
  assert.ok(pressure.applyTo(WINDOW) <= WINDOW / 2);
  assert.ok(pressure.applyTo(WINDOW) >= 2);
  assert.equal(pressure.applyTo(1), 1);
  pressure.stop();
});

test('deliveries of the last moments count as requests where nobody tells', async () => {
  const pressure = createPressure();
  const deliveries = setInterval(() => pressure.delivered(), 1);
  await lag(pressure);
  clearInterval(deliveries);
  assert.ok(pressure.applyTo(WINDOW) < WINDOW);
  pressure.stop();
});

test('a lagging event loop without requests leaves the window alone', async () => {
  const pressure = createPressure(() => false);
  await lag(pressure);
  assert.equal(pressure.applyTo(WINDOW), WINDOW);
  pressure.stop();
});

test('the window comes back when the lag is over', async () => {
  const pressure = createPressure(() => true);
  await lag(pressure);
  await eventually('the window is as it was', () => {
    pressure.watch();
    return pressure.applyTo(WINDOW) === WINDOW;
  });
  pressure.stop();
});
