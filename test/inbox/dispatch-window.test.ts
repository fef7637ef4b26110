// The window of open runs grows while that is free, and is cut when the worker cannot keep up.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWindow, type Window } from '../../src/inbox/dispatch-window.ts';

/** Runs epochs: as many starts and settles as the window holds, each. */
function epochs(
  window: Window,
  count: number,
  run: { latencyMs: number; eager?: boolean; full?: boolean; now?: number },
): void {
  const { latencyMs, eager = true, full = true, now = 0 } = run;
  for (let epoch = 0; epoch < count; epoch += 1) {
    if (full) window.wasFull();
    const size = window.size();
    for (let start = 0; start < size; start += 1) window.started(eager, now);
    for (let settled = 0; settled < size; settled += 1) window.settled(latencyMs, now);
  }
}

describe('the window', () => {
  it('starts at 16 and never exceeds what is allowed', () => {
    assert.equal(createWindow(64).size(), 16);
    assert.equal(createWindow(5).size(), 5);
    const window = createWindow(20);
    epochs(window, 50, { latencyMs: 100 });
    assert.equal(window.size(), 20);
  });

  it('grows one at a time while it is full and runs stay as fast', () => {
    const window = createWindow(64);
    epochs(window, 1, { latencyMs: 100 });
    epochs(window, 3, { latencyMs: 110 });
    assert.equal(window.size(), 19);
  });

  it('does not grow when nothing waits for it', () => {
    const window = createWindow(64);
    epochs(window, 10, { latencyMs: 100, full: false });
    assert.equal(window.size(), 16);
  });

  it('gives back what made runs slower, but not more', () => {
    const window = createWindow(64);
    epochs(window, 11, { latencyMs: 100 });
    assert.equal(window.size(), 26);
    epochs(window, 50, { latencyMs: 300 });
    assert.equal(window.size(), 16);
  });

  it('is cut down to 4 when starts come back without their first task, and recovers', () => {
    const window = createWindow(64);
    epochs(window, 1, { latencyMs: 100 });
    epochs(window, 1, { latencyMs: 100, eager: false });
    assert.equal(window.size(), 11);
    epochs(window, 10, { latencyMs: 100, eager: false });
    assert.equal(window.size(), 4);
    epochs(window, 12, { latencyMs: 100 });
    assert.equal(window.size(), 16);
  });

  it('ignores a server that never starts eagerly', () => {
    const window = createWindow(64);
    epochs(window, 5, { latencyMs: 100, eager: false });
    assert.equal(window.size(), 20);
  });

  it('is cut when Temporal cannot take a start', () => {
    const window = createWindow(64);
    window.overloaded();
    assert.equal(window.size(), 11);
  });

  it('goes back and measures again after a minute', () => {
    const window = createWindow(64);
    epochs(window, 10, { latencyMs: 100 });
    assert.equal(window.size(), 25);
    epochs(window, 1, { latencyMs: 500, now: 61_000 });
    assert.equal(window.size(), 16);
    epochs(window, 1, { latencyMs: 500, now: 61_000 });
    assert.equal(window.size(), 17);
  });
});
