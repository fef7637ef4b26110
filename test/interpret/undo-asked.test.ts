// Undo that is asked for from outside, by a cancellation, and from inside, by `undo: all`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flow, JsonObject } from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { Answer } from './fake-runtime.ts';
import { flowOf, runDemo, said, say, type StepDraft } from './run-demo.ts';
import { answer, done, end, failed, steps, undone } from './undo-flows.ts';

describe('a run that is cancelled', () => {
  const hang: Answer = async (call) => {
    if (call.with['say'] === 'hang') await demo.runtime.pass(60_000);
    return answer(call, {} as never);
  };
  let demo: ReturnType<typeof runDemo>;

  async function cancelled(flow: Flow): Promise<unknown> {
    demo = runDemo(flow, hang);
    await demo.runtime.advance(10);
    demo.runtime.cancel();
    return demo.result.then(
      () => assert.fail('it was cancelled'),
      (thrown: unknown) => thrown,
    );
  }

  it('passes `catch` by, undoes and then cleans up', async () => {
    const flow = undone([done('a'), done('hang', { undoWhen: 'attempted' }), say('never')], {
      catch: steps(say('never')),
      finally: steps(say('${{ run.status }} ${{ steps.a.status }} ${{ steps.hang.status }}')),
    });
    assert.ok(isCancellation(await cancelled(flow)));
    assert.deepEqual(said(demo), ['a', 'hang', 'unhang', 'una', 'cancelled undone undone']);
  });

  it('cleans up without undoing where that is not asked for', async () => {
    assert.ok(isCancellation(await cancelled(flowOf([done('a'), say('hang')], { finally: steps(say('clean')) }))));
    assert.deepEqual(said(demo), ['a', 'hang', 'clean']);
  });

  it('fails when something could not be undone, so that somebody looks', async () => {
    const flow = undone([done('a', { undoSteps: steps(say('bad')) }), done('b'), say('hang')], {
      finally: steps(say('clean')),
    });
    const thrown = await cancelled(flow);
    assert.ok(thrown instanceof StepFailure);
    assert.equal(thrown.error.code, 'undo_failed');
    assert.equal(thrown.error.message, 'the run was cancelled, and 1 of 2 steps could not be undone');
    assert.deepEqual(
      thrown.error.undo?.map(({ step }) => step),
      ['a'],
    );
    assert.deepEqual(said(demo), ['a', 'b', 'hang', 'unb', 'bad', 'clean']);
  });

  it('is not stopped while it undoes', async () => {
    const flow = undone([
      done('a', { undoSteps: steps({ verb: 'wait', wait: 1_000 }, say('una')) }),
      { verb: 'wait', wait: 5, line: 3 },
      end,
    ]);
    assert.ok((await cancelled(flow)) instanceof StepFailure);
    assert.deepEqual(said(demo), ['a', 'una']);
  });

  function isCancellation(thrown: unknown): boolean {
    return demo.runtime.isCancellation(thrown);
  }
});

describe('`undo: all`', () => {
  const undoAll = (rest: JsonObject = {}): StepDraft => ({ verb: 'undo', undo: 'all', line: 70, id: 'back', ...rest });

  it('undoes everything so far, once', async () => {
    const flow = undone(
      [
        done('a'),
        { verb: 'try', try: [done('b'), end], catch: [undoAll(), undoAll({ id: 'again' })], line: 2 },
        done('c'),
        end,
      ],
      {
        finally: steps(
          say('${{ steps.a.status }} ${{ steps.c.status }} ${{ steps.back.output }} ${{ steps.again.output }}'),
        ),
      },
    );
    assert.deepEqual((await failed(flow)).calls, ['a', 'b', 'unb', 'una', 'c', 'unc', 'undone undone ["b","a"] []']);
  });

  it('inside an iteration shows there what is undone', async () => {
    const flow = flowOf([
      done('a'),
      {
        verb: 'foreach',
        foreach: '[1, 2]',
        steps: [
          done('b', { guard: 'item == 1' }),
          { verb: 'try', try: [done('c'), end], catch: [undoAll()], line: 2 },
          say('${{ steps.a.status }} ${{ steps.b.status }} ${{ steps.c.status }}'),
        ],
      },
    ]);
    const demo = runDemo(flow, answer);
    await demo.result;
    assert.deepEqual(said(demo), [
      'a',
      'b',
      'c',
      'unc',
      'unb',
      'una',
      'undone undone undone',
      'c',
      'unc',
      'undone skipped undone',
    ]);
  });

  it('fails when something could not be undone, after all the others were', async () => {
    const flow = flowOf([done('a'), done('b', { undoSteps: steps(say('bad')) }), end], {
      catch: steps(
        undoAll({ onError: 'continue' }),
        say(
          '${{ steps.back.error.code }} ${{ steps.back.error.undo[0].step }} ${{ steps.back.error.undo[0].error.status }}',
        ),
        { verb: 'fail', fail: '${{ steps.back.error }}' },
      ),
    });
    const { calls, error } = await failed(flow);
    assert.deepEqual(calls, ['a', 'b', 'bad', 'una', 'undo_failed b 503']);
    assert.equal(
      placedMessage(flow, error),
      'step `back` (flows/demo.yaml:70): 1 of 2 steps could not be undone; not undone: `b`, step `1/undo/0` (flows/demo.yaml:1): no',
    );
  });
});
