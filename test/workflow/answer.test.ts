// Asking a run for its answer, on a real server: an update that waits until there is one, or never will be.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import type { Flow, RunResponse } from '../../workflows/definition.ts';
import { RESPONSE_UPDATE } from '../../workflows/definition.ts';
import { flowOf } from '../interpret/run-demo.ts';
import { eventually } from '../support/waiting.ts';
import { startBench, type Bench, type Handle } from './bench.ts';

let bench: Bench;

before(async () => {
  bench = await startBench();
});
after(() => bench.stop());

describe('the answer', () => {
  const ask = (handle: Handle): Promise<RunResponse> => handle.executeUpdate<RunResponse, []>(RESPONSE_UPDATE);
  const answering: Flow = flowOf(
    [
      { verb: 'respond', respond: { status: 201, body: { id: 1 } } },
      { verb: 'wait', wait: 300 },
    ],
    {
      respondsEarly: true,
      output: 'late',
    },
  );

  it('is there before the run has ended', async () => {
    const handle = await bench.start(answering);
    assert.deepEqual(await ask(handle), { status: 201, headers: {}, body: { id: 1 } });
    assert.equal((await handle.describe()).status.name, 'RUNNING');
    assert.deepEqual((await handle.result()).response, { status: 201, headers: {}, body: { id: 1 } });
  });

  it('is the end of a run that did not answer', async () => {
    const handle = await bench.start(
      flowOf([
        { verb: 'wait', wait: 100 },
        { verb: 'return', return: { ok: true } },
      ]),
    );
    assert.deepEqual(await ask(handle), { status: 200, headers: {}, body: { ok: true } });
    await handle.result();
  });

  it('of a run that fails or is cancelled is refused with its error', async () => {
    const failing = await bench.start(
      flowOf([
        { verb: 'wait', wait: 200 },
        { verb: 'fail', fail: { code: 'unpaid', message: 'No money' } },
      ]),
    );
    await assert.rejects(ask(failing), (thrown: WorkflowUpdateFailedError) => {
      assert.equal((thrown.cause as ApplicationFailure).type, 'unpaid');
      assert.match(thrown.cause!.message, /No money/);
      return true;
    });
    const cancelled = await bench.start(flowOf([{ verb: 'wait', wait: 60_000 }]));
    const asked = ask(cancelled);
    asked.catch(() => undefined);
    await eventually('the run knows that it is asked', async () => {
      const { events } = await cancelled.fetchHistory();
      return events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    });
    await cancelled.cancel();
    await assert.rejects(
      asked,
      (thrown: WorkflowUpdateFailedError) => (thrown.cause as ApplicationFailure).type === 'no_response',
    );
  });
});
