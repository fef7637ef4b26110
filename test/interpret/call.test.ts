// `call`, and runs that tell of their end: what is asked of the store, what comes of each end, and what stops a called run.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventData, Json, JsonObject, RunInput } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { CALL_END_WAIT_MS, EMIT_DEPTH_MAX } from '../../workflows/limits.ts';
import { idempotencyKey } from '../../workflows/run-path.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { STORE_CALLS, type RegisterAnswer } from '../../workflows/store-call.ts';
import { endOf, endsBefore } from '../workflow/bench-runs.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';
import { byKey, runInParts } from './in-parts.ts';
import { failureOf, flowOf, inputOf, runDemo, say, type StepDraft } from './run-demo.ts';

const call = (flow: string, rest: Partial<StepDraft> = {}): StepDraft => ({ verb: 'call', call: flow, ...rest });

/** Runs of the flows `quick` and `refused` have ended when they are asked after; no other ends by itself. */
const store: Answer = ({ connector, with: input, idempotencyKey: key }): Json => {
  if (connector === STORE_CALLS.call)
    return { run: `${String(input['flow'])}/call~${key}`, flow: input['flow']!, after: 3 };
  if (connector !== STORE_CALLS.register)
    return connector.startsWith('hookline.') ? null : { heard: input['say'] ?? null };
  const where = input['where'] as [string, string][];
  return { candidates: endsBefore({ where }), more: false } satisfies RegisterAnswer as unknown as Json;
};

const asked = ({ calls }: FakeRuntime, connector: string): JsonObject[] =>
  calls.filter((each) => each.call.connector === connector).map((each) => each.call.with);

const depthEvent = (source: string, depth: string): EventData => ({
  ...inputOf(flowOf([])).event,
  source,
  headers: { 'hookline-depth': depth },
});

describe('a call', () => {
  it('starts the flow with its input, waits for the end of its run and gives its output', async () => {
    const flow = flowOf([call('quick', { id: 'a', input: { n: '${{ event.body.n + 1 }}' } })], {
      output: '${{ steps.a }}',
    });
    const demo = runDemo(flow, store, { n: 1 });
    const run = `quick/call~${idempotencyKey('demo/event-1', '0')}`;
    assert.deepEqual((await demo.result).output, { status: 'completed', output: { by: 'quick' }, error: null });
    assert.deepEqual(asked(demo.runtime, STORE_CALLS.call), [
      { flow: 'quick', input: { n: 2 }, depth: 1, awaited: true },
    ]);
    const [registered] = asked(demo.runtime, STORE_CALLS.register);
    assert.deepEqual(
      [
        registered?.['types'],
        registered?.['source'],
        registered?.['where'],
        registered?.['after'],
        registered?.['once'],
      ],
      [['run.completed', 'run.failed', 'run.cancelled'], 'run', [['body.id', run]], 3, true],
    );
    assert.deepEqual(
      demo.runtime.calls.map(({ options }) => options.summary),
      [`a → ${run}`, `end of ${run}`],
    );
    assert.ok(demo.runtime.details.some((text) => text.includes(run)));
  });

  it('is not waited for with `detach`', async () => {
    const demo = runDemo(flowOf([call('slow', { id: 'a', detach: true })], { output: '${{ steps.a.output }}' }), store);
    const { output } = await demo.result;
    assert.deepEqual(output, { run: `slow/call~${idempotencyKey('demo/event-1', '0')}`, flow: 'slow' });
    assert.deepEqual(asked(demo.runtime, STORE_CALLS.call), [{ flow: 'slow', input: {}, depth: 1, awaited: false }]);
    assert.equal(demo.runtime.calls.length, 1);
  });

  it('that is gathered with others has no run to name, only its event', async () => {
    const gathering: Answer = (request, options) =>
      request.connector === STORE_CALLS.call
        ? { run: 'slow/call~1', flow: 'slow', after: 0, gathered: 'call~1' }
        : store(request, options);
    const demo = runDemo(
      flowOf([call('slow', { id: 'a', detach: true })], { output: '${{ steps.a.output }}' }),
      gathering,
    );
    assert.deepEqual((await demo.result).output, { run: null, flow: 'slow', event: 'call~1' });
  });

  it('whose time is over before it was answered says that it may still be made', async () => {
    const silent: Answer = (request, options) => {
      if (request.connector !== STORE_CALLS.call) return store(request, options);
      throw new StepFailure({ code: 'timeout', message: 'too late', step: null, attempt: 1 });
    };
    const demo = runDemo(flowOf([call('slow', { id: 'a', timeoutMs: 100 })]), silent);
    assert.equal((await failureOf(demo)).code, 'timeout');
    assert.deepEqual(asked(demo.runtime, STORE_CALLS.cancelCall), [{ flow: 'slow', underway: true }]);
  });

  it('fails with the failure of its run as the cause', async () => {
    const error = await failureOf(runDemo(flowOf([call('refused', { id: 'a' })]), store));
    assert.deepEqual([error.code, error.step, error.cause?.code], ['call_failed', 'a', 'refused']);
  });

  it('fails when its run was cancelled', async () => {
    const runtime = createFakeRuntime(store);
    const run = interpret(inputOf(flowOf([call('slow')])), runtime);
    await runtime.advance(0);
    run.wake({ waiter: '0', ...endOf(`slow/call~${idempotencyKey('demo/event-1', '0')}`, 'cancelled') });
    await assert.rejects(
      runtime.finish(run.result),
      (thrown) => (thrown as StepFailure).error.code === 'call_cancelled',
    );
  });

  it('whose time is over asks its run to end, waits a little for that, and fails', async () => {
    const demo = runDemo(flowOf([call('slow', { id: 'a', timeoutMs: 60_000 })]), store);
    const error = await failureOf(demo);
    assert.deepEqual([error.code, error.step], ['timeout', 'a']);
    assert.deepEqual(asked(demo.runtime, STORE_CALLS.cancelCall), [{ flow: 'slow' }]);
    assert.equal(demo.runtime.now() - demo.runtime.startedAt, 60_000 + CALL_END_WAIT_MS);
  });

  it('that is cancelled asks its run to end, and goes on as soon as it has ended', async () => {
    const runtime = createFakeRuntime(store);
    const run = interpret(inputOf(flowOf([call('slow')], { finally: [say('cleaned') as never] })), runtime);
    await runtime.advance(0);
    runtime.cancel();
    await runtime.advance(0);
    assert.equal(asked(runtime, STORE_CALLS.cancelCall).length, 1);
    assert.equal(asked(runtime, 'demo.echo').length, 0);
    run.wake({ waiter: '0', ...endOf(`slow/call~${idempotencyKey('demo/event-1', '0')}`, 'cancelled') });
    await assert.rejects(runtime.finish(run.result));
    assert.equal(asked(runtime, 'demo.echo').length, 1);
    assert.ok(runtime.now() - runtime.startedAt < CALL_END_WAIT_MS);
  });

  it('in a branch that a failure stops is stopped too', async () => {
    const refuse: Answer = (request, options) => {
      if (request.connector !== 'demo.echo') return store(request, options);
      throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 1 });
    };
    const parallel = { called: [{ ...call('slow'), line: 1 }], bad: [{ verb: 'wait', wait: 1_000, line: 2 }, say(1)] };
    const demo = runDemo(flowOf([{ verb: 'parallel', parallel }]), refuse);
    assert.equal((await failureOf(demo)).code, 'http_status');
    assert.equal(asked(demo.runtime, STORE_CALLS.cancelCall).length, 1);
  });

  it('that may not have been made, for its time was over, asks its run to end all the same', async () => {
    const late: Answer = (request, options) => {
      if (request.connector !== STORE_CALLS.call) return store(request, options);
      throw new StepFailure({ code: 'timeout', message: 'too late', step: null, attempt: 1 });
    };
    const demo = runDemo(flowOf([call('slow', { timeoutMs: 10 })]), late);
    assert.equal((await failureOf(demo)).code, 'timeout');
    assert.equal(asked(demo.runtime, STORE_CALLS.cancelCall).length, 1);
  });

  it('of a flow that is not there fails with that', async () => {
    const unknown: Answer = () => {
      throw new StepFailure({ code: 'flow_unknown', message: 'no flow `slow` is loaded', step: null, attempt: 1 });
    };
    const demo = runDemo(flowOf([call('slow', { id: 'a' })]), unknown);
    assert.deepEqual([(await failureOf(demo)).code, demo.runtime.calls.length], ['flow_unknown', 1]);
  });

  it('can undo, and be undone', async () => {
    const undoSteps = [{ ...call('quick', { input: { back: '${{ steps.a.output.by }}' } }), line: 3 }];
    const flow = flowOf([call('quick', { id: 'a', undoSteps } as never), say('bad')], { undoOnFailure: true });
    const bad: Answer = (request, options) => {
      if (request.connector !== 'demo.echo') return store(request, options);
      throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 1 });
    };
    const demo = runDemo(flow, bad);
    assert.equal((await failureOf(demo)).code, 'http_status');
    assert.deepEqual(asked(demo.runtime, STORE_CALLS.call).at(-1)?.['input'], { back: 'quick' });
  });

  for (const source of ['call', 'emit', 'run']) {
    it(`is refused when events of flows led to it too often, the last one from \`${source}\``, async () => {
      const event = depthEvent(source, String(EMIT_DEPTH_MAX));
      const demo = runDemo(flowOf([call('quick')]), store, {}, { event });
      assert.deepEqual([(await failureOf(demo)).code, demo.runtime.calls.length], ['emit_too_deep', 0]);
    });
  }

  for (const callsMax of [1, 2, 3, 5]) {
    it(`is made once wherever the run is taken over: after every ${callsMax} calls`, async () => {
      const branches = { called: [{ ...call('quick', { id: 'c' }), line: 4 }], busy: [say('x'), say('y')] };
      const flow = flowOf(
        [
          call('quick', { id: 'a', input: { at: '${{ now() }}' }, timeoutMs: 60_000 }),
          {
            verb: 'foreach',
            foreach: '[1, 2, 3]',
            max_parallel: 2,
            steps: [{ ...call('quick', { input: '${{ item }}' }), line: 2 }],
          },
          call('refused', { id: 'b', onError: 'continue' }),
          call('slow', { detach: true }),
          { verb: 'parallel', parallel: branches },
          say('${{ steps.b.error.code }}'),
        ],
        { output: '${{ steps.a.output }}' },
      );
      const whole = await runInParts(flow, store, {}, Number.POSITIVE_INFINITY);
      const parts = await runInParts(flow, store, {}, callsMax);
      assert.deepEqual(parts.result, whole.result);
      assert.deepEqual(byKey(parts), byKey(whole));
      assert.equal(parts.calls.length, whole.calls.length);
    });
  }
});

describe('a run whose end somebody asks after', () => {
  const atEnd: Partial<RunInput> = { atEnd: true };

  it('tells last of all how it completed, with what started it', async () => {
    const demo = runDemo(flowOf([], { output: { n: 1 }, finally: [say('last') as never] }), store, {}, atEnd);
    assert.deepEqual((await demo.result).output, { n: 1 });
    assert.deepEqual(demo.runtime.calls.at(-1)?.call.with, {
      status: 'completed',
      output: { n: 1 },
      startedAt: '2026-01-02T03:04:05.000Z',
      endedAt: '2026-01-02T03:04:05.000Z',
      event: { id: 'event-1', type: 'demo.happened', source: 'demo' },
      depth: 1,
    });
  });

  it('tells how it failed, after `catch` and `finally`, and fails as it would have', async () => {
    const flow = flowOf([{ verb: 'fail', fail: { code: 'a', message: 'b' } }], { finally: [say('last') as never] });
    const demo = runDemo(flow, store, {}, { ...atEnd, event: depthEvent('call', '4') });
    assert.equal((await failureOf(demo)).code, 'a');
    const [echo, ended] = demo.runtime.calls.map(({ call: made }) => made);
    assert.equal(echo?.connector, 'demo.echo');
    const { status, error, depth } = ended?.with ?? {};
    assert.deepEqual([status, (error as JsonObject)['code'], depth], ['failed', 'a', 5]);
  });

  it('tells that it was cancelled, where no cancellation reaches', async () => {
    const runtime = createFakeRuntime(store);
    const run = interpret(inputOf(flowOf([{ verb: 'wait', wait: 60_000 }]), {}, atEnd), runtime);
    await runtime.advance(0);
    runtime.cancel();
    await assert.rejects(runtime.finish(run.result), (thrown) => runtime.isCancellation(thrown));
    assert.deepEqual(
      asked(runtime, STORE_CALLS.ended).map(({ status }) => status),
      ['cancelled'],
    );
  });

  it('ends as it did, also when nobody could be told', async () => {
    const silent: Answer = () => {
      throw new StepFailure({ code: 'timeout', message: 'no store', step: null, attempt: 1 });
    };
    assert.equal((await runDemo(flowOf([], { output: 5 }), silent, {}, atEnd).result).output, 5);
  });

  it('is told nothing where nobody asked', async () => {
    const demo = runDemo(flowOf([]), store);
    await demo.result;
    assert.deepEqual(demo.runtime.calls, []);
  });
});

describe('an event that a flow emits', () => {
  for (const type of ['run.completed', 'run.x', 'approval.approved', 'call.made']) {
    it(`is never \`${type}\`, which Hookline itself sends`, async () => {
      const demo = runDemo(flowOf([{ verb: 'emit', emit: `\${{ "${type}" }}` }]), store);
      assert.deepEqual([(await failureOf(demo)).code, demo.runtime.calls.length], ['invalid_field', 0]);
    });
  }
});

describe('a wait for the end of a run', () => {
  it('looks among the ends of runs without naming them as a source', async () => {
    const demo = runDemo(
      flowOf([{ verb: 'wait_for', wait_for: ['run.failed'], timeoutMs: 10, on_timeout: [] }]),
      store,
    );
    await demo.result;
    assert.equal(asked(demo.runtime, STORE_CALLS.register)[0]?.['source'], 'run');
  });
});
