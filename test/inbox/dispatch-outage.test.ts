// How long the dispatcher leaves Temporal alone, and what it says about it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { createOutage, type Outage } from '../../src/inbox/dispatch-outage.ts';

let outage: Outage;
let log: string[];
beforeEach(() => {
  log = [];
  outage = createOutage(pino({ base: undefined }, { write: (line: string) => void log.push(JSON.parse(line).msg) }));
});

/** Fails probes, each as soon as it is allowed; returns the pauses between them in milliseconds. */
function failProbes(count: number): number[] {
  const pauses: number[] = [];
  let now = 1_000;
  for (let probe = 0; probe < count; probe += 1) {
    const resumeAt = outage.failed('refused', now, probe, now);
    pauses.push(resumeAt - now);
    now = resumeAt;
  }
  return pauses;
}

describe('an outage', () => {
  it('doubles its pauses from about 100 ms to about 5 s', () => {
    const pauses = failProbes(12);
    const expected = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000];
    pauses.forEach((pause, index) => {
      assert.ok(pause <= expected[index]! && pause >= expected[index]! * 0.8, `pause ${index} is ${pause}`);
    });
    assert.equal(log.length, 1);
  });

  it('is not prolonged by starts that were on their way when it began', () => {
    const resumeAt = outage.failed('refused', 1_000, 0, 1_010);
    assert.equal(outage.failed('refused', 1_000, 0, 1_015), resumeAt);
    assert.equal(outage.since(), 1_010);
  });

  it('pauses no longer because the clock was set back', () => {
    const resumeAt = outage.failed('refused', 10_000_000, 0, 10_000_000);
    assert.equal(outage.resumeAt(10_000_000), resumeAt);
    assert.equal(outage.resumeAt(1_000), 1_000);
  });

  it('ends with the first answer and begins anew with short pauses', () => {
    failProbes(10);
    outage.answered(60_000);
    assert.deepEqual([outage.since(), outage.lastError(), outage.resumeAt(60_000)], [null, null, 0]);
    assert.ok(outage.failed('refused', 60_001, 0, 60_002) - 60_002 <= 100);
    assert.equal(log.length, 3);
  });

  it('is none when others were answered meanwhile: that start is tried again alone, ever more slowly, up to a minute', () => {
    outage.answered(2_000);
    const first = outage.failed('deadline exceeded', 1_990, 0, 2_010) - 2_010;
    const later = outage.failed('deadline exceeded', 1_990, 5, 2_010) - 2_010;
    const last = outage.failed('deadline exceeded', 1_990, 1_000, 2_010) - 2_010;
    assert.ok(first <= 500 && later > 10_000 && last > 45_000 && last <= 60_000, `${first} ${later} ${last}`);
    assert.equal(outage.since(), null);
    assert.deepEqual(log, []);
  });
});
