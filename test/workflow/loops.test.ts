// Loops on a real Temporal server: they go on through any number of continued runs, and what they hand on does not grow.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { startBench, type Bench, type Handle } from './bench.ts';

/** The server says so at once; the task under way may add some. */
const EVENTS_MAX = 60;
const EVENTS_OVER = 20;
/** A continued run's input may vary by the digits of a number or a time. */
const DIGITS_BYTES = 16;
const ITERATIONS = 40;

let bench: Bench;
before(async () => {
  bench = await startBench({ 'limit.historyCount.suggestContinueAsNew': String(EVENTS_MAX) });
});
after(() => bench?.stop());

interface PartOfRun {
  runId: string;
  events: number;
  inputBytes: number;
}

/** The runs of a chain from the first to the last. */
async function chainOf(handle: Handle): Promise<PartOfRun[]> {
  const parts: PartOfRun[] = [];
  const last = await handle.fetchHistory();
  let runId = last.events?.[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId ?? undefined;
  while (runId !== undefined && runId !== '') {
    const { events } = await bench.server.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const inputBytes = payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    parts.push({ runId, events: events?.length ?? 0, inputBytes });
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return parts;
}

const draft = (...steps: StepDraft[]): Json => steps as unknown as Json;
const body = [say('${{ index }}', { id: 'one' }), { verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 3 }];

const loops: [string, StepDraft][] = [
  ['while', { verb: 'while', id: 'loop', while: `vars.n < ${ITERATIONS}`, steps: body }],
  [
    'repeat',
    { verb: 'repeat', id: 'loop', repeat: { steps: draft(...body), until: `vars.n == ${ITERATIONS}`, every: 1 } },
  ],
];

describe('a loop of many iterations', () => {
  for (const [verb, step] of loops) {
    it(`by \`${verb}\` makes each call once, and hands on no more after many than after a few`, async () => {
      const flow = flowOf([step], { vars: { n: 0 }, output: '${{ [vars.n, steps.one.output.heard] }}' });
      const handle = await bench.start(flow);
      assert.deepEqual((await handle.result()).output, [ITERATIONS, ITERATIONS - 1]);
      const calls = bench.attempts.filter(({ call }) => call.run.id === handle.workflowId).map(({ call }) => call);
      assert.deepEqual(
        calls.map((call) => call.with['say']),
        Array.from({ length: ITERATIONS }, (_, index) => index),
      );
      assert.equal(new Set(calls.map((call) => call.idempotencyKey)).size, ITERATIONS);

      const [, second, ...later] = await chainOf(handle);
      assert.ok(second !== undefined && later.length > 1, 'the run was expected to continue as new several times');
      for (const { events, inputBytes } of later) {
        assert.ok(events <= EVENTS_MAX + EVENTS_OVER, `${events} events`);
        assert.ok(inputBytes <= second.inputBytes + DIGITS_BYTES, `${second.inputBytes} bytes grew to ${inputBytes}`);
      }
    });
  }
});
