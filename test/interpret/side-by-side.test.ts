// `on_error` of what runs side by side, at any depth, and through continue-as-new: what is stopped, what goes on, what is reported where.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json, OnError, Step } from '../../workflows/definition.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { Answer } from './fake-runtime.ts';
import { failInParts, runInParts } from './in-parts.ts';
import { flowOf, runDemo, said, say, type StepDraft } from './run-demo.ts';

const pause = (ms: number): StepDraft => ({ verb: 'wait', wait: ms, line: 2 });
const steps = (...list: StepDraft[]): Step[] => list as Step[];

const answer: Answer = (call) => {
  const text = String(call.with['say']);
  if (/^(x )?bad/.test(text)) throw new StepFailure({ code: 'http_status', message: text, step: null, attempt: 1 });
  return text;
};

/** A `parallel` in an iteration in a branch; the second item fails in branch `x`. */
function nested(outer: OnError, each: OnError, inner: OnError): StepDraft[] {
  return [
    {
      verb: 'parallel',
      id: 'outer',
      onError: outer,
      parallel: {
        list: [
          {
            verb: 'foreach',
            id: 'each',
            foreach: '["a", "bad", "c"]',
            max_parallel: 3,
            onError: each,
            steps: [
              {
                verb: 'parallel',
                onError: inner,
                parallel: {
                  x: [pause(10), say('x ${{ item }}')],
                  y: [pause(20), say('y ${{ index }}')],
                },
                line: 3,
              },
            ],
            line: 3,
          },
        ],
        other: [pause(30), say('other')],
      },
    },
    say('after'),
  ];
}

async function outcome(draft: StepDraft[]): Promise<{ calls: Json[]; failed: Json; outer: Json }> {
  const demo = runDemo(flowOf(draft, { output: '${{ [steps.outer.output, steps.outer.errors] }}' }), answer);
  const ended = await demo.result.then(
    ({ output }) => ({ failed: null, outer: output }),
    (thrown: unknown) => {
      assert.ok(thrown instanceof StepFailure, String(thrown));
      const { message, branch, index } = thrown.error;
      return { failed: [message, branch ?? null, index ?? null], outer: null };
    },
  );
  return { calls: said(demo).toSorted(), ...ended };
}

describe('pieces side by side, nested', () => {
  it('with `fail` at every level are all cancelled by the first failure', async () => {
    const { calls, failed } = await outcome(nested('fail', 'fail', 'fail'));
    assert.deepEqual(calls, ['x a', 'x bad']);
    assert.deepEqual(failed, ['x bad', 'list', 1]);
  });

  it('with `finish` inside let their own siblings end, and no others', async () => {
    const { calls, failed } = await outcome(nested('fail', 'fail', 'finish'));
    assert.deepEqual(calls, ['x a', 'x bad', 'x c', 'y 0', 'y 1']);
    assert.deepEqual(failed, ['x bad', 'list', 1]);
  });

  it('with `finish` in the middle let the other items end, but not the other branch of the block outside', async () => {
    const { calls, failed } = await outcome(nested('fail', 'finish', 'fail'));
    assert.deepEqual(calls, ['x a', 'x bad', 'x c', 'y 0', 'y 2']);
    assert.deepEqual(failed, ['x bad', 'list', 1]);
  });

  it('with `finish` outside let the other branch end, while the items are cancelled', async () => {
    const { calls, failed } = await outcome(nested('finish', 'fail', 'fail'));
    assert.deepEqual(calls, ['other', 'x a', 'x bad']);
    assert.deepEqual(failed, ['x bad', 'list', 1]);
  });

  it('with `continue` outside report by branch what failed deep inside, and go on', async () => {
    const { calls, outer } = await outcome(nested('continue', 'finish', 'fail'));
    assert.deepEqual(calls, ['after', 'other', 'x a', 'x bad', 'x c', 'y 0', 'y 2']);
    const [output, errors] = outer as [Json, { list: { message: string; branch: string; index: number } }];
    assert.deepEqual(output, { list: null, other: 'other' });
    assert.deepEqual([errors.list.message, errors.list.branch, errors.list.index], ['x bad', 'list', 1]);
  });

  it('with `continue` in the middle keep the results of the others in source order', async () => {
    const { calls, outer } = await outcome(nested('fail', 'continue', 'fail'));
    assert.deepEqual(calls, ['after', 'other', 'x a', 'x bad', 'x c', 'y 0', 'y 2']);
    assert.deepEqual(outer, [{ list: [{ x: 'x a', y: 'y 0' }, null, { x: 'x c', y: 'y 2' }], other: 'other' }, {}]);
  });
});

describe('a block that is stopped by a failure and taken over while its branches clean up', () => {
  const flow = flowOf(
    [
      {
        verb: 'try',
        try: [
          {
            verb: 'parallel',
            parallel: {
              quick: [pause(10), say('bad quick')],
              tidy: [
                {
                  verb: 'try',
                  try: [say('begin'), pause(60_000), say('never')],
                  finally: [say('clean 1'), say('clean 2'), say('clean 3')],
                  line: 3,
                },
              ],
              each: [
                {
                  verb: 'foreach',
                  foreach: '[1, 2]',
                  steps: [
                    {
                      verb: 'try',
                      try: [pause(60_000)],
                      finally: [say('tidy ${{ item }}'), say('tidy again ${{ item }}')],
                      line: 3,
                    },
                  ],
                  line: 3,
                },
              ],
            },
            line: 2,
          },
        ],
        catch: [say('caught ${{ error.message }}'), say('caught ${{ error.branch }}')],
        line: 2,
      },
      { verb: 'fail', fail: { code: 'over', message: 'over' } },
    ],
    { finally: steps(say('end')) },
  );

  for (const callsMax of [1, 2, 3, 4, 5, 6, 7]) {
    it(`after every ${callsMax} calls makes each call once and none that was cancelled`, async () => {
      const whole = await failInParts(flow, answer, {}, Number.POSITIVE_INFINITY);
      const parts = await failInParts(flow, answer, {}, callsMax);
      assert.deepEqual(parts.calls.map(({ key }) => key).sort(), whole.calls.map(({ key }) => key).sort());
      assert.equal(whole.calls.length, 2 + 3 + 2 + 2 + 1);
      assert.deepEqual(parts.error, whole.error);
      assert.equal(parts.endedAfterMs, whole.endedAfterMs);
    });
  }

  it('goes on after it when the failure is handled', async () => {
    const handled = { ...flow, steps: flow.steps.slice(0, 1) };
    const whole = await runInParts(handled, answer, {}, 2);
    assert.deepEqual(
      whole.calls.slice(-3).map(({ say: text }) => text),
      ['caught bad quick', 'caught quick', 'end'],
    );
  });
});
