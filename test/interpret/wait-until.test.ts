// `wait_until`: which moments there are, that past ones are not waited for, and which values are refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StepFailure } from '../../workflows/step-failure.ts';
import { flowOf, runDemo, type Demo } from './run-demo.ts';

/** Runs begin at 2026-01-02T03:04:05Z. */
const waitFor = (expression: string): Demo =>
  runDemo(flowOf([{ verb: 'wait_until', wait_until: expression, id: 'due' }]), undefined, {
    due: '2026-01-02T04:04:05Z',
  });

describe('wait_until', () => {
  for (const [expression, ms] of [
    ['event.body.due', 3_600_000],
    ['"2026-01-02T05:04:05+02:00"', 0],
    ['"2026-01-02T03:04:35"', 30_000],
    ['"2026-01-03"', 75_355_000],
    ['time.add(now(), "90s")', 90_000],
    ['1767323046000', 1_000],
    ['1767323046', 1_000],
    ['"2025-12-31T00:00:00Z"', 0],
  ] as const) {
    it(`${expression} is ${ms} ms ahead`, async () => {
      const { runtime, result } = waitFor(expression);
      await result;
      assert.equal(runtime.now() - runtime.startedAt, ms);
      assert.deepEqual(runtime.sleeps, ms === 0 ? [] : [{ ms, summary: 'due' }]);
    });
  }

  for (const [expression, message] of [
    ['"tomorrow"', /needs a moment/],
    ['null', /needs a moment/],
    ['true', /needs a moment/],
    ['"2026-02-30T00:00:00Z"', /needs a moment/],
    ['3600', /before the year 2000; an amount of time goes to `wait`/],
    ['2026-12-24', /before the year 2000/],
    ['"2042-01-01"', /ten years at most/],
  ] as const) {
    it(`refuses ${expression}`, async () => {
      await assert.rejects(waitFor(expression).result, (thrown: StepFailure) => {
        assert.equal(thrown.error.code, 'invalid_field');
        assert.match(thrown.error.message, message);
        return true;
      });
    });
  }
});
