// Undo: what a run did is taken back in the reverse order of what ended, with what each step saw, whatever fails on the way.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placedMessage } from '../../workflows/error-text.ts';
import type { Answer } from './fake-runtime.ts';
import { flowOf, runDemo, said, say, type StepDraft } from './run-demo.ts';
import { answer, done, end, failed, steps, undone } from './undo-flows.ts';

describe('a run that fails', () => {
  it('undoes what completed, the last one first, and keeps its own error', async () => {
    const { calls, error } = await failed(undone([done('a'), done('b'), say('c'), done('bad'), done('d')]));
    assert.deepEqual(calls, ['a', 'b', 'c', 'bad', 'unb', 'una']);
    assert.deepEqual(error, { code: 'http_status', message: 'no', step: 'bad', attempt: 3, status: 503 });
  });

  it('undoes nothing unless it is asked to', async () => {
    assert.deepEqual((await failed(flowOf([done('a'), end]))).calls, ['a']);
  });

  it('undoes nothing when it ends well, or when `catch` handles the failure', async () => {
    const fine = runDemo(undone([done('a')]));
    await fine.result;
    assert.deepEqual(said(fine), ['a']);
    const handled = runDemo(undone([done('a'), end], { catch: steps(say('caught')) }));
    await handled.result;
    assert.deepEqual(said(handled), ['a', 'caught']);
  });

  it('undoes after `catch` and before `finally`, which sees what was undone', async () => {
    const flow = undone([done('a'), done('b', { undoSteps: steps(say('bad')) }), end], {
      catch: steps(done('c'), { verb: 'fail', fail: '${{ error }}' }),
      finally: steps(say('${{ run.status }} ${{ steps.a.status }} ${{ steps.b.status }} ${{ steps.c.status }}')),
    });
    const { calls } = await failed(flow);
    assert.deepEqual(calls, ['a', 'b', 'c', 'unc', 'bad', 'una', 'failed undone completed undone']);
  });

  it('undoes steps that were only begun, where `undo_when: attempted` says so', async () => {
    const flow = undone([
      done('a', { undoWhen: 'attempted' }),
      done('skipped', { undoWhen: 'attempted', guard: 'false' }),
      done('bad', {
        undoWhen: 'attempted',
        undoSteps: steps(
          say('unbad? ${{ steps.bad.status }} ${{ steps.bad.output }}', {
            with: { say: 'tried ${{ steps.bad.status }}' },
          }),
        ),
      }),
    ]);
    assert.deepEqual((await failed(flow)).calls, ['a', 'bad', 'tried failed', 'una']);
  });

  it('undoes a failed step that the flow goes on after only when it was to be', async () => {
    const flow = undone([
      done('bad', { onError: 'continue' }),
      done('bad2', { onError: 'continue', undoWhen: 'attempted', undoSteps: steps(say('un2')) }),
      end,
    ]);
    assert.deepEqual((await failed(flow)).calls, ['bad', 'bad2', 'un2']);
  });

  it('undoes the branches of a `parallel` in the reverse order of their ends, at any depth', async () => {
    const flow = undone([
      {
        verb: 'parallel',
        undoSteps: steps(say('unall')),
        parallel: {
          slow: [{ verb: 'wait', wait: 50, line: 2 }, done('slow')],
          nested: [
            {
              verb: 'parallel',
              parallel: { x: [{ verb: 'wait', wait: 20, line: 2 }, done('x')], y: [done('y')] },
              line: 2,
            },
          ],
          quick: [{ verb: 'wait', wait: 10, line: 2 }, done('quick')],
        },
      },
      end,
    ]);
    const { calls } = await failed(flow);
    assert.deepEqual(calls, ['y', 'quick', 'x', 'slow', 'unall', 'unslow', 'unx', 'unquick', 'uny']);
  });

  it('undoes iterations with the item, the ids and the vars that they saw', async () => {
    const inner = say('${{ item }}', {
      id: 'one',
      undoSteps: steps(
        say('un${{ thing }} ${{ index }} ${{ steps.one.output }} ${{ vars.n }} ${{ steps.before.output }}', {
          id: 'back',
        }),
        say('then ${{ steps.back.output }}'),
      ),
    });
    const flow = undone(
      [
        say('before', { id: 'before' }),
        {
          verb: 'foreach',
          as: 'thing',
          foreach: '["p", "q"]',
          steps: [{ verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 2 }, inner],
        },
        { verb: 'set', set: { n: 99 } },
        end,
      ],
      { vars: { n: 0 } },
    );
    assert.deepEqual((await failed(flow)).calls, [
      'before',
      'p',
      'q',
      'unq 1 heard q 2 heard before',
      'then heard unq 1 heard q 2 heard before',
      'unp 0 heard p 1 heard before',
      'then heard unp 0 heard p 1 heard before',
    ]);
  });

  it('gives every call of an undo a key of its own', async () => {
    const flow = undone([{ verb: 'foreach', foreach: 'range(0, 3)', steps: [done('a')] }, end]);
    const demo = runDemo(flow, answer);
    await assert.rejects(demo.result);
    assert.equal(new Set(demo.runtime.calls.map(({ call }) => call.idempotencyKey)).size, 6);
  });

  it('undoes after its own timeout, which no longer counts, and hurries for no sender', async () => {
    const slow: Answer = async (call) => {
      if (call.with['say'] === 'una') await demo.runtime.pass(3_600_000);
      return null;
    };
    const flow = undone([done('a'), { verb: 'wait', wait: 60_000, line: 4 }], { timeoutMs: 30_000 });
    const demo = runDemo(flow, slow, {}, { respondWithinMs: 5_000 });
    await assert.rejects(demo.result, {
      error: {
        code: 'flow_timeout',
        message: 'the flow took longer than its timeout of 30000 ms',
        step: null,
        attempt: 1,
      },
    });
    assert.deepEqual(said(demo), ['a', 'una']);
    assert.equal(demo.runtime.now() - demo.runtime.startedAt, 3_630_000);
    assert.equal(demo.runtime.calls[1]!.options.scheduleToCloseMs, 24 * 3_600_000);
  });

  it('undoes what a left loop and a left block completed', async () => {
    const leave: StepDraft = { verb: 'break', break: true, line: 2 };
    const flow = undone([
      {
        verb: 'foreach',
        foreach: '[1, 2]',
        steps: [done('a'), { verb: 'try', try: [done('b'), leave], undoSteps: steps(say('untry')), line: 2 }],
      },
      end,
    ]);
    assert.deepEqual((await failed(flow)).calls, ['a', 'b', 'untry', 'unb', 'una']);
  });
});

describe('what cannot be undone', () => {
  it('does not keep the others from it, and is told in the message and the error', async () => {
    const flow = undone([
      done('a'),
      done('b', { undoSteps: steps(say('bad', { id: 'back', line: 77 }), say('unreached')) }),
      {
        verb: 'foreach',
        foreach: '["x"]',
        steps: [done('c', { undoSteps: steps(say('${{ steps.c.output.no.thing }}', { line: 78 })) })],
      },
      end,
    ]);
    const { calls, error } = await failed(flow);
    assert.deepEqual(calls, ['a', 'b', 'c', 'bad', 'una']);
    assert.equal(error.code, 'over');
    assert.deepEqual(
      error.undo?.map(({ step, error: { code } }) => [step, code]),
      [
        ['c[0]', 'missing_key'],
        ['b', 'http_status'],
      ],
    );
    const message = placedMessage(flow, error);
    assert.match(
      message,
      /^step `3` \(flows\/demo\.yaml:90\): it is over; not undone: `c\[0\]`, step `2\[0\]\/0\/undo\/0` \(flows\/demo\.yaml:78\): /,
    );
    assert.match(message, /; `b`, step `back` \(flows\/demo\.yaml:77\): no$/);
  });

  it('is told for the first hundred, and counted', async () => {
    const flow = undone([
      { verb: 'foreach', foreach: 'range(0, 130)', steps: [done('a', { undoSteps: steps(say('bad')) })] },
      end,
    ]);
    const { error } = await failed(flow);
    assert.equal(error.undo?.length, 100);
    assert.equal(error.undo_omitted, 30);
    assert.match(placedMessage(flow, error), /; and 125 more$/);
  });

  it('gets a day at most, each step of its own', async () => {
    const flow = undone([
      done('a', { undoSteps: steps({ verb: 'wait', wait: 48 * 3_600_000 }) }),
      done('b', { undoSteps: steps({ verb: 'wait', wait: 47 * 3_600_000 }) }),
      done('c', { undoSteps: steps({ verb: 'wait', wait: 23 * 3_600_000 }) }),
      end,
    ]);
    const { error } = await failed(flow);
    assert.deepEqual(
      error.undo?.map(({ step, error: { code, message } }) => [step, code, message]),
      [
        ['b', 'timeout', '`undo` took longer than its 24 hours'],
        ['a', 'timeout', '`undo` took longer than its 24 hours'],
      ],
    );
  });

  it('is still told when `finally` fails too', async () => {
    const flow = undone([done('a', { undoSteps: steps(say('bad')) }), end], {
      finally: steps(say('bad finally', { line: 80 })),
    });
    const { error } = await failed(flow);
    assert.match(placedMessage(flow, error), /^step `finally\/0` .*: no; not undone: `a`, /);
  });
});
