// Continue-as-new while a run does, and while it undoes what it did: every call is made once, in the same order, with the same inputs.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flow, Json, Step } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime, type Answer } from './fake-runtime.ts';
import { failInParts } from './in-parts.ts';
import { flowOf, inputOf, say, type StepDraft } from './run-demo.ts';

const steps = (...list: StepDraft[]): Step[] => list as Step[];

const end: StepDraft = { verb: 'fail', fail: { code: 'over', message: 'it is over' }, line: 90 };
const undoing = (text: string): Step[] => steps(say(`un${text}`, { id: 'back' }), say('then ${{ steps.back.output }}'));

const flow: Flow = flowOf(
  [
    say('a', { id: 'a', undoSteps: steps(say('bad una'), say('unreached')) }),
    { verb: 'set', set: { n: 1 } },
    {
      verb: 'foreach',
      id: 'each',
      foreach: 'range(0, 4)',
      max_parallel: 2,
      steps: [
        say('one ${{ item }}', {
          id: 'one',
          undoSteps: steps(say('unone ${{ item }} ${{ steps.one.output }} ${{ vars.n }}')),
        }),
        {
          verb: 'try',
          try: [say('bad', { undoWhen: 'attempted', undoSteps: steps(say('unbad ${{ index }}')) })],
          catch: [say('caught')],
          line: 2,
        },
      ],
    },
    { verb: 'set', set: { n: 2 } },
    {
      verb: 'try',
      try: [say('b', { id: 'b', undoSteps: undoing('b ${{ vars.n }}') }), end],
      catch: [{ verb: 'undo', undo: 'all', id: 'all', onError: 'continue', line: 3 }],
      line: 4,
    },
    say('c ${{ steps.b.status }} ${{ steps.all.error.undo[0].step }}', {
      id: 'c',
      undoSteps: steps({ verb: 'wait', wait: 5_000 }, say('unc'), {
        verb: 'repeat',
        repeat: { steps: [say('look', { id: 'look' })] as unknown as Json, until: 'index == 2', every: '1m' },
      }),
    }),
    end,
  ],
  {
    vars: { n: 0 },
    undoOnFailure: true,
    catch: steps(say('catch'), { verb: 'fail', fail: '${{ error }}' }),
    finally: steps(say('${{ run.status }} ${{ steps.c.status }}'), say('clean again')),
  },
);

const answer: Answer = (call) => {
  const text = String(call.with['say']);
  if (text.startsWith('bad')) throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 1 });
  return `heard ${text}`;
};

describe('a run that is taken over while it undoes', () => {
  for (const callsMax of [1, 2, 3, 4, 5, 7, 11]) {
    it(`after every ${callsMax} calls makes each call once, and fails the same`, async () => {
      const whole = await failInParts(flow, answer, {}, Number.POSITIVE_INFINITY);
      const parts = await failInParts(flow, answer, {}, callsMax);
      assert.equal(whole.error.code, 'over');
      assert.deepEqual(parts.error, whole.error);
      assert.equal(parts.endedAfterMs, whole.endedAfterMs);
      const keys = (calls: { key: string }[]): string[] => calls.map(({ key }) => key).sort();
      assert.deepEqual(keys(parts.calls), keys(whole.calls));
      assert.equal(new Set(keys(whole.calls)).size, whole.calls.length);
      const after = whole.calls.findIndex(({ say: text }) => text === 'unb 2');
      assert.ok(after > 0);
      // Iterations side by side may end in another order when they are taken over between; what follows from it does not change.
      const tail = ({ calls }: typeof whole): Json[] =>
        calls.slice(calls.findIndex(({ say: text }) => text === 'bad una')).map(({ say: text }) => text);
      assert.deepEqual(tail(parts), tail(whole));
    });
  }

  it('hands over no more of what a step saw than its undo looks at', async () => {
    const big = 'x'.repeat(10_000);
    const runtime = createFakeRuntime(() => ({ big, id: 5 }));
    const many = flowOf(
      [
        say('big', { id: 'big' }),
        {
          verb: 'foreach',
          foreach: 'range(0, 20)',
          steps: [say('${{ item }}', { id: 'one', undoSteps: steps(say('un${{ item }} ${{ vars.n }}')) })],
          output: '${{ item }}',
        },
        say('last'),
      ],
      { undoOnFailure: true, vars: { n: 1, other: big } },
    );
    runtime.settings.callsMax = 21;
    const run = interpret(inputOf(many), runtime);
    await runtime.advance(0);
    const { undo } = run.position();
    assert.equal(undo?.length, 20);
    assert.deepEqual(undo[19], { path: '1[19]/0', label: '[19]', seen: { item: 19, vars: { n: 1 } } });
  });
});
