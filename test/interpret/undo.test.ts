// Undo: what a run did is taken back in the reverse order of what ended, with what each step saw, whatever fails on the way.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flow, Json, JsonObject, Step } from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { Answer } from './fake-runtime.ts';
import { flowOf, runDemo, said, say, type StepDraft } from './run-demo.ts';

const steps = (...list: StepDraft[]): Step[] => list as Step[];

/** A call that says its id, and says `un` and its id when it is undone. */
function done(id: string, rest: Partial<Step> = {}): StepDraft {
  return say(id, { id, undoSteps: steps(say(`un${id}`)), ...rest });
}

const end: StepDraft = { verb: 'fail', fail: { code: 'over', message: 'it is over' }, line: 90 };

const undone = (list: StepDraft[], rest: Partial<Flow> = {}): Flow => flowOf(list, { undoOnFailure: true, ...rest });

const answer: Answer = (call) => {
  const text = String(call.with['say']);
  if (text.includes('bad'))
    throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 3, status: 503 });
  return `heard ${text}`;
};

async function failed(flow: Flow, body?: Json): Promise<{ calls: Json[]; error: StepFailure['error'] }> {
  const demo = runDemo(flow, answer, body);
  const thrown = await demo.result.then(
    () => assert.fail('the run was to fail'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof StepFailure, String(thrown));
  return { calls: said(demo), error: thrown.error };
}

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
    assert.ok(demo_isCancellation(await cancelled(flow)));
    assert.deepEqual(said(demo), ['a', 'hang', 'unhang', 'una', 'cancelled undone undone']);
  });

  it('cleans up without undoing where that is not asked for', async () => {
    assert.ok(demo_isCancellation(await cancelled(flowOf([done('a'), say('hang')], { finally: steps(say('clean')) }))));
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

  function demo_isCancellation(thrown: unknown): boolean {
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
