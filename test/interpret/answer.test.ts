// The answer to the sender: respond, return, and the end of the flow.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { flowOf, runDemo, said, say } from './run-demo.ts';

describe('respond', () => {
  it('answers, and the run goes on', async () => {
    const value = { status: '${{ 400 + 22 }}', headers: { 'X-Why': 'no' }, body: { ok: false } };
    const demo = runDemo(flowOf([{ verb: 'respond', respond: value }, say('after')]));
    const response = { status: 422, headers: { 'x-why': 'no' }, body: { ok: false } };
    assert.deepEqual(await demo.result, { output: null, response });
    assert.deepEqual(demo.runtime.responses, [response]);
    assert.deepEqual(said(demo), ['after']);
  });

  it('is 200 without headers and body unless it says so', async () => {
    const { runtime, result } = runDemo(flowOf([{ verb: 'respond', respond: {} }]));
    await result;
    assert.deepEqual(runtime.responses, [{ status: 200, headers: {}, body: null }]);
  });

  it('twice is an error', async () => {
    const again = { verb: 'respond', respond: {} };
    const { result } = runDemo(flowOf([again, again]));
    await assert.rejects(result, (thrown: StepFailure) => thrown.error.code === 'already_responded');
  });

  const refused: Json[] = [
    'text',
    { status: 99 },
    { status: 200.5 },
    { status: '200' },
    { headers: [] },
    { headers: { 'a b': 'x' } },
    { headers: { a: 'x\r\nset-cookie: y' } },
    { headers: { a: { b: 1 } } },
  ];
  for (const value of refused) {
    it(`refuses ${JSON.stringify(value)}`, async () => {
      const { runtime, result } = runDemo(flowOf([{ verb: 'respond', respond: value }]));
      await assert.rejects(result, (thrown: StepFailure) => thrown.error.code === 'invalid_field');
      assert.deepEqual(runtime.responses, []);
    });
  }
});

describe('return', () => {
  it('ends the run from any depth; an unanswered sender gets 200 with the value', async () => {
    const deep = {
      verb: 'foreach',
      foreach: '[1, 2]',
      steps: [{ verb: 'return', return: { n: '${{ item }}' }, line: 1 }],
    };
    const demo = runDemo(flowOf([deep, say('unreached')], { output: 'unreached' }));
    assert.deepEqual(await demo.result, { output: { n: 1 }, response: { status: 200, headers: {}, body: { n: 1 } } });
    assert.deepEqual(said(demo), []);
  });

  it('does not change an answer that was given', async () => {
    const flow = flowOf([
      { verb: 'respond', respond: { status: 201 } },
      { verb: 'return', return: 'done' },
    ]);
    const { output, response } = await runDemo(flow).result;
    assert.equal(output, 'done');
    assert.equal(response?.status, 201);
  });
});

describe('the end of the flow', () => {
  it('answers 200 with the output', async () => {
    const { response } = await runDemo(flowOf([], { output: { a: 1 } })).result;
    assert.deepEqual(response, { status: 200, headers: {}, body: { a: 1 } });
  });
});
