// Continue-as-new inside loops: wherever a run is taken over, iterations go on where they were, and waits end when they would have.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { Answer } from './fake-runtime.ts';
import { byKey, runInParts } from './in-parts.ts';
import { flowOf, say, type StepDraft } from './run-demo.ts';

const leave = (verb: 'break' | 'next', guard: string): StepDraft => ({ verb, [verb]: true, guard, line: 1 });
const draft = (...steps: StepDraft[]): Json => steps as unknown as Json;

const loops = flowOf(
  [
    {
      verb: 'while',
      id: 'outer',
      while: 'vars.n < 3',
      steps: [
        { verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 1 },
        say('outer ${{ vars.n }} ${{ steps.polled.status }}', { id: 'one' }),
        {
          verb: 'repeat',
          id: 'polled',
          repeat: {
            steps: draft(say('look ${{ index }}', { id: 'look' })),
            until: 'index == vars.n',
            every: '2m',
          },
          line: 1,
        },
      ],
    },
    { verb: 'wait_until', wait_until: 'time.add(now(), "1h")' },
    {
      verb: 'foreach',
      id: 'each',
      foreach: '[1, 2, 3, 4, 5]',
      steps: [
        leave('next', 'item == 2'),
        {
          verb: 'try',
          try: [say('trying ${{ item }}'), leave('break', 'item == 4'), say('tried ${{ item }}')],
          catch: [say('wrong')],
          finally: [say('cleaned ${{ item }}'), say('cleaned again ${{ item }}')],
          line: 1,
        },
      ],
      output: '${{ item }}',
    },
    {
      verb: 'try',
      id: 'tried',
      try: [
        { verb: 'while', while: 'true', steps: [say('bad ${{ index }}', { guard: 'index == 2' }), say('x')], line: 1 },
      ],
      catch: [say('${{ error.code }} ${{ error.index }}')],
    },
  ],
  {
    vars: { n: 0 },
    output:
      '${{ [vars.n, steps.outer.output, steps.look.output, steps.each.output, steps.tried.output, run.started_at] }}',
  },
);

const answer: Answer = (call) => {
  const text = String(call.with['say']);
  if (text.startsWith('bad')) throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 1 });
  return `heard ${text}`;
};

describe('a run with loops that is taken over', () => {
  for (const callsMax of [1, 2, 3, 4, 5, 7]) {
    it(`after every ${callsMax} calls makes each call once, and ends the same`, async () => {
      const whole = await runInParts(loops, answer, {}, Number.POSITIVE_INFINITY);
      const parts = await runInParts(loops, answer, {}, callsMax);
      assert.deepEqual(parts.result, whole.result);
      assert.deepEqual(byKey(parts), byKey(whole));
      assert.equal(parts.calls.length, whole.calls.length);
      assert.equal(parts.endedAfterMs, whole.endedAfterMs);
      assert.equal(whole.calls.length, 12 + 3 * 4 - 1 + 4);
    });
  }

  it('did what the flow says', async () => {
    const { result, calls } = await runInParts(loops, answer, {}, 3);
    const outputs = result.output as Json[];
    assert.deepEqual(outputs.slice(0, 5), [
      3,
      'heard look 3',
      'heard look 3',
      [1, null, 3, null],
      'heard http_status 2',
    ]);
    assert.deepEqual(
      calls.map(({ say: text }) => text).filter((text) => String(text).startsWith('outer')),
      ['outer 1 pending', 'outer 2 pending', 'outer 3 pending'],
    );
  });
});
