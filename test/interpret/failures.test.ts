// What failures do: on_error, try and the flow's catch and finally, causes, messages for people.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectorCall, Flow, Json } from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import { errorJson, StepFailure } from '../../workflows/step-failure.ts';
import { failureOf, flowOf, runDemo, said, say, type StepDraft } from './run-demo.ts';

/** Calls that say `bad …` fail. */
function answer(call: ConnectorCall): Json {
  const text = String(call.with['say']);
  if (!text.startsWith('bad')) return `heard ${text}`;
  throw new StepFailure({ code: 'http_status', message: `refused ${text}`, step: null, attempt: 3, status: 402 });
}

const refused = { code: 'http_status', message: 'refused bad', step: 'charge', attempt: 3, status: 402 };
const charge = say('bad', { id: 'charge', line: 12 });

describe('a step that fails', () => {
  it('ends the run, and later steps do not start', async () => {
    const demo = runDemo(flowOf([charge, say('later')]), answer);
    assert.deepEqual(await failureOf(demo), refused);
    assert.deepEqual(said(demo), ['bad']);
  });

  it('with `on_error: continue` is bound as failed, and the flow goes on', async () => {
    const flow = flowOf([{ ...charge, onError: 'continue' }, say('later')], { output: '${{ steps.charge }}' });
    const demo = runDemo(flow, answer);
    assert.deepEqual((await demo.result).output, { status: 'failed', output: null, error: errorJson(refused) });
    assert.deepEqual(said(demo), ['bad', 'later']);
  });

  it('because of an expression shows the expression with a caret', async () => {
    const error = await failureOf(
      runDemo(flowOf([say('${{ event.body.nmae }}', { id: 'tell' })]), answer, { name: 'Ada' }),
    );
    assert.equal(error.code, 'missing_key');
    assert.equal(error.step, 'tell');
    assert.match(error.message, /nmae[\s\S]*\^/);
    assert.doesNotMatch(error.message, /Ada/);
  });
});

describe('people read', () => {
  const deep = flowOf([{ verb: 'foreach', foreach: '[1]', steps: [{ ...say('bad'), line: 30 }] }]);
  const bad = { ...say('bad'), id: 'bad', line: 30 };
  const turns: StepDraft = { verb: 'repeat', repeat: { max_iterations: 2, steps: [bad] } };
  const inner: StepDraft = { verb: 'foreach', foreach: '[1]', line: 2, steps: [bad] };
  const cases: [string, Flow, string][] = [
    ['which iteration of a loop', flowOf([turns]), 'step `bad` (flows/demo.yaml:30), iteration 0: refused bad'],
    [
      'which item inside an iteration',
      flowOf([{ ...turns, repeat: { max_iterations: 2, steps: [inner] } }]),
      'step `bad` (flows/demo.yaml:30), item 0: refused bad',
    ],
    ['the step and its line', flowOf([charge]), 'step `charge` (flows/demo.yaml:12): refused bad'],
    ['a path for a step without id', deep, 'step `0[0]/0` (flows/demo.yaml:30), item 0: refused bad'],
  ];
  for (const [what, flow, message] of cases) {
    it(what, async () => {
      assert.equal(placedMessage(flow, await failureOf(runDemo(flow, answer))), message);
    });
  }
});

describe('try', () => {
  const tried = (parts: Record<string, unknown>): Flow =>
    flowOf([{ verb: 'try', id: 'all', try: [charge, say('unreached')], ...parts }, say('after')], {
      output: '${{ steps.all.output }}',
    });

  it('hands the error to `catch`, which handles it by ending normally', async () => {
    const demo = runDemo(tried({ catch: [say('${{ error }}')], finally: [say('cleaned')] }), answer);
    assert.equal((await demo.result).output, 'heard [object Object]');
    assert.deepEqual(said(demo), ['bad', errorJson(refused), 'cleaned', 'after']);
  });

  it('without failure runs `finally` and not `catch`', async () => {
    const flow = flowOf([{ verb: 'try', try: [say('fine')], catch: [say('caught')], finally: [say('cleaned')] }]);
    const demo = runDemo(flow, answer);
    await demo.result;
    assert.deepEqual(said(demo), ['fine', 'cleaned']);
  });

  it('passes the same error on with `fail: ${{ error }}`, after `finally`', async () => {
    const demo = runDemo(
      tried({ catch: [{ verb: 'fail', fail: '${{ error }}', line: 3 }], finally: [say('cleaned')] }),
      answer,
    );
    assert.deepEqual(await failureOf(demo), refused);
    assert.deepEqual(said(demo), ['bad', 'cleaned']);
  });

  it('keeps the first error as the cause of one in `catch`, and that as the cause of one in `finally`', async () => {
    const handler = { verb: 'fail', id: 'give_up', fail: { code: 'unpaid', message: 'Not paid' }, line: 3 };
    const caught = { code: 'unpaid', message: 'Not paid', step: 'give_up', attempt: 1, cause: refused };
    assert.deepEqual(await failureOf(runDemo(tried({ catch: [handler] }), answer)), caught);
    const last = await failureOf(
      runDemo(tried({ catch: [handler], finally: [say('bad end', { id: 'end' })] }), answer),
    );
    assert.equal(last.step, 'end');
    assert.deepEqual(last.cause, caught);
  });

  it('does not hand `return` to `catch`, but runs `finally`', async () => {
    const flow = flowOf([
      { verb: 'try', try: [{ verb: 'return', return: 5, line: 2 }], catch: [say('caught')], finally: [say('cleaned')] },
      say('after'),
    ]);
    const demo = runDemo(flow, answer);
    assert.equal((await demo.result).output, 5);
    assert.deepEqual(said(demo), ['cleaned']);
  });
});

describe('the flow', () => {
  it('is completed when its `catch` ends normally; `finally` knows how it ended', async () => {
    const rest = { catch: [say('caught ${{ error.code }}') as never], finally: [say('${{ run.status }}') as never] };
    const handled = runDemo(flowOf([charge], { ...rest, output: 'unreached' }), answer);
    assert.equal((await handled.result).output, null);
    assert.deepEqual(said(handled), ['bad', 'caught http_status', 'completed']);
    const failed = runDemo(flowOf([charge], { finally: rest.finally }), answer);
    assert.deepEqual(await failureOf(failed), refused);
    assert.deepEqual(said(failed), ['bad', 'failed']);
  });

  it('hands an error in `vars` or `output` to `catch` too', async () => {
    const caught = [say('${{ error.code }}') as never];
    for (const rest of [{ output: '${{ event.body.gone }}' }, { vars: { x: '${{ event.body.gone }}' } }]) {
      const demo = runDemo(flowOf([], { ...rest, catch: caught }), answer);
      await demo.result;
      assert.deepEqual(said(demo), ['missing_key']);
    }
  });
});

describe('fail', () => {
  for (const value of ['just text', { code: 'x' }, { code: 5, message: 'm' }, [], null]) {
    it(`refuses ${JSON.stringify(value)}`, async () => {
      const demo = runDemo(flowOf([{ verb: 'fail', fail: value }]), answer);
      assert.equal((await failureOf(demo)).code, 'invalid_field');
    });
  }
});

describe('errors of our own', () => {
  it('are no errors of the author: neither `on_error` nor `catch` see them', async () => {
    const flow = flowOf([say('x', { onError: 'continue' })], { catch: [say('caught') as never] });
    const demo = runDemo(flow, () => {
      throw new TypeError('a bug');
    });
    await assert.rejects(demo.result, TypeError);
    assert.deepEqual(said(demo), ['x']);
  });

  it('an unknown verb or engine is left for a newer worker', async () => {
    await assert.rejects(runDemo(flowOf([{ verb: 'teleport' }])).result, /unknown verb teleport/);
    assert.throws(() => runDemo(flowOf([]), undefined, {}, { engine: 99 }), /a newer worker is needed/);
  });
});
