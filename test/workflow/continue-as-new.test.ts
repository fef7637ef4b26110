// A run with a long history goes on in a new one: each call is made once, and nobody outside notices.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunResponse } from '../../workflows/definition.ts';
import { RESPONSE_UPDATE } from '../../workflows/definition.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { eventually } from '../support/waiting.ts';
import { startBench, type Bench, type Handle } from './bench.ts';

let bench: Bench;

before(async () => {
  bench = await startBench({ 'limit.historyCount.suggestContinueAsNew': '40' });
});
after(() => bench.stop());

const long = flowOf(
  [
    { verb: 'set', set: { marker: '${{ uuid() }}' } },
    {
      verb: 'parallel',
      id: 'both',
      parallel: {
        many: [
          {
            verb: 'foreach',
            foreach: 'range(0, 60)',
            max_parallel: 4,
            steps: [say('${{ item }}')],
            output: '${{ item }}',
            line: 3,
          },
        ],
        pause: [{ verb: 'wait', wait: 300, line: 4 }, say('paused')],
      },
    },
    say('${{ vars.marker }}', { id: 'last' }),
  ],
  {
    vars: { marker: '' },
    output: '${{ [steps.both.output.many.length, steps.both.output.pause.heard] }}',
    finally: [say('cleaned') as never],
  },
);

/** The ids of the runs in the chain of a workflow. */
async function chainOf(handle: Handle): Promise<string[]> {
  const ids: string[] = [];
  const query = `WorkflowId = "${handle.workflowId}"`;
  for await (const execution of bench.server.client.workflow.list({ query })) ids.push(execution.runId);
  return ids;
}

describe('a long run', () => {
  it('continues as new and makes each call once', async () => {
    const handle = await bench.start(long);
    assert.deepEqual((await handle.result()).output, [60, 'paused']);
    const keys = bench.attempts
      .filter(({ call }) => call.run.id === handle.workflowId)
      .map(({ call }) => call.idempotencyKey);
    assert.equal(keys.length, 63);
    assert.equal(new Set(keys).size, 63);
    assert.ok((await chainOf(handle)).length >= 3, 'it was to continue at least twice');
    assert.deepEqual(bench.settled.get(handle.workflowId)?.at(-1), 'finished');
  });

  it('stays as it is while somebody waits for its answer', async () => {
    const asked = flowOf([
      { verb: 'foreach', foreach: 'range(0, 40)', steps: [say('${{ item }}')] },
      { verb: 'respond', respond: { body: 'answered' } },
      { verb: 'foreach', foreach: 'range(0, 40)', steps: [say('${{ item }}')] },
    ]);
    const handle = await bench.start(asked);
    const { body } = await handle.executeUpdate<RunResponse, []>(RESPONSE_UPDATE);
    assert.equal(body, 'answered');
    assert.equal((await handle.result()).response?.body, 'answered');
  });

  it('continues while what was stopped cleans up, and begins nothing of it anew', async () => {
    const hang: StepDraft = { verb: 'uses', uses: 'demo.hang', line: 2 };
    const refuse: StepDraft = { verb: 'uses', uses: 'demo.refuse', line: 2 };
    const tidied = (name: string): StepDraft => ({
      verb: 'try',
      try: [hang],
      finally: [{ verb: 'foreach', foreach: 'range(0, 15)', steps: [say(`${name} \${{ item }}`)], line: 3 }],
      line: 3,
    });
    const stopped = flowOf([
      {
        verb: 'parallel',
        parallel: { quick: [{ verb: 'wait', wait: 100, line: 3 }, refuse], tidy: [tidied('failed')] },
      },
    ]);
    const late = flowOf([{ verb: 'try', id: 'late', try: [tidied('late')], timeoutMs: 200, onError: 'continue' }], {
      output: '${{ steps.late.status }}',
    });
    const [failed, timedOut] = await Promise.all([bench.start(stopped), bench.start(late)]);
    await assert.rejects(failed.result());
    assert.equal((await timedOut.result()).output, 'timed_out');
    for (const handle of [failed, timedOut]) {
      const calls = bench.attempts.filter(({ call }) => call.run.id === handle.workflowId).map(({ call }) => call);
      assert.equal(calls.filter(({ connector }) => connector === 'demo.hang').length, 1);
      assert.equal(calls.filter(({ connector }) => connector === 'demo.echo').length, 15);
      assert.equal(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size, calls.length);
      assert.ok((await chainOf(handle)).length >= 2, 'it was to continue');
    }
  });

  it('that is cancelled while it continues is cancelled', async () => {
    const handle = await bench.start(
      flowOf([{ verb: 'foreach', foreach: 'range(0, 5000)', steps: [say('${{ item }}')] }]),
    );
    await eventually('it has made 30 calls', () => {
      return bench.attempts.filter(({ call }) => call.run.id === handle.workflowId).length >= 30;
    });
    const current = bench.server.client.workflow.getHandle(handle.workflowId);
    await current.cancel();
    await assert.rejects(handle.result());
    assert.equal((await current.describe()).status.name, 'CANCELLED');
  });
});
