// Calls of flows and approvals where things come together: in blocks that fail, in clean-up and undo, at the same moment, many at once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { approvalIdOf } from '../../workflows/approval-link.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { STORE_CALLS, type RegisterAnswer } from '../../workflows/store-call.ts';
import { endsBefore } from '../workflow/bench-runs.ts';
import { ask, createApprovalStore, DAY_MS, decision, HOUR_MS, RUN_ID, startLab, type Lab } from './approve-lab.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';
import { failureOf, flowOf, inputOf, runDemo, say, type StepDraft } from './run-demo.ts';
import { done, end, steps, undone } from './undo-flows.ts';

const ECHO = 'demo.echo';
const ID = approvalIdOf({ workflowId: RUN_ID, stepPath: '0' });
const call = (flow: string, rest: Partial<StepDraft> = {}): StepDraft => ({
  verb: 'call',
  call: flow,
  line: 5,
  ...rest,
});

/** Runs of the flows `quick` and `refused` have ended when they are asked after; no other ends by itself. */
const answer: Answer = ({ connector, with: input, idempotencyKey: key }): Json => {
  if (connector === STORE_CALLS.call)
    return { run: `${String(input['flow'])}/call~${key}`, flow: input['flow']!, after: 3 };
  if (connector === STORE_CALLS.register) {
    const where = input['where'] as [string, string][];
    return { candidates: endsBefore({ where }), more: false } satisfies RegisterAnswer as unknown as Json;
  }
  if (String(input['say']).includes('bad'))
    throw new StepFailure({ code: 'no', message: 'no', step: null, attempt: 1 });
  return null;
};

const made = ({ calls }: FakeRuntime, connector: string): JsonObject[] =>
  calls.flatMap((each) => (each.call.connector === connector ? [each.call.with] : []));

const closed = (lab: Lab): Json[] => lab.asked(STORE_CALLS.decide).map((each) => each['step']!);

describe('an approval', () => {
  it('in iterations beside other work is closed when that fails, and each of them decided by itself where it does not', async () => {
    const asking = (onError: 'fail' | 'continue') =>
      flowOf(
        [
          {
            verb: 'parallel',
            id: 'both',
            parallel: {
              people: [
                {
                  verb: 'foreach',
                  id: 'each',
                  foreach: 'range(0, 4)',
                  max_parallel: 4,
                  steps: [ask({}, { timeoutMs: DAY_MS, line: 3 })],
                  onError: 'continue',
                  line: 2,
                },
              ],
              busy: [{ verb: 'wait', wait: HOUR_MS, line: 4 }, say('bad')],
            },
            onError,
          },
        ],
        { output: '${{ [steps.both.output.people, keys(steps.both.errors)] }}' },
      );
    const [stopped, going] = (['fail', 'continue'] as const).map((onError) =>
      startLab({ flow: asking(onError), store: createApprovalStore(answer) }),
    ) as [Lab, Lab];
    for (const lab of [stopped, going]) {
      await lab.settle();
      lab.decide('0/people/0[1]/0', { decision: 'rejected' });
      lab.decide('0/people/0[2]/0');
    }
    await assert.rejects(stopped.runtime.finish(stopped.result), StepFailure);
    assert.deepEqual(closed(stopped).sort(), ['0/people/0[0]/0', '0/people/0[3]/0']);
    const { output } = await going.runtime.finish(going.result);
    const [people, errors] = output as [({ decision: string } | null)[], string[]];
    assert.deepEqual(
      people.map((each) => each?.decision),
      [undefined, 'rejected', 'approved', undefined],
    );
    assert.deepEqual([errors, going.runtime.now() - going.runtime.startedAt], [['busy'], DAY_MS]);
  });

  it('without any time is asked for and closed at once, and a decision that came first counts', async () => {
    for (const early of [true, false]) {
      const lab = startLab({
        flow: flowOf([ask({}, { timeoutMs: 0, onError: 'continue' })], { output: '${{ steps.asked.status }}' }),
      });
      if (early) lab.store.decide('0', decision());
      assert.equal((await lab.runtime.finish(lab.result)).output, early ? 'completed' : 'timed_out');
      assert.equal(lab.runtime.now(), lab.runtime.startedAt);
    }
  });

  it('takes what the store says when a decision comes in the moment in which its time is over, in both orders', async () => {
    const asking = flowOf([ask({}, { timeoutMs: HOUR_MS, onError: 'continue' })], {
      output: '${{ steps.asked.output }}',
    });
    for (const isFirst of [true, false]) {
      const store = createApprovalStore();
      const lab = startLab({ flow: asking, store });
      await lab.settle();
      // The run hears of it only when its timer has fired.
      if (isFirst) store.decide('0', decision());
      await lab.runtime.advance(HOUR_MS);
      lab.decide('0');
      const { output } = await lab.runtime.finish(lab.result);
      assert.equal((output as JsonObject | null)?.['by'], isFirst ? 'anna' : undefined);
      assert.equal(store.decisions.get(ID)?.decision, isFirst ? 'approved' : 'closed');
    }
  });

  it('is closed when its run is cancelled while people are told, and nobody else is told then', async () => {
    const lab: Lab = startLab({
      flow: flowOf([ask({ notify: steps(say('one'), say('two')) as unknown as Json, remind_every: HOUR_MS })]),
      store: createApprovalStore(async () => {
        lab.runtime.cancel();
        await lab.runtime.pass(1);
        return null;
      }),
    });
    await assert.rejects(lab.runtime.finish(lab.result), (thrown) => lab.runtime.isCancellation(thrown));
    assert.deepEqual([lab.asked(ECHO).length, closed(lab)], [1, ['0']]);
  });

  it('never takes an error of our own for its time being over', async () => {
    const broken = new Error('a bug');
    const lab: Lab = startLab({
      flow: flowOf([ask({ remind_every: HOUR_MS }, { timeoutMs: 2 * HOUR_MS, on_timeout: [say('late')] })]),
      store: createApprovalStore(async ({ with: input }) => {
        if (input['say'] === 'notice 0') return null;
        // It ends where no cancellation is heard, after the time is over.
        return lab.runtime.nonCancellable(async () => {
          await lab.runtime.pass(2 * HOUR_MS);
          throw broken;
        });
      }),
    });
    await assert.rejects(lab.runtime.finish(lab.result), broken);
    assert.deepEqual(closed(lab), []);
  });
});

describe('a call', () => {
  it('stands in `finally` and in the undo of a cancelled run, and detached in `catch`', async () => {
    const flow = undone(
      [done('a', { undoSteps: steps(call('quick', { input: { un: 'a' } })) }), { verb: 'wait', wait: HOUR_MS }],
      {
        finally: steps(
          call('quick', { id: 'last', input: { status: '${{ run.status }}' } }),
          say('${{ steps.last.output.by }}'),
        ),
      },
    );
    const runtime = createFakeRuntime(answer);
    const { result } = interpret(inputOf(flow), runtime);
    result.catch(() => undefined);
    await runtime.advance(0);
    runtime.cancel();
    await assert.rejects(runtime.finish(result), (thrown) => runtime.isCancellation(thrown));
    assert.deepEqual(
      made(runtime, STORE_CALLS.call).map((each) => each['input']),
      [{ un: 'a' }, { status: 'cancelled' }],
    );
    assert.deepEqual(made(runtime, ECHO).at(-1), { say: 'quick' });
    const caught = runDemo(flowOf([say('bad')], { catch: steps(call('slow', { detach: true })) }), answer);
    await caught.result;
    assert.deepEqual(
      made(caught.runtime, STORE_CALLS.call).map((each) => each['awaited']),
      [false],
    );
  });

  it('may be a hundred at once, each with an end of its own', async () => {
    const each = steps(call('quick', { input: { n: '${{ item }}' } }));
    const all = { verb: 'foreach', id: 'all', foreach: 'range(0, 100)', max_parallel: 100, steps: each };
    const demo = runDemo(flowOf([all], { output: '${{ steps.all.output.length }}' }), answer);
    assert.equal((await demo.result).output, 100);
    const keys = new Set(
      demo.runtime.calls.map(({ call: { connector, idempotencyKey } }) => connector + idempotencyKey),
    );
    assert.deepEqual([demo.runtime.calls.length, keys.size], [200, 200]);
  });

  it('leaves nothing behind for a run that continues, however many it made', async () => {
    const repeat = { steps: [call('quick')] as unknown as Json, until: 'index == 49' };
    const runtime = createFakeRuntime(answer);
    const run = interpret(
      inputOf(
        flowOf([
          { verb: 'repeat', repeat },
          { verb: 'wait', wait: HOUR_MS },
        ]),
      ),
      runtime,
    );
    await runtime.advance(0);
    assert.equal(made(runtime, STORE_CALLS.call).length, 50);
    assert.ok(JSON.stringify(run.position()).length < 500, JSON.stringify(run.position()));
  });
});

describe('an undo that waits', () => {
  const waits: [string, StepDraft][] = [
    ['the run of a flow that it called', call('slow')],
    ['a person', ask({ notify: [] }, { line: 6 })],
    ['an event', { verb: 'wait_for', wait_for: 'never.comes', line: 7 }],
  ];
  for (const [what, step] of waits) {
    it(`ends with the timeout that the loader gives a wait for ${what}`, async () => {
      const asked = step.verb === 'approve' ? createApprovalStore().answer : answer;
      const bounded = { ...step, timeoutMs: 24 * HOUR_MS };
      const demo = runDemo(undone([done('a', { undoSteps: steps(bounded) }), end]), asked);
      const error = await failureOf(demo);
      assert.deepEqual(
        error.undo?.map((each) => each.error.code),
        ['timeout'],
      );
    });
  }

  it('needs no timer around what ends by itself', async () => {
    const limited: StepDraft[] = [
      say('x'),
      { verb: 'emit', emit: 'a.b', line: 8 },
      call('quick', { timeoutMs: HOUR_MS }),
    ];
    const demo = runDemo(undone([...limited.map((step, n) => done(`d${n}`, { undoSteps: steps(step) })), end]), answer);
    await failureOf(demo);
    assert.deepEqual(demo.runtime.sleeps, []);
  });
});
