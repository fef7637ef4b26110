// A list as long as they come, in few events a call: the run goes on in new ones, and gives results in the order of the items.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { startBench, type Bench } from './bench.ts';

const ITEMS = 1_000;
/** Three of each call, and three of each workflow task, which starts and answers several calls. */
const EVENTS_A_CALL_MAX = 6;

let bench: Bench;

before(async () => {
  bench = await startBench({ 'limit.historyCount.suggestContinueAsNew': '1000' });
});
after(() => bench.stop());

it('a foreach with a call and a failure among its items finishes, whatever its length', async () => {
  const refuse: StepDraft = { verb: 'uses', uses: 'demo.refuse', guard: 'item % 500 == 7', line: 3 };
  const each: StepDraft = {
    verb: 'foreach',
    id: 'all',
    foreach: `range(0, ${ITEMS})`,
    max_parallel: 20,
    steps: [say('${{ item }}', { id: 'one' }), refuse],
    output: '${{ steps.one.output.heard }}',
    onError: 'continue',
  };
  const output = '${{ [steps.all.output, steps.all.errors.map(each => each.index)] }}';
  const handle = await bench.start(flowOf([each], { output }));
  const failed = [7, 507];
  const heard = Array.from({ length: ITEMS }, (_, item) => (failed.includes(item) ? null : item));
  assert.deepEqual((await handle.result()).output, [heard, failed]);
  const keys = bench.attempts.map(({ call }) => call.idempotencyKey);
  assert.equal(keys.length, ITEMS + failed.length);
  assert.equal(new Set(keys).size, keys.length);
  const { workflow } = bench.server.client;
  let events = 0;
  let runs = 0;
  for await (const { runId } of workflow.list({ query: `WorkflowId = "${handle.workflowId}"` })) {
    events += (await workflow.getHandle(handle.workflowId, runId).describe()).historyLength;
    runs += 1;
  }
  assert.ok(runs >= 3, `${runs} runs`);
  assert.ok(events < ITEMS * EVENTS_A_CALL_MAX, `${events} events`);
});
