// `while`, `repeat`, `break` and `next`: how often, what is seen inside and after, what leaves them, where they end.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowError, Json, Step } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { ITERATIONS_DEFAULT } from '../../workflows/limits.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime, type Answer } from './fake-runtime.ts';
import { failureOf, flowOf, inputOf, runDemo, said, say, type Demo, type StepDraft } from './run-demo.ts';

const count: StepDraft = { verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 1 };
const leave = (verb: 'break' | 'next', guard: string): StepDraft => ({ verb, [verb]: true, guard, line: 1 });
const whileLoop = (condition: string, steps: StepDraft[], rest: Partial<Step> = {}): StepDraft => ({
  verb: 'while',
  id: 'loop',
  while: condition,
  steps,
  ...rest,
});
const repeatLoop = (fields: Record<string, Json>, steps: StepDraft[], rest: Partial<Step> = {}): StepDraft => ({
  verb: 'repeat',
  id: 'loop',
  repeat: { steps: steps as unknown as Json, ...fields },
  ...rest,
});
const echo: Answer = (call) => ({ said: call.with['say'] ?? null });

function runLoop(step: StepDraft, output: Json = '${{ steps.loop }}', answer: Answer = echo): Demo {
  return runDemo(flowOf([step], { vars: { n: 0 }, output }), answer);
}

async function outputOf(demo: Demo): Promise<Json> {
  return (await demo.result).output;
}

describe('while', () => {
  it('asks before every iteration, and gives what the last step of the last one gave', async () => {
    const demo = runLoop(whileLoop('vars.n < 3', [count, say('${{ [index, vars.n] }}')]));
    const last = { said: [2, 3] };
    assert.deepEqual(await outputOf(demo), { status: 'completed', output: last, error: null });
    assert.deepEqual(said(demo), [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  it('without an iteration gives null, and what is inside stays pending', async () => {
    const demo = runLoop(whileLoop('false', [say(1, { id: 'one' })]), '${{ [steps.loop.output, steps.one.status] }}');
    assert.deepEqual(await outputOf(demo), [null, 'pending']);
  });

  it('sees the iteration before in its condition; each iteration begins with its ids pending', async () => {
    const steps = [
      say('${{ steps.late.status }}', { id: 'early' }),
      say('${{ index }}', { id: 'late', guard: 'index != 1' }),
    ];
    const demo = runLoop(whileLoop('(steps.late.output?.said ?? 0) < 2', steps), '${{ steps.late.output.said }}');
    // The second iteration skipped its last step, so the condition saw null and a third began.
    assert.equal(await outputOf(demo), 2);
    assert.deepEqual(said(demo), ['pending', 0, 'pending', 'pending', 2]);
  });

  it('wants a boolean', async () => {
    const error = await failureOf(runLoop(whileLoop('vars.n', [count])));
    assert.equal(error.code, 'type_mismatch');
    assert.equal(error.step, 'loop');
  });

  it('fails when it wants more iterations than it may have', async () => {
    const enough = runLoop(whileLoop('vars.n < 5', [count], { max_iterations: 5 }), '${{ vars.n }}');
    assert.equal(await outputOf(enough), 5);
    const error = await failureOf(runLoop(whileLoop('vars.n < 6', [count], { max_iterations: 5 })));
    assert.equal(error.code, 'too_many_iterations');
    assert.equal(error.step, 'loop');
  });

  it('that nobody bounded ends by the default, and lets other runs go on meanwhile', async () => {
    const demo = runLoop(whileLoop('true', [count], { onError: 'continue' }), '${{ vars.n }}');
    assert.equal(await outputOf(demo), ITERATIONS_DEFAULT);
    assert.ok(demo.runtime.sleeps.length >= ITERATIONS_DEFAULT / 500 - 1, String(demo.runtime.sleeps.length));
  });

  it('fails with its step, whose error says in which iteration; a handler sees what was done so far', async () => {
    const answer: Answer = (call) => {
      if (call.with['say'] !== 2) return null;
      throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 3, status: 402 });
    };
    const loop = whileLoop('true', [say('${{ index }}', { id: 'one' })]);
    const tried: StepDraft = { verb: 'try', try: [loop], catch: [say('${{ [error, steps.one.status] }}')] };
    const demo = runDemo(flowOf([tried]), answer);
    await demo.result;
    const error = said(demo).at(-1) as [FlowError, string];
    const { step, status, attempt, index } = error[0];
    assert.deepEqual({ step, status, attempt, index }, { step: 'one', status: 402, attempt: 3, index: 2 });
    assert.equal(error[1], 'failed');
  });

  it('is bounded by its timeout', async () => {
    const loop = whileLoop('true', [{ verb: 'wait', wait: 400, line: 1 }], { timeoutMs: 1_000, onError: 'continue' });
    const demo = runLoop(loop, '${{ steps.loop.status }}');
    assert.equal(await outputOf(demo), 'timed_out');
    assert.equal(demo.runtime.now() - demo.runtime.startedAt, 1_000);
  });

  it('inside a loop begins anew each time; their calls have keys of their own', async () => {
    const inner = whileLoop('index < 2', [say('${{ index }}', { id: 'deep' })], { id: 'inner' });
    const demo = runLoop(whileLoop('index < 3', [inner]), '${{ steps.deep.output.said }}');
    assert.equal(await outputOf(demo), 1);
    assert.deepEqual(said(demo), [0, 1, 0, 1, 0, 1]);
    assert.equal(new Set(demo.runtime.calls.map(({ call }) => call.idempotencyKey)).size, 6);
  });

  it('keeps a journal that does not grow', async () => {
    const loop = whileLoop('true', [say('a', { id: 'a' }), say('b', { id: 'b' }), count]);
    const sizeAfter = async (callsMax: number): Promise<number> => {
      const runtime = createFakeRuntime(() => 'x'.repeat(50));
      runtime.settings.callsMax = callsMax;
      const run = interpret(inputOf(flowOf([loop], { vars: { n: 1_000 } })), runtime);
      await runtime.advance(0);
      assert.equal(runtime.calls.length, callsMax);
      return JSON.stringify(run.position()).length;
    };
    assert.ok((await sizeAfter(2_001)) < (await sizeAfter(3)) + 20);
  });
});

describe('repeat', () => {
  it('asks after every iteration, whose steps it sees', async () => {
    const demo = runLoop(repeatLoop({ until: 'steps.one.output.said == 3' }, [say('${{ index + 1 }}', { id: 'one' })]));
    assert.deepEqual((await outputOf(demo)) as Json, { status: 'completed', output: { said: 3 }, error: null });
    assert.deepEqual(said(demo), [1, 2, 3]);
  });

  it('without `until` runs `max_iterations` times and ends well', async () => {
    const demo = runLoop(repeatLoop({ max_iterations: 3 }, [say('${{ index }}')]), '${{ steps.loop.status }}');
    assert.equal(await outputOf(demo), 'completed');
    assert.deepEqual(said(demo), [0, 1, 2]);
  });

  it('with `until` fails when `max_iterations` were not enough, without a last wait', async () => {
    const demo = runLoop(repeatLoop({ until: 'false', max_iterations: 3, every: 1_000 }, [say('${{ index }}')]));
    assert.equal((await failureOf(demo)).code, 'too_many_iterations');
    assert.equal(demo.runtime.now() - demo.runtime.startedAt, 2_000);
  });

  it('begins an iteration every so often, and at once when the one before took longer', async () => {
    const demo: Demo = runDemo(
      flowOf([repeatLoop({ max_iterations: 4, every: 1_000 }, [say('${{ index }}')])]),
      async (call) => {
        await Promise.resolve();
        await demo.runtime.pass(call.with['say'] === 1 ? 2_500 : 300);
        return null;
      },
    );
    await demo.result;
    assert.deepEqual(
      demo.runtime.calls.map(({ at }) => at),
      [0, 1_000, 3_500, 4_500],
    );
  });

  it('works out `every` after each iteration', async () => {
    const every = '${{ steps.one.output.said * 100 }}';
    const demo = runLoop(repeatLoop({ max_iterations: 3, every }, [say('${{ index + 1 }}', { id: 'one' })]));
    await demo.result;
    assert.deepEqual(
      demo.runtime.calls.map(({ at }) => at),
      [0, 100, 300],
    );
    const wrong = await failureOf(runLoop(repeatLoop({ max_iterations: 3, every: '${{ "soon" }}' }, [count])));
    assert.equal(wrong.code, 'invalid_field');
    assert.match(wrong.message, /`every` needs a duration/);
  });
});

describe('break and next', () => {
  it('end the loop, and the iteration; what they leave counts as completed', async () => {
    const steps = [
      { verb: 'if', id: 'odd', if: 'index % 2 == 1', then: [leave('next', 'true')], line: 1 },
      leave('break', 'index == 4'),
      say('${{ index }}'),
    ];
    const demo = runLoop(repeatLoop({ until: 'false' }, steps), '${{ [steps.loop, steps.odd.status] }}');
    const loop = { status: 'completed', output: null, error: null };
    assert.deepEqual(await outputOf(demo), [loop, 'completed']);
    assert.deepEqual(said(demo), [0, 2]);
  });

  it('`next` asks `until` all the same', async () => {
    const demo = runLoop(repeatLoop({ until: 'index == 2' }, [leave('next', 'index == 2'), say('${{ index }}')]));
    await demo.result;
    assert.deepEqual(said(demo), [0, 1]);
  });

  it('pass `catch` by and let every `finally` run', async () => {
    const inner = { verb: 'try', try: [leave('break', 'true')], finally: [say('inner')], line: 1 };
    const tried = { verb: 'try', try: [inner], catch: [say('caught')], finally: [say('outer')], line: 1 };
    const demo = runLoop(whileLoop('true', [tried, say('unreached')]));
    await demo.result;
    assert.deepEqual(said(demo), ['inner', 'outer']);
  });

  it('may stand in `catch`: the error is handled then', async () => {
    const fail = { verb: 'fail', fail: { code: 'no', message: 'no' }, line: 1 };
    const tried = { verb: 'try', try: [fail], catch: [leave('next', 'index < 2'), leave('break', 'true')], line: 1 };
    const demo = runLoop(whileLoop('true', [count, tried, say('unreached')]), '${{ vars.n }}');
    assert.equal(await outputOf(demo), 3);
    assert.deepEqual(said(demo), []);
  });

  it('leave the innermost loop', async () => {
    const inner = whileLoop('true', [count, leave('break', 'true')], { id: 'inner' });
    const demo = runLoop(whileLoop('index < 3', [inner, say('after')]), '${{ vars.n }}');
    assert.equal(await outputOf(demo), 3);
    assert.deepEqual(said(demo), ['after', 'after', 'after']);
  });

  it('in `foreach` leave nulls: `break` makes the list shorter', async () => {
    const each = (steps: StepDraft[], rest: Partial<Step> = {}): StepDraft => ({
      verb: 'foreach',
      id: 'loop',
      foreach: '[10, 20, 30, 40]',
      steps,
      ...rest,
    });
    const result = '${{ [steps.loop.output, steps.loop.errors] }}';
    const skipped = runLoop(each([leave('next', 'item == 20'), say('${{ item }}')], { output: '${{ item }}' }), result);
    assert.deepEqual(await outputOf(skipped), [[10, null, 30, 40], []]);
    const left = runLoop(each([leave('break', 'item == 30'), say('${{ item }}')], { output: '${{ item }}' }), result);
    assert.deepEqual(await outputOf(left), [[10, 20, null], []]);
    assert.deepEqual(said(left), [10, 20]);
    const side = runLoop(each([leave('next', 'item == 20'), say('${{ item }}')], { max_parallel: 4 }));
    await side.result;
    assert.deepEqual(said(side), [10, 30, 40]);
  });
});
