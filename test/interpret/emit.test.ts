// `emit`: what the store is handed, which types there are, and how a circle of events ends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject, RunResult } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, type StepDraft } from './run-demo.ts';
import { start } from './wait-lab.ts';

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
