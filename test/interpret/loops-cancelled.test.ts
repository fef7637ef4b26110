// Loops and the end of a run: what a cancellation and a time-out run on their way out, and what cannot stop them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { flowOf, runDemo, said, say, type Demo, type StepDraft } from './run-demo.ts';

const draft = (...steps: StepDraft[]): Json => steps as unknown as Json;
const pause: StepDraft = { verb: 'wait', wait: 1_000, line: 2 };

/** A loop whose iterations take a second, clean up, and whose clean-up asks for more. */
function cleaning(exit: 'break' | 'next'): StepDraft {
  const tried: StepDraft = {
    verb: 'try',
    try: [say('${{ index }}'), pause],
    finally: [say('cleaned ${{ index }}'), { verb: exit, [exit]: true, line: 3 }],
    line: 1,
  };
  return { verb: 'repeat', id: 'loop', repeat: { steps: draft(tried), max_iterations: 9 } };
}

async function cancelAfter(demo: Demo, ms: number): Promise<void> {
  await demo.runtime.advance(ms);
  demo.runtime.cancel();
  await assert.rejects(demo.result, (thrown) => demo.runtime.isCancellation(thrown));
}

describe('a cancelled run', () => {
  for (const exit of ['break', 'next'] as const) {
    it(`runs \`finally\` of the iteration, whose \`${exit}\` does not keep it going`, async () => {
      const demo = runDemo(flowOf([cleaning(exit), say('unreached')], { finally: [say('last')] as never }));
      await cancelAfter(demo, exit === 'next' ? 1_500 : 500);
      const before = exit === 'next' ? [0, 'cleaned 0', 1, 'cleaned 1'] : [0, 'cleaned 0'];
      assert.deepEqual(said(demo), [...before, 'last']);
    });
  }

  it('ends a loop that waits for its next iteration', async () => {
    const loop: StepDraft = {
      verb: 'repeat',
      repeat: { steps: draft(say('${{ index }}')), until: 'false', every: '1h' },
    };
    const demo = runDemo(flowOf([loop], { finally: [say('${{ run.status }}')] as never }));
    await cancelAfter(demo, 3_600_000);
    assert.deepEqual(said(demo), [0, 1, 'cancelled']);
  });

  it('may loop in its `finally`', async () => {
    const asking: StepDraft = { verb: 'while', while: 'index < 3', steps: [say('asking ${{ index }}'), pause] };
    const demo = runDemo(flowOf([{ verb: 'wait', wait: 60_000 }], { finally: [{ ...asking, line: 5 }] as never }));
    await cancelAfter(demo, 10);
    assert.deepEqual(said(demo), ['asking 0', 'asking 1', 'asking 2']);
  });
});

describe('a time-out', () => {
  it('of a loop runs `finally` of its iteration', async () => {
    const loop = { ...cleaning('next'), timeoutMs: 2_500, onError: 'continue' as const };
    const demo = runDemo(flowOf([loop], { output: '${{ steps.loop.status }}' }));
    assert.equal((await demo.result).output, 'timed_out');
    assert.deepEqual(said(demo), [0, 'cleaned 0', 1, 'cleaned 1', 2, 'cleaned 2']);
  });

  it('inside an iteration is a failure that `catch` may answer with `next`', async () => {
    const slow: StepDraft = { ...pause, timeoutMs: 100, id: 'slow' };
    const tried: StepDraft = {
      verb: 'try',
      try: [slow],
      catch: [say('${{ error.code }} ${{ index }}'), { verb: 'next', next: true, line: 3 }],
      line: 1,
    };
    const loop: StepDraft = { verb: 'while', while: 'index < 2', steps: [tried, say('unreached')] };
    const demo = runDemo(flowOf([loop], { output: '${{ steps.slow.status }}' }));
    assert.equal((await demo.result).output, 'timed_out');
    assert.deepEqual(said(demo), ['timeout 0', 'timeout 1']);
  });
});
