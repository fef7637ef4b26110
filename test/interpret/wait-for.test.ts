// `wait_for` and `emit`: what is asked of the store, which event is taken, and what happens without one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventData, Json, JsonObject, RunResult } from '../../workflows/definition.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { RegisterAnswer } from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import { createFakeRuntime, type FakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, say, type StepDraft } from './run-demo.ts';

const DAY_MS = 86_400_000;
const NOTHING: RegisterAnswer = { candidates: [], more: false };
const WAITER = '0';

const payment: StepDraft = {
  verb: 'wait_for',
  id: 'payment',
  wait_for: 'payment.received',
  where: { 'body.order_id': '${{ event.body.id }}', 'body.currency': 'EUR' },
};
const output = { output: '${{ steps.payment }}' };

function paid(position: number, body: JsonObject = {}): Candidate {
  const event: EventData = {
    id: `emit~${position}`,
    type: 'payment.received',
    source: 'emit',
    time: '2026-01-03T00:00:00.000Z',
    body,
    headers: {},
    query: {},
  };
  return { position, event };
}

interface Lab {
  runtime: FakeRuntime;
  run: Interpretation;
  result: Promise<RunResult>;
  /** What the store was asked, by kind of call. */
  asked(connector: string): JsonObject[];
}

/** Starts a run; `register` answers each registration in turn, the last one again and again. */
function start(steps: StepDraft[], register: RegisterAnswer[] = [NOTHING], continued?: Continuation): Lab {
  const answers = [...register];
  const runtime = createFakeRuntime((call): Json => {
    if (call.connector === 'hookline.emit') return { id: 'emit~1', type: call.with['type'] ?? null };
    if (call.connector !== 'hookline.wait_for') return null;
    return (answers.length > 1 ? answers.shift() : answers[0]) as unknown as Json;
  });
  const run = interpret(inputOf(flowOf(steps, output), { id: 7, tags: [] }), runtime, continued);
  run.result.catch(() => undefined);
  const asked = (connector: string): JsonObject[] =>
    runtime.calls.filter(({ call }) => call.connector === connector).map(({ call }) => call.with);
  return { runtime, run, result: run.result, asked };
}

/** Lets everything happen that can without time passing. */
const settle = ({ runtime }: Lab): Promise<void> => runtime.advance(0);

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
    assert.deepEqual(lab.asked('hookline.stop_waiting'), [{ waiter: WAITER }]);
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

describe('a run that emits an event', () => {
  const emit: StepDraft = {
    verb: 'emit',
    id: 'payment',
    emit: 'order.${{ "paid" }}',
    body: { id: '${{ event.body.id }}' },
  };

  it('hands type and body to the store under a key of the step, whatever the retry of the flow', async () => {
    const lab = start([emit, { ...emit, id: 'other', body: undefined }]);
    const { output: result } = await lab.runtime.finish(lab.result);
    const calls = lab.runtime.calls.map(({ call }) => call);
    assert.deepEqual(lab.asked('hookline.emit'), [
      { type: 'order.paid', body: { id: 7 }, depth: 1 },
      { type: 'order.paid', body: {}, depth: 1 },
    ]);
    assert.notEqual(calls[0]!.idempotencyKey, calls[1]!.idempotencyKey);
    assert.ok(calls.every(({ retry }) => retry.maxAttempts > 1_000));
    assert.deepEqual((result as JsonObject)['output'], { id: 'emit~1', type: 'order.paid' });
  });

  it('refuses what is no type', async () => {
    for (const type of ['', 'a b', '*', '${{ event.body.id }}', 'x'.repeat(129)]) {
      const lab = start([{ ...emit, emit: type }]);
      await assert.rejects(
        lab.runtime.finish(lab.result),
        (thrown: StepFailure) => thrown.error.code === 'invalid_field',
      );
    }
  });

  it('ends a circle of events, which only events of flows can make', async () => {
    const flow = flowOf([emit]);
    const started = (source: string, depth: string): Promise<RunResult> => {
      const runtime = createFakeRuntime(() => ({ id: 'emit~1', type: 'order.paid' }));
      const input = inputOf(flow, { id: 7 });
      const event = { ...input.event, source, headers: { 'hookline-depth': depth } };
      return runtime.finish(interpret({ ...input, event }, runtime).result);
    };
    await started('emit', '99');
    await started('shop', '100');
    await assert.rejects(started('emit', '100'), (thrown: StepFailure) => thrown.error.code === 'emit_too_deep');
  });
});
