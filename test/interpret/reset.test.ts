// Runs that are set back to an earlier point, on the fake Runtime: what the store is asked again, what counts of what came before, and that
// it goes with a run that continues as new.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import { STORE_CALLS, type CallFlowAnswer } from '../../workflows/store-call.ts';
import { endOf } from '../workflow/bench-runs.ts';
import { ask, decision, eventOf, positionOf, startLab, type Lab as AskingLab } from './approve-lab.ts';
import { createFakeRuntime, type FakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, say } from './run-demo.ts';
import { DAY_MS, NOTHING, paid, payment, settle, start, WAITER } from './wait-lab.ts';

/** The run has been reset so often. */
function reset(runtime: FakeRuntime, times = 1): void {
  runtime.resets = () => times;
}

const REGISTER = STORE_CALLS.register;

describe('a run that waits for an event, and is reset', () => {
  it('asks again with the same question, once for each reset, and takes what came meanwhile', async () => {
    const found = { candidates: [paid(8)], more: false };
    const lab = start([{ ...payment, timeoutMs: DAY_MS }], [NOTHING, NOTHING, found]);
    await settle(lab);
    reset(lab.runtime);
    await settle(lab);
    await settle(lab);
    const [first, again, ...others] = lab.asked(REGISTER);
    assert.deepEqual([again, others], [first, []]);
    reset(lab.runtime, 2);
    const { output } = await lab.runtime.finish(lab.result);
    assert.deepEqual((output as JsonObject)['output'], paid(8).event);
    assert.equal(lab.asked(REGISTER).length, 3);
  });

  it('takes what it is told after it asked again', async () => {
    const lab = start([payment]);
    await settle(lab);
    reset(lab.runtime);
    lab.run.wake({ waiter: WAITER, ...paid(3) });
    const { output } = await lab.runtime.finish(lab.result);
    assert.deepEqual((output as JsonObject)['output'], paid(3).event);
    assert.equal(lab.asked(REGISTER).length, 2);
  });

  it('asks no more when its time is over', async () => {
    const lab = start([{ ...payment, timeoutMs: DAY_MS, on_timeout: [say('late')] }]);
    await settle(lab);
    const { now } = lab.runtime;
    lab.runtime.now = () => now() + DAY_MS;
    reset(lab.runtime);
    const { output } = await lab.runtime.finish(lab.result);
    assert.equal((output as JsonObject)['status'], 'timed_out');
    assert.equal(lab.asked(REGISTER).length, 1);
  });

  it('asks again in the run that continues it, when it could not before', async () => {
    const lab = start([payment]);
    await settle(lab);
    lab.runtime.settings.callsMax = 1;
    reset(lab.runtime);
    await settle(lab);
    assert.equal(lab.asked(REGISTER).length, 1);
    const continued = JSON.parse(JSON.stringify(lab.run.position())) as Continuation;
    const next = start([payment], [{ candidates: [paid(4)], more: false }], continued);
    const { output } = await next.runtime.finish(next.result);
    assert.deepEqual((output as JsonObject)['output'], paid(4).event);
  });

  it('and has asked, does not ask again in the run that continues it', async () => {
    const lab = start([payment]);
    await settle(lab);
    reset(lab.runtime);
    await settle(lab);
    const continued = JSON.parse(JSON.stringify(lab.run.position())) as Continuation;
    const next = start([payment], [NOTHING], continued);
    await settle(next);
    assert.deepEqual(next.asked(REGISTER), []);
    reset(next.runtime);
    await settle(next);
    assert.equal(next.asked(REGISTER).length, 1);
  });
});

describe('a run that asks a person, and is reset', () => {
  const flow = flowOf([ask({ remind_every: DAY_MS })], { output: '${{ steps.asked.output.by }}' });
  const told = (lab: AskingLab): Json[] => lab.asked('demo.echo').map(({ say: text }) => text!);
  const noticeKeys = (lab: AskingLab): string[] =>
    lab.runtime.calls.flatMap(({ call }) => (call.connector === 'demo.echo' ? [call.idempotencyKey] : []));

  it('goes on waiting where the approval is open: nobody is told again', async () => {
    const lab = startLab({ flow });
    await lab.settle();
    reset(lab.runtime);
    await lab.settle();
    assert.equal(lab.asked(REGISTER).length, 2);
    assert.deepEqual(told(lab), ['notice 0']);
    lab.decide('0');
    assert.equal((await lab.runtime.finish(lab.result)).output, 'anna');
  });

  it('asks anew where it was closed, and tells people from the first notice on, under keys of their own', async () => {
    const lab = startLab({ flow });
    await lab.settle();
    lab.decide('0', { decision: 'closed' });
    reset(lab.runtime);
    await lab.settle();
    assert.deepEqual(
      lab.asked(STORE_CALLS.openApproval).map(({ step }) => step),
      ['0', '0~2'],
    );
    assert.deepEqual(told(lab), ['notice 0', 'notice 0']);
    await lab.runtime.advance(DAY_MS);
    assert.deepEqual(told(lab), ['notice 0', 'notice 0', 'notice 1']);
    assert.equal(new Set(noticeKeys(lab)).size, 3);
    lab.run.wake({ waiter: '0', ...eventOf(lab.store.decide('0~2', decision({ by: 'bert' }))) });
    assert.equal((await lab.runtime.finish(lab.result)).output, 'bert');
  });

  it('asks anew also when it is told late that the execution before closed it, and takes a signal for the new one', async () => {
    const lab = startLab({ flow });
    await lab.settle();
    reset(lab.runtime);
    await lab.settle();
    lab.run.wake({ waiter: '0', ...eventOf(lab.store.decide('0', decision({ decision: 'closed' }))) });
    lab.run.decide({ step: 'asked', decision: 'approved', by: 'cora' });
    assert.equal((await lab.runtime.finish(lab.result)).output, 'cora');
    assert.equal(lab.asked(STORE_CALLS.decide).at(-1)!['step'], '0~2');
  });

  it('goes on with the second round in a run that continues it', async () => {
    const lab = startLab({ flow });
    await lab.settle();
    lab.decide('0', { decision: 'closed' });
    reset(lab.runtime);
    await lab.settle();
    const next = startLab({ flow, store: lab.store, continued: positionOf(lab) });
    await next.settle();
    assert.deepEqual([next.asked(REGISTER), told(next)], [[], []]);
    next.run.wake({ waiter: '0', ...eventOf(lab.store.decide('0~2', decision({ by: 'bert' }))) });
    assert.equal((await next.runtime.finish(next.result)).output, 'bert');
  });
});

describe('a run that waits for the end of another, and is reset', () => {
  it('asks behind which end it is to look, and takes none from before', async () => {
    const afters = [0, 5];
    const run = 'slow/call~1';
    const runtime = createFakeRuntime(({ connector }): Json => {
      if (connector === STORE_CALLS.register) return NOTHING as unknown as Json;
      if (connector !== STORE_CALLS.call) return null;
      return { run, flow: 'slow', after: afters.shift()! } satisfies CallFlowAnswer as unknown as Json;
    });
    const flow = flowOf([{ verb: 'call', id: 'called', call: 'slow', line: 1 }], {
      output: '${{ steps.called.output }}',
    });
    const { result, wake } = interpret(inputOf(flow, {}), runtime);
    await runtime.advance(0);
    reset(runtime);
    // It ended at 5 with the execution before, and Temporal tells the reset run of that once more.
    wake({ waiter: '0', ...endOf(run, 'failed'), position: 5 });
    await runtime.advance(0);
    wake({ waiter: '0', ...endOf(run, 'completed', { output: 'at last' }), position: 9 });
    assert.equal((await runtime.finish(result)).output, 'at last');
    const asked = runtime.calls.filter(({ call }) => call.connector === REGISTER).map(({ call }) => call.with['after']);
    assert.deepEqual(asked, [0, 5]);
  });
});
