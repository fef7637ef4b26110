// Steps one after the other: what is bound where, what guards and choices take, what vars hold.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowOf, runDemo, said, say } from './run-demo.ts';

describe('steps in order', () => {
  it('see the output of the steps before them, and the run ends with the output of the flow', async () => {
    const flow = flowOf(
      [say('${{ event.body.name }}', { id: 'first' }), say('${{ steps.first.output.heard }}!', { id: 'second' })],
      { output: { both: ['${{ steps.first.output.heard }}', '${{ steps.second.output.heard }}'] } },
    );
    const demo = runDemo(flow, (call) => ({ heard: call.with['say']! }), { name: 'Ada' });
    const { output } = await demo.result;
    assert.deepEqual(said(demo), ['Ada', 'Ada!']);
    assert.deepEqual(output, { both: ['Ada', 'Ada!'] });
  });

  it('have all ids of the document from the start, pending, with nulls', async () => {
    const inner = { ...say(1, { id: 'inner' }), line: 3 };
    const flow = flowOf(
      [
        { verb: 'set', set: { seen: '${{ steps }}' } },
        { verb: 'if', id: 'choose', if: 'false', then: [inner] },
      ],
      { vars: { seen: null }, output: { before: '${{ vars.seen }}', after: '${{ steps }}' } },
    );
    const pending = { status: 'pending', output: null, error: null };
    const completed = { status: 'completed', output: null, error: null };
    const { output } = await runDemo(flow).result;
    assert.deepEqual(output, {
      before: { choose: pending, inner: pending },
      after: { choose: completed, inner: pending },
    });
  });

  it('are skipped unless their guard is true, and a guard that is no boolean fails the step', async () => {
    const guarded = flowOf([say(1, { id: 'never', guard: 'event.body.go' }), say(2)], {
      output: '${{ steps.never.status }}',
    });
    const skipped = runDemo(guarded, () => null, { go: false });
    assert.equal((await skipped.result).output, 'skipped');
    assert.deepEqual(said(skipped), [2]);
    const truthy = runDemo(guarded, () => null, { go: 'yes' });
    await assert.rejects(truthy.result, (thrown: { error: { step: string; code: string } }) => {
      assert.equal(thrown.error.step, 'never');
      assert.equal(thrown.error.code, 'type_mismatch');
      return true;
    });
    assert.deepEqual(said(truthy), []);
  });

  it('show where the run is', async () => {
    const { runtime, result } = runDemo(flowOf([say(1, { id: 'charge' }), say(2, { name: 'Tell the team' }), say(3)]));
    await result;
    assert.deepEqual(runtime.details, [
      'flows/demo.yaml:1: charge',
      'flows/demo.yaml:1: Tell the team',
      'flows/demo.yaml:1: uses 2',
    ]);
  });
});

describe('set', () => {
  it('sees the old vars on every right side', async () => {
    const flow = flowOf([{ verb: 'set', set: { a: '${{ vars.b }}', b: '${{ vars.a }}' } }], {
      vars: { a: 1, b: '${{ event.body.b }}' },
      output: '${{ [vars.a, vars.b] }}',
    });
    assert.deepEqual((await runDemo(flow, undefined, { b: 2 }).result).output, [2, 1]);
  });
});

describe('if', () => {
  const flow = flowOf(
    [
      {
        verb: 'if',
        id: 'pick',
        if: 'event.body.total > 100',
        then: [{ ...say('big'), line: 1 }],
        else: [{ ...say('small'), line: 2 }],
      },
    ],
    { output: '${{ steps.pick.output }}' },
  );

  it('takes `then` or `else`, and gives the last output of it', async () => {
    const echo = (call: { with: Record<string, unknown> }): string => `heard ${String(call.with['say'])}`;
    assert.equal((await runDemo(flow, echo as never, { total: 101 }).result).output, 'heard big');
    assert.equal((await runDemo(flow, echo as never, { total: 100 }).result).output, 'heard small');
  });
});

describe('switch', () => {
  const flow = flowOf([
    {
      verb: 'switch',
      switch: [
        { when: 'event.body.level > 1', steps: [say('first')] },
        { when: 'event.body.level > 0', steps: [say('second')] },
      ],
      default: [say('default')],
    },
  ]);

  it('takes the first case that holds, else the default', async () => {
    for (const [level, expected] of [
      [2, 'first'],
      [1, 'second'],
      [0, 'default'],
    ] as const) {
      const demo = runDemo(flow, undefined, { level });
      await demo.result;
      assert.deepEqual(said(demo), [expected]);
    }
  });
});

describe('expressions', () => {
  it('see the facts of the run and the settings', async () => {
    const flow = flowOf([], {
      output: '${{ [run.id, run.flow, run.attempt, run.started_at, run.status, config.TEAM, input.x, now()] }}',
    });
    const { output } = await runDemo(flow, undefined, { x: 5 }, { config: { TEAM: 'ops' } }).result;
    const start = '2026-01-02T03:04:05.000Z';
    assert.deepEqual(output, ['demo/event-1', 'demo', 1, start, 'running', 'ops', 5, start]);
  });
});
