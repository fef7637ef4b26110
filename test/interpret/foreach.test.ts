// Items one by one or several at once: order, ids local to the iteration, failures, keys.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json, Step } from '../../workflows/definition.ts';
import { errorJson, StepFailure } from '../../workflows/step-failure.ts';
import { flowOf, runDemo, said, say, type Demo, type StepDraft } from './run-demo.ts';

function loop(rest: Partial<Step> = {}): StepDraft {
  return {
    verb: 'foreach',
    id: 'each',
    foreach: 'event.body.items',
    steps: [say('${{ item }}', { id: 'one' })],
    ...rest,
  };
}

/** Later items answer sooner; `bad` fails. */
function runLoop(step: StepDraft, items: Json): Demo {
  const demo: Demo = runDemo(
    flowOf([step], { output: '${{ steps.each }}' }),
    async (call) => {
      const item = call.with['say'];
      await demo.runtime.pass(item === 'bad' ? 5 : 100 - Number(item));
      if (item === 'bad') throw new StepFailure({ code: 'network', message: 'gone', step: null, attempt: 1 });
      return { item: item ?? null };
    },
    { items },
  );
  return demo;
}

describe('foreach', () => {
  it('goes one by one unless `max_parallel` says more', async () => {
    const one = runLoop(loop(), [1, 2, 3]);
    await one.result;
    assert.equal(one.runtime.callsAtOnceMax, 1);
    const two = runLoop(loop({ max_parallel: 2 }), [1, 2, 3, 4, 5]);
    await two.result;
    assert.equal(two.runtime.callsAtOnceMax, 2);
    assert.deepEqual(
      two.runtime.calls.slice(0, 2).map(({ call }) => call.with['say']),
      [1, 2],
    );
  });

  it('gives what the iterations gave in the order of the items, whichever ended first', async () => {
    const demo = runLoop(
      loop({ max_parallel: 3, output: '${{ [index, item, steps.one.output.item] }}' }),
      [10, 20, 30],
    );
    const { output } = (await demo.result) as { output: { output: Json } };
    assert.deepEqual(output.output, [
      [0, 10, 10],
      [1, 20, 20],
      [2, 30, 30],
    ]);
  });

  it('names the item as the author likes', async () => {
    const demo = runLoop(loop({ as: 'order', steps: [say('${{ order }}')] }), [7]);
    await demo.result;
    assert.deepEqual(said(demo), [7]);
  });

  it('keeps ids inside to the iteration', async () => {
    const steps = [say('${{ steps.one.status }}', { id: 'before' }), say(1, { id: 'one' })];
    const demo = runDemo(flowOf([loop({ steps })], { output: '${{ keys(steps) }}' }), undefined, { items: [1, 2] });
    assert.deepEqual((await demo.result).output, ['each']);
    assert.deepEqual(said(demo), ['pending', 1, 'pending', 1]);
  });

  it('with `fail`, starts no further item after a failure', async () => {
    const demo = runLoop(loop(), [1, 'bad', 3]);
    await assert.rejects(
      demo.result,
      (thrown: StepFailure) => thrown.error.index === 1 && thrown.error.code === 'network',
    );
    assert.deepEqual(said(demo), [1, 'bad']);
  });

  it('with `finish`, goes through all items and then fails', async () => {
    const demo = runLoop(loop({ onError: 'finish' }), ['bad', 2, 3]);
    await assert.rejects(demo.result, (thrown: StepFailure) => thrown.error.index === 0);
    assert.deepEqual(said(demo), ['bad', 2, 3]);
  });

  it('with `continue`, lists the failures with their items', async () => {
    const demo = runLoop(loop({ onError: 'continue', max_parallel: 3 }), [1, 'bad', 3]);
    const error = { code: 'network', message: 'gone', step: 'one', attempt: 1, index: 1 };
    assert.deepEqual((await demo.result).output, {
      status: 'completed',
      output: [{ item: 1 }, null, { item: 3 }],
      errors: [{ index: 1, item: 'bad', error: errorJson(error) }],
      error: null,
    });
  });

  it('gives every iteration its own keys and summaries', async () => {
    const nested = loop({ id: undefined, foreach: '["a", "b"]', steps: [loop({ steps: [say('x', { id: 'deep' })] })] });
    const demo = runDemo(flowOf([nested]), undefined, { items: [1, 2] });
    await demo.result;
    assert.equal(new Set(demo.runtime.calls.map(({ call }) => call.idempotencyKey)).size, 4);
    assert.deepEqual(
      demo.runtime.calls.map(({ options }) => options.summary),
      ['deep [0][0]', 'deep [0][1]', 'deep [1][0]', 'deep [1][1]'],
    );
  });

  it('needs a list, and not one without end', async () => {
    await assert.rejects(
      runLoop(loop(), 'no list').result,
      (thrown: StepFailure) => thrown.error.code === 'invalid_field',
    );
    const many = Array.from({ length: 10_001 }, () => 1);
    await assert.rejects(runLoop(loop(), many).result, (thrown: StepFailure) => thrown.error.code === 'too_many_items');
  });

  it('lets other runs have the thread when it takes many steps that call nothing', async () => {
    const quiet = { verb: 'set', set: { last: '${{ item }}' }, line: 2 };
    const flow = flowOf([loop({ foreach: 'range(0, 1_500)', steps: [quiet as never] })], { vars: { last: 0 } });
    const demo = runDemo(flow);
    await demo.result;
    assert.deepEqual(
      demo.runtime.sleeps.map(({ ms }) => ms),
      [1, 1],
    );
    assert.equal(demo.runtime.waits, 0);
  });

  it('goes through an empty list at once', async () => {
    assert.deepEqual((await runLoop(loop(), []).result).output, {
      status: 'completed',
      output: [],
      errors: [],
      error: null,
    });
  });
});
