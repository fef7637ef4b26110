// Continue-as-new: wherever a run is taken over, it makes the calls it had not made, and ends as if nothing had happened.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { STORE_CALLS, type RegisterAnswer } from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import { createFakeRuntime, type Answer } from './fake-runtime.ts';
import { byKey, runInParts } from './in-parts.ts';
import { flowOf, inputOf, say } from './run-demo.ts';

const everyVerb = flowOf(
  [
    say('start', { id: 'start' }),
    { verb: 'set', set: { count: '${{ vars.count + 1 }}' } },
    {
      verb: 'if',
      if: 'vars.count == 1',
      then: [say('then'), { verb: 'set', set: { count: 9 }, line: 1 }, say('then again')],
    },
    {
      verb: 'switch',
      switch: [{ when: 'vars.count == 9', steps: [say('case'), say('case again')] }],
      default: [say('wrong')],
    },
    { verb: 'respond', respond: { body: 'early' } },
    { verb: 'wait', wait: 60_000 },
    {
      verb: 'foreach',
      id: 'each',
      foreach: 'event.body.items',
      max_parallel: 2,
      steps: [say('${{ item }}', { id: 'one' }), say('${{ steps.one.output }} again')],
      output: '${{ steps.one.output }}',
      onError: 'continue',
    },
    {
      verb: 'parallel',
      id: 'both',
      parallel: { left: [say('left'), say('bad left')], right: [say('right')] },
      onError: 'continue',
    },
    {
      verb: 'try',
      id: 'tried',
      try: [say('trying'), say('bad try'), say('unreached')],
      catch: [say('caught ${{ error.code }}'), say('caught again')],
      finally: [say('cleaned'), say('cleaned again')],
      timeoutMs: 600_000,
    },
    { verb: 'emit', id: 'told', emit: 'order.${{ "told" }}', body: { count: '${{ vars.count }}' } },
    { verb: 'wait_for', id: 'found', wait_for: 'came.before', where: { 'body.n': 1 } },
    {
      verb: 'parallel',
      parallel: {
        late: [
          {
            verb: 'wait_for',
            id: 'late',
            wait_for: 'never.comes',
            timeoutMs: 90_000,
            on_timeout: [say('late'), say('late again')],
            line: 1,
          },
        ],
        busy: [say('busy'), say('${{ steps.found.output.body.n }} ${{ steps.told.output.type }}')],
      },
    },
    say('bad end'),
  ],
  {
    vars: { count: 0 },
    timeoutMs: 3_600_000,
    catch: [say('flow caught'), say('flow caught again')] as never,
    finally: [say('${{ steps.each.output }}'), say('${{ steps.both.errors.left.code }} ${{ vars.count }}')] as never,
  },
);

const BEFORE: Candidate = {
  position: 1,
  event: { id: 'emit~1', type: 'came.before', source: 'emit', time: '', body: { n: 1 }, headers: {}, query: {} },
};

const answer: Answer = (call) => {
  if (call.connector === STORE_CALLS.emit)
    return { id: `emit~${call.idempotencyKey}`, type: call.with['type'] ?? null };
  if (call.connector === STORE_CALLS.register) {
    const types = call.with['types'] as string[];
    const candidates = types.includes(BEFORE.event.type) ? [BEFORE] : [];
    return { candidates, more: false } satisfies RegisterAnswer as unknown as Json;
  }
  if (call.connector === STORE_CALLS.forget) return null;
  const text = JSON.stringify(call.with['say']);
  if (text.includes('bad')) throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 1 });
  return `heard ${text}`;
};

const items = [1, 'bad item', 3, 4, 5];

describe('a run that is taken over', () => {
  for (const callsMax of [1, 2, 3, 5, 7, 11]) {
    it(`after every ${callsMax} calls makes each call once and ends the same`, async () => {
      const whole = await runInParts(everyVerb, answer, { items }, Number.POSITIVE_INFINITY);
      const parts = await runInParts(everyVerb, answer, { items }, callsMax);
      assert.deepEqual(parts.result, whole.result);
      assert.deepEqual(byKey(parts), byKey(whole));
      assert.equal(parts.calls.length, whole.calls.length);
      assert.equal(whole.calls.length, 35);
    });
  }

  it('waits only for what was left of a wait', async () => {
    const flow = flowOf([
      {
        verb: 'parallel',
        parallel: { long: [{ verb: 'wait', wait: 10_000, line: 1 }], other: [{ verb: 'wait', wait: 4_000, line: 1 }] },
      },
      say(1),
    ]);
    const first = createFakeRuntime();
    const run = interpret(inputOf(flow), first);
    await first.advance(4_000);
    const second = createFakeRuntime(() => null, 6_000);
    await second.finish(interpret(inputOf(flow), second, run.position()).result);
    assert.deepEqual(
      second.sleeps.map(({ ms }) => ms),
      [4_000],
    );
    assert.equal(second.calls.length, 1);
  });

  it('hands over no more than it needs: finished blocks are only their output', async () => {
    const runtime = createFakeRuntime(() => 'x'.repeat(100));
    const steps = [say('${{ item }}', { id: 'one' }), say('again')];
    const flow = flowOf([{ verb: 'foreach', foreach: 'range(0, 50)', steps, output: '${{ index }}' }, say('last')]);
    runtime.settings.callsMax = 100;
    const run = interpret(inputOf(flow), runtime);
    await runtime.advance(0);
    assert.equal(runtime.calls.length, 100);
    assert.ok(JSON.stringify(run.position()).length < 1_000, JSON.stringify(run.position()));
  });
});
