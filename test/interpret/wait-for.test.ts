// `wait_for`: what is asked of the store, which event is taken, and what happens without one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import type { Continuation } from '../../workflows/run.ts';
import type { StepFailure } from '../../workflows/step-failure.ts';
import { say, type StepDraft } from './run-demo.ts';
import { DAY_MS, NOTHING, paid, payment, settle, start, WAITER, type Lab } from './wait-lab.ts';

describe('a run that waits for an event', () => {
  it('registers what it waits for, in texts, and stops occupying the worker', async () => {
    const lab = start([{ ...payment, timeoutMs: DAY_MS, lookback: 60_000 }]);
    await settle(lab);
    const at = lab.runtime.startedAt;
    assert.deepEqual(lab.asked('hookline.wait_for'), [
      {
        waiter: WAITER,
        types: ['payment.received'],
        source: 'emit',
        where: [
          ['body.currency', 'EUR'],
          ['body.order_id', '7'],
        ],
        since: at - 60_000,
        after: 0,
        except: 'event-1',
        once: true,
        until: at + DAY_MS,
      },
    ]);
    assert.equal(lab.runtime.waits, 1);
  });

  it('goes on with the event that it is told of, and is told once', async () => {
    const lab = start([payment, say('${{ steps.payment.output.body.amount }}')]);
    await settle(lab);
    lab.run.wake({ waiter: '9', ...paid(1) });
    await settle(lab);
    assert.equal(lab.asked('demo.echo').length, 0);
    lab.run.wake({ waiter: WAITER, ...paid(2, { amount: 5 }) });
    lab.run.wake({ waiter: WAITER, ...paid(2, { amount: 5 }) });
    lab.run.wake({ waiter: WAITER, ...paid(3, { amount: 6 }) });
    const { output: result } = await lab.runtime.finish(lab.result);
    lab.run.wake({ waiter: WAITER, ...paid(4) });
    assert.deepEqual(lab.asked('demo.echo'), [{ say: 5 }]);
    assert.deepEqual(result, { status: 'completed', output: paid(2, { amount: 5 }).event, error: null });
    assert.deepEqual(lab.asked('hookline.stop_waiting'), []);
  });

  it('takes one that came before it registered', async () => {
    const lab = start([payment], [{ candidates: [paid(1)], more: false }]);
    await lab.runtime.finish(lab.result);
    assert.equal(lab.runtime.waits, 0);
  });

  it('keeps one that comes while it registers', async () => {
    const lab = start([payment]);
    lab.run.wake({ waiter: WAITER, ...paid(1, { early: true }) });
    const { output: result } = await lab.runtime.finish(lab.result);
    assert.deepEqual((result as JsonObject)['output'], paid(1, { early: true }).event);
  });

  it('looks at every event with `match`, at those before in pages, and ends the wait itself', async () => {
    const matching = { ...payment, match: 'candidate.body.amount >= 10 && candidate.body.amount > event.body.id' };
    const pages = [
      { candidates: [paid(1, { amount: 1 }), paid(2)], more: true },
      { candidates: [paid(3, { amount: 2 })], more: false },
    ];
    const lab = start([matching], pages);
    await settle(lab);
    assert.deepEqual(
      lab.asked('hookline.wait_for').map(({ after, once }) => [after, once]),
      [
        [0, false],
        [2, false],
      ],
    );
    lab.run.wake({ waiter: WAITER, ...paid(4, { amount: 'many' }) });
    lab.run.wake({ waiter: WAITER, ...paid(5, { amount: 9 }) });
    await settle(lab);
    lab.run.wake({ waiter: WAITER, ...paid(6, { amount: 10 }) });
    const { output: result } = await lab.runtime.finish(lab.result);
    assert.deepEqual((result as JsonObject)['output'], paid(6, { amount: 10 }).event);
    assert.deepEqual(lab.asked('hookline.stop_waiting'), [{ waiter: WAITER, taken: 6 }]);
    assert.ok(lab.runtime.details.some((text) => text.includes('`match` failed on emit~2')));
  });

  it('fails with `timeout` when its time is over, and is timed_out', async () => {
    const lab = start([{ ...payment, timeoutMs: DAY_MS, onError: 'continue' }]);
    const { output: result } = await lab.runtime.finish(lab.result);
    const { status, output: none, error } = result as JsonObject;
    assert.deepEqual([status, none, (error as JsonObject)['code']], ['timed_out', null, 'timeout']);
    assert.equal(lab.runtime.now() - lab.runtime.startedAt, DAY_MS);
  });

  it('runs `on_timeout` instead and goes on, still timed_out', async () => {
    const lab = start([{ ...payment, timeoutMs: DAY_MS, on_timeout: [say('remind', { line: 3 })] }, say('after')]);
    const { output: result } = await lab.runtime.finish(lab.result);
    assert.deepEqual(result, { status: 'timed_out', output: null, error: null });
    assert.deepEqual(lab.asked('demo.echo'), [{ say: 'remind' }, { say: 'after' }]);
  });

  it('cannot wait for a text that is none', async () => {
    const lab = start([{ ...payment, where: { 'body.id': '${{ event.body.tags }}' } }]);
    await assert.rejects(lab.runtime.finish(lab.result), (thrown: StepFailure) => {
      assert.equal(thrown.error.code, 'invalid_field');
      assert.match(thrown.error.message, /body\.id/);
      return true;
    });
  });

  it('ends the wait in the store when it is cancelled', async () => {
    const lab = start([payment]);
    await settle(lab);
    lab.runtime.cancel();
    await assert.rejects(lab.runtime.finish(lab.result), (thrown) => lab.runtime.isCancellation(thrown));
    assert.deepEqual(lab.asked('hookline.stop_waiting'), [{ waiter: WAITER }]);
  });

  it('takes another event when it asks the same again, and the same one for another question', async () => {
    const again: StepDraft = { ...payment, id: 'again' };
    const other: StepDraft = { ...payment, id: 'other', where: { 'body.order_id': '7' } };
    const lab = start([payment, again, other], [{ candidates: [paid(3)], more: false }]);
    await lab.runtime.finish(lab.result);
    assert.deepEqual(
      lab.asked('hookline.wait_for').map(({ waiter, after }) => [waiter, after]),
      [
        ['0', 0],
        ['1', 3],
        ['2', 0],
      ],
    );
  });

  it('takes no event again that it took for the same question, when a reset run is told of it late', async () => {
    const again: StepDraft = { ...payment, id: 'again' };
    const lab = start([payment, again], [{ candidates: [paid(3)], more: false }, NOTHING]);
    await settle(lab);
    lab.run.wake({ waiter: '1', ...paid(3) });
    lab.run.wake({ waiter: '1', ...paid(2) });
    await settle(lab);
    lab.run.wake({ waiter: '1', ...paid(4, { late: false }) });
    await lab.runtime.finish(lab.result);
    assert.deepEqual(Object.values(lab.run.position().waits!.taken), [4]);
  });

  it('takes no event that it does not ask for, when a reset run is told of what it had asked before', async () => {
    const lab = start([payment]);
    await settle(lab);
    lab.run.wake({ waiter: WAITER, ...paid(3, { order_id: '8' }) });
    const refund = paid(4);
    lab.run.wake({ waiter: WAITER, ...refund, event: { ...refund.event, type: 'payment.refunded' } });
    await settle(lab);
    lab.run.wake({ waiter: WAITER, ...paid(5, { order_id: 7 }) });
    const { output: result } = await lab.runtime.finish(lab.result);
    assert.deepEqual((result as JsonObject)['output'], paid(5, { order_id: 7 }).event);
  });

  it('takes in a replay of a history from before what it took there, although it did not ask for it', async () => {
    const lab = start([payment]);
    lab.runtime.patched = () => false;
    await settle(lab);
    lab.run.wake({ waiter: WAITER, ...paid(3, { order_id: '8' }) });
    const { output: result } = await lab.runtime.finish(lab.result);
    assert.deepEqual((result as JsonObject)['output'], paid(3, { order_id: '8' }).event);
  });

  it('takes no event again that one of two waits side by side took, whichever ended first', async () => {
    const branches = { a: [{ ...payment, line: 2 }], b: [{ ...payment, line: 3 }] };
    const lab = start([{ verb: 'parallel', parallel: branches, onError: 'fail' }, payment]);
    await settle(lab);
    lab.run.wake({ waiter: '0/b/0', ...paid(9) });
    await settle(lab);
    lab.run.wake({ waiter: '0/a/0', ...paid(5) });
    await settle(lab);
    const last = lab.asked('hookline.wait_for').at(-1);
    assert.deepEqual([last?.['waiter'], last?.['after']], ['1', 9]);
  });

  it('has a wait of its own in every iteration', async () => {
    const steps: StepDraft[] = [
      {
        verb: 'foreach',
        foreach: '[1, 2]',
        as: 'n',
        max_parallel: 2,
        steps: [{ ...payment, line: 2 }],
        onError: 'fail',
      },
      payment,
    ];
    const lab = start(steps, [{ candidates: [paid(1)], more: false }]);
    await lab.runtime.finish(lab.result);
    assert.deepEqual(
      lab.asked('hookline.wait_for').map(({ waiter }) => waiter),
      ['0[0]/0', '0[1]/0', '1'],
    );
  });
});

describe('a run that is taken over while it waits', () => {
  /** What a continued run is given, after JSON. */
  const position = ({ run }: Lab): Continuation => JSON.parse(JSON.stringify(run.position())) as Continuation;

  it('goes on waiting without registering again, for what is left of its time', async () => {
    const first = start([{ ...payment, timeoutMs: DAY_MS }]);
    await settle(first);
    const second = start([{ ...payment, timeoutMs: DAY_MS }], [NOTHING], position(first));
    await second.runtime.finish(second.result.catch(() => undefined));
    assert.deepEqual(second.asked('hookline.wait_for'), []);
    assert.equal(second.runtime.now() - first.runtime.startedAt, DAY_MS);
  });

  it('has the events that nobody looked at yet, and takes those that come at once', async () => {
    const first = start([payment]);
    await settle(first);
    first.run.wake({ waiter: WAITER, ...paid(1, { kept: true }) });
    const second = start([payment], [NOTHING], position(first));
    const { output: result } = await second.runtime.finish(second.result);
    assert.deepEqual((result as JsonObject)['output'], paid(1, { kept: true }).event);
    const third = start([payment], [NOTHING], { ...position(first), waits: { open: { [WAITER]: [] }, taken: {} } });
    third.run.wake({ waiter: WAITER, ...paid(2) });
    await third.runtime.finish(third.result);
  });

  it('remembers what it took', async () => {
    const loop: StepDraft = { verb: 'repeat', repeat: { steps: [{ ...payment, line: 1 }], max_iterations: 2 } };
    const first = start([loop], [{ candidates: [paid(3)], more: false }, NOTHING]);
    await settle(first);
    const second = start([loop, payment], [NOTHING], position(first));
    second.run.wake({ waiter: '0[1]/0', ...paid(8) });
    await settle(second);
    assert.deepEqual(
      [...first.asked('hookline.wait_for'), ...second.asked('hookline.wait_for')].map(({ waiter, after }) => [
        waiter,
        after,
      ]),
      [
        ['0[0]/0', 0],
        ['0[1]/0', 3],
        ['1', 8],
      ],
    );
  });

  it('leaves nothing behind in runs that never waited', async () => {
    const lab = start([say(1)]);
    await settle(lab);
    assert.equal(lab.run.position().waits, undefined);
  });
});
