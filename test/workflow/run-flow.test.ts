// Runs on a real server: what stands in their history, how they end and are cancelled.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { eventually } from '../support/waiting.ts';
import { startBench, type Bench, type Handle } from './bench.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const quickRetry = { maxAttempts: 5, delayMs: 10, backoff: 1, maxDelayMs: 10 };
const hang: StepDraft = { verb: 'uses', uses: 'demo.hang', id: 'hang', line: 5 };
let bench: Bench;

before(async () => {
  bench = await startBench();
});
after(() => bench.stop());

async function historyOf(handle: Handle): Promise<HistoryEvent[]> {
  return (await handle.fetchHistory()).events ?? [];
}

function scheduled(
  events: HistoryEvent[],
): { type: string; summary: unknown; attributes: temporal.api.history.v1.IActivityTaskScheduledEventAttributes }[] {
  return events.flatMap((event) => {
    const attributes = event.activityTaskScheduledEventAttributes;
    if (!attributes) return [];
    const summary = event.userMetadata?.summary;
    return [
      {
        type: attributes.activityType!.name!,
        summary: summary && defaultPayloadConverter.fromPayload(summary),
        attributes,
      },
    ];
  });
}

async function failureOf(handle: Handle): Promise<Error> {
  try {
    await handle.result();
  } catch (thrown) {
    assert.ok(thrown instanceof WorkflowFailedError, String(thrown));
    return thrown.cause!;
  }
  return assert.fail('the run was expected to fail');
}

/** Waits until the test's connectors have seen a call of this run's. */
async function called(handle: Handle, step: string): Promise<void> {
  await eventually(`${handle.workflowId} calls ${step}`, () =>
    bench.attempts.some(({ call }) => call.run.id === handle.workflowId && call.run.step === step),
  );
}

describe('a run', () => {
  it('follows its flow, and its history reads like it', async () => {
    const flow = flowOf(
      [
        say('${{ event.body.name }}', { id: 'greet', name: 'Greet the user' }),
        { verb: 'wait', wait: 20, id: 'breathe' },
        { verb: 'foreach', foreach: '[1, 2]', max_parallel: 2, steps: [say('${{ item }}', { id: 'each' })] },
      ],
      { output: '${{ steps.greet.output.heard }}' },
    );
    const handle = await bench.start(flow, { name: 'Ada' });
    assert.deepEqual(await handle.result(), { output: 'Ada', response: { status: 200, headers: {}, body: 'Ada' } });
    const calls = scheduled(await historyOf(handle));
    assert.deepEqual(
      calls.map(({ type, summary }) => [type, summary]),
      [
        ['demo.echo', 'Greet the user'],
        ['demo.echo', 'each [0]'],
        ['demo.echo', 'each [1]'],
      ],
    );
    const [first] = calls;
    assert.equal(Number(first!.attributes.heartbeatTimeout!.seconds), 5);
    assert.equal(Number(first!.attributes.startToCloseTimeout!.seconds), 35);
    assert.equal(Number(first!.attributes.scheduleToCloseTimeout!.seconds), 86_400);
    assert.equal(first!.attributes.retryPolicy!.maximumAttempts, 10);
  });

  it('keeps the key of a call over its retries', async () => {
    const flow = flowOf([{ verb: 'uses', uses: 'demo.flaky', id: 'flaky', with: { until: 3 }, retry: quickRetry }]);
    const handle = await bench.start(flow);
    await handle.result();
    const made = bench.attempts.filter(({ call }) => call.run.id === handle.workflowId);
    assert.deepEqual(
      made.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.equal(new Set(made.map(({ call }) => call.idempotencyKey)).size, 1);
  });

  it('writes the names of secrets to history and nothing else', async () => {
    const handle = await bench.start(flowOf([say('Bearer ${{ secrets.TOKEN }}')]));
    await handle.result();
    const [made] = scheduled(await historyOf(handle));
    const call = defaultPayloadConverter.fromPayload<Record<string, unknown>>(made!.attributes.input!.payloads![0]!);
    assert.deepEqual(call['with'], { say: null });
    assert.deepEqual(call['secrets'], [{ pointer: '/say', parts: ['Bearer ', { secret: 'TOKEN' }] }]);
  });

  it('tells once that it has finished, and once that it waits', async () => {
    const quick = await bench.start(flowOf([say(1)]));
    const failing = await bench.start(flowOf([{ verb: 'fail', fail: { code: 'x', message: 'm' } }]));
    const waiting = await bench.start(
      flowOf([
        { verb: 'wait', wait: 150 },
        { verb: 'wait', wait: 150 },
      ]),
    );
    await Promise.allSettled([quick.result(), failing.result(), waiting.result()]);
    await eventually('it tells that it has finished', () =>
      bench.settled.get(waiting.workflowId)?.includes('finished'),
    );
    assert.deepEqual(bench.settled.get(quick.workflowId), ['finished']);
    assert.deepEqual(bench.settled.get(failing.workflowId), ['finished']);
    assert.deepEqual(bench.settled.get(waiting.workflowId), ['waiting', 'finished']);
  });

  it('of an unknown engine stays open for a newer worker', async () => {
    const handle = await bench.start(flowOf([say(1)]), {}, { engine: 99 });
    const failed = await eventually('its workflow task fails', async () =>
      (await historyOf(handle)).find((event) => event.workflowTaskFailedEventAttributes),
    );
    assert.match(failed.workflowTaskFailedEventAttributes!.failure!.message!, /a newer worker is needed/);
    assert.equal((await handle.describe()).status.name, 'RUNNING');
    await handle.terminate();
  });
});

describe('a run that fails', () => {
  it('names code, step, file and line, carries the error, and shows no stack of ours', async () => {
    const handle = await bench.start(flowOf([{ verb: 'uses', uses: 'demo.refuse', id: 'charge', line: 12 }]));
    const failure = await failureOf(handle);
    assert.ok(failure instanceof ApplicationFailure);
    assert.equal(failure.type, 'http_status');
    assert.equal(failure.message, 'step `charge` (flows/demo.yaml:12): the service answered 402');
    assert.equal(failure.nonRetryable, true);
    const last = (await historyOf(handle)).at(-1);
    assert.equal(last?.workflowExecutionFailedEventAttributes?.failure?.stackTrace, '');
    const details = {
      code: 'http_status',
      step: 'charge',
      attempt: 1,
      status: 402,
      headers: { 'x-why': 'poor' },
      body: { no: true },
    };
    assert.deepEqual(failure.details, [{ message: 'the service answered 402', ...details }]);
  });

  it('does so by time, retries, and expressions too', async () => {
    const times = { timeoutMs: 400, attemptTimeoutMs: 300 };
    const cases: [StepDraft, string, RegExp][] = [
      [{ ...hang, ...times }, 'timeout', /longer than its timeout/],
      [
        { verb: 'uses', uses: 'demo.flaky', with: { until: 99 }, retry: { ...quickRetry, maxAttempts: 2 } },
        'network',
        /broke/,
      ],
      [
        {
          verb: 'uses',
          uses: 'demo.flaky',
          with: { until: 99 },
          retry: { ...quickRetry, delayMs: 60_000, maxDelayMs: 60_000 },
          timeoutMs: 1_000,
        },
        'timeout',
        /broke/,
      ],
      [say('${{ event.body.gone }}'), 'missing_key', /gone[\s\S]*\^/],
      [
        { verb: 'uses', uses: 'demo.unknown', retry: { ...quickRetry, maxAttempts: 1 } },
        'connector_missing',
        /no running worker/,
      ],
    ];
    const failures = await Promise.all(cases.map(async ([step]) => failureOf(await bench.start(flowOf([step])))));
    for (const [position, failure] of failures.entries()) {
      assert.ok(failure instanceof ApplicationFailure, String(failure));
      assert.equal(failure.type, cases[position]![1]);
      assert.match(failure.message, cases[position]![2]);
    }
  });
});

describe('a cancelled run', () => {
  it('cancels its call, runs `finally` and is shown as cancelled', async () => {
    const flow = flowOf(
      [{ verb: 'try', try: [hang], catch: [say('caught')], finally: [say('inner', { id: 'inner' })] }],
      {
        catch: [say('caught') as never],
        finally: [say('${{ run.status }}', { id: 'last' }) as never],
      },
    );
    const handle = await bench.start(flow);
    await called(handle, 'hang');
    await handle.cancel();
    assert.ok((await failureOf(handle)) instanceof CancelledFailure);
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
    const made = bench.attempts.filter(({ call }) => call.run.id === handle.workflowId);
    assert.deepEqual(
      made.map(({ call }) => call.with['say'] ?? call.run.step),
      ['hang', 'inner', 'cancelled'],
    );
    const events = await historyOf(handle);
    assert.ok(
      events.some((event) => event.activityTaskCanceledEventAttributes),
      'the call itself was cancelled',
    );
  });

  it('stops at once when it only waits', async () => {
    const handle = await bench.start(flowOf([{ verb: 'wait', wait: 86_400_000 }]));
    await handle.cancel();
    assert.ok((await failureOf(handle)) instanceof CancelledFailure);
  });
});

describe('a timeout', () => {
  it('of a block cancels the call inside', async () => {
    const block: StepDraft = { verb: 'try', id: 'block', try: [hang], timeoutMs: 300, onError: 'continue' };
    const handle = await bench.start(
      flowOf([block], { output: '${{ [steps.block.status, steps.block.error.code] }}' }),
    );
    assert.deepEqual((await handle.result()).output, ['timed_out', 'timeout']);
  });

  it('of a branch that failed cancels the others', async () => {
    const refuse = { verb: 'uses', uses: 'demo.refuse', id: 'refuse', line: 3 };
    const handle = await bench.start(flowOf([{ verb: 'parallel', parallel: { a: [hang], b: [refuse] } }]));
    const failure = await failureOf(handle);
    assert.match(failure.message, /step `refuse` \(flows\/demo.yaml:3\), branch b: /);
  });
});
