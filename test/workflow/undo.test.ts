// Undo on a real server: cancellation from outside, runs that continue as new while they undo, and what people see of it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { FlowError, Json, Step } from '../../workflows/definition.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { eventually } from '../support/waiting.ts';
import { startBench, type Bench, type Handle } from './bench.ts';

let bench: Bench;

before(async () => {
  bench = await startBench({ 'limit.historyCount.suggestContinueAsNew': '60' });
});
after(() => bench.stop());

const steps = (...list: StepDraft[]): Step[] => list as Step[];
const refuse: StepDraft = { verb: 'uses', uses: 'demo.refuse', id: 'refuse', line: 3 };
const hang: StepDraft = { verb: 'uses', uses: 'demo.hang', id: 'hang', line: 4 };
const done = (id: string, rest: Partial<Step> = {}): StepDraft =>
  say(id, { id, undoSteps: steps(say(`un${id}`)), ...rest });

function said({ workflowId }: Handle): Json[] {
  return bench.attempts
    .filter(({ call }) => call.run.id === workflowId)
    .map(({ call }) => call.with['say'] ?? call.connector);
}

async function failureOf(handle: Handle): Promise<ApplicationFailure> {
  const thrown = await handle.result().then(
    () => assert.fail('the run was to fail'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure, String(thrown));
  return thrown.cause;
}

async function cancelledWhileIn(handle: Handle, connector: string): Promise<void> {
  await eventually(`it is in ${connector}`, () => said(handle).includes(connector));
  await handle.cancel();
}

describe('a run that is cancelled from outside', () => {
  it('undoes, cleans up and is cancelled', async () => {
    const flow = flowOf([done('a'), done('b'), { ...hang, undoWhen: 'attempted', undoSteps: steps(say('unhang')) }], {
      undoOnFailure: true,
      catch: steps(say('never')),
      finally: steps(say('${{ run.status }} ${{ steps.a.status }}')),
    });
    const handle = await bench.start(flow);
    await cancelledWhileIn(handle, 'demo.hang');
    await assert.rejects(handle.result());
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
    assert.deepEqual(said(handle), ['a', 'b', 'demo.hang', 'unhang', 'unb', 'una', 'cancelled undone']);
  });

  it('fails when something could not be undone, and says what', async () => {
    const flow = flowOf([done('a'), done('b', { undoSteps: steps(refuse) }), hang], { undoOnFailure: true });
    const handle = await bench.start(flow);
    await cancelledWhileIn(handle, 'demo.hang');
    const failure = await failureOf(handle);
    assert.equal((await handle.describe()).status.name, 'FAILED');
    assert.equal(failure.type, 'undo_failed');
    assert.equal(
      failure.message,
      'flows/demo.yaml: the run was cancelled, and 1 of 2 steps could not be undone; not undone: `b`, step `refuse` (flows/demo.yaml:3): the service answered 402',
    );
    const [error] = failure.details as FlowError[];
    assert.deepEqual(error?.undo, [
      {
        step: 'b',
        error: { code: 'http_status', message: 'the service answered 402', step: 'refuse', attempt: 1, status: 402 },
      },
    ]);
  });
});

describe('a long run that fails', () => {
  it('continues as new while it undoes, and undoes everything once, in reverse order', async () => {
    const one = say('${{ item }}', { id: 'one', undoSteps: steps(say('un${{ item }} ${{ steps.one.output.heard }}')) });
    const flow = flowOf([{ verb: 'foreach', foreach: 'range(0, 40)', steps: [one] }, refuse], { undoOnFailure: true });
    const handle = await bench.start(flow);
    assert.equal((await failureOf(handle)).type, 'http_status');
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    assert.deepEqual(said(handle), [...numbers, 'demo.refuse', ...numbers.toReversed().map((n) => `un${n} ${n}`)]);
    const runs = new Set<string>();
    const query = `WorkflowId = "${handle.workflowId}"`;
    for await (const { runId } of bench.server.client.workflow.list({ query })) runs.add(runId);
    assert.ok(runs.size >= 3, `${runs.size} runs`);
  });
});
