// Branches at the same time: order of starting, what one failure does to the others, what is bound.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectorCall, Json, OnError } from '../../workflows/definition.ts';
import { errorJson, StepFailure } from '../../workflows/step-failure.ts';
import type { FakeRuntime } from './fake-runtime.ts';
import { flowOf, runDemo, said, say, type Demo } from './run-demo.ts';

const branches = {
  slow: [say('slow 1', { id: 'slow_one' }), say('slow 2', { id: 'slow_two' })],
  broken: [say('broken', { id: 'broken_one' })],
  quick: [say('quick')],
};

function runBranches(onError?: OnError): Demo {
  const flow = flowOf(
    [{ verb: 'parallel', id: 'all', parallel: branches, ...(onError && { onError }) }, say('after')],
    {
      output: '${{ steps }}',
    },
  );
  const demo: Demo = runDemo(flow, async (call) => answer(demo.runtime, call));
  return demo;
}

async function answer(runtime: FakeRuntime, call: ConnectorCall): Promise<Json> {
  const text = String(call.with['say']);
  await runtime.pass(text.startsWith('slow') ? 1_000 : 10);
  if (text === 'broken')
    throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 2, status: 500 });
  return `heard ${text}`;
}

const brokenError = { code: 'http_status', message: 'no', step: 'broken_one', attempt: 2, status: 500 };

describe('parallel', () => {
  it('starts branches in source order', async () => {
    const demo = runBranches('continue');
    await demo.result;
    assert.deepEqual(said(demo), ['slow 1', 'broken', 'quick', 'slow 2', 'after']);
  });

  it('with `fail`, cancels the other branches at once and fails with the first error in time', async () => {
    const demo = runBranches();
    await assert.rejects(demo.result, (thrown: StepFailure) => {
      assert.deepEqual(thrown.error, { ...brokenError, branch: 'broken' });
      return true;
    });
    assert.deepEqual(said(demo), ['slow 1', 'broken', 'quick']);
    assert.equal(demo.runtime.now() - demo.runtime.startedAt, 10);
  });

  it('with `finish`, lets the other branches end and then fails', async () => {
    const demo = runBranches('finish');
    await assert.rejects(demo.result, (thrown: StepFailure) => thrown.error.step === 'broken_one');
    assert.deepEqual(said(demo), ['slow 1', 'broken', 'quick', 'slow 2']);
  });

  it('with `continue`, completes with outputs and errors by branch', async () => {
    const steps = (await runBranches('continue').result).output as Record<string, Json>;
    assert.deepEqual(steps['all'], {
      status: 'completed',
      output: { slow: 'heard slow 2', broken: null, quick: 'heard quick' },
      errors: { broken: errorJson({ ...brokenError, branch: 'broken' }) },
      error: null,
    });
    assert.deepEqual(steps['broken_one'], { status: 'failed', output: null, error: errorJson(brokenError) });
    assert.deepEqual(steps['slow_one'], { status: 'completed', output: 'heard slow 1', error: null });
  });

  it('never has more than 500 calls in flight in a run, however deep branches are nested', async () => {
    const one = { verb: 'foreach', foreach: 'range(0, 300)', max_parallel: 300, steps: [say('${{ item }}')], line: 1 };
    const flow = flowOf([{ verb: 'parallel', parallel: { a: [one], b: [one], c: [one] } }]);
    const demo: Demo = runDemo(flow, async () => {
      await demo.runtime.pass(5);
      return null;
    });
    await demo.result;
    assert.equal(demo.runtime.calls.length, 900);
    assert.equal(demo.runtime.callsAtOnceMax, 500);
  });
});
