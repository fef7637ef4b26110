// A run that continues as new in the same moment in which it is told what it waits for: what it took, and did not write down yet, must go with it.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { APPROVAL_SOURCE, APPROVE_SIGNAL, DECISION_TYPES } from '../../workflows/decision.ts';
import { WAKE_SIGNAL, WORKFLOW_TYPE, type EventData, type Flow, type Json } from '../../workflows/definition.ts';
import type { Wake } from '../../workflows/wakes.ts';
import { flowOf, inputOf, say, type StepDraft } from '../interpret/run-demo.ts';
import { eventually } from '../temporal/support.ts';
import { createBenchStore } from './bench-store.ts';
import { openWorkLab, type WorkLab } from './work-lab.ts';

const CONTINUE_AFTER_EVENTS = 40;

const store = createBenchStore();

let lab: WorkLab;
let server: WorkLab['server'];
let working: WorkLab['working'];

before(async () => {
  lab = await openWorkLab('woken', CONTINUE_AFTER_EVENTS, store);
  ({ server, working } = lab);
});
after(() => lab?.stop());

function wake(waiter: string, source: string, type: string, body: Json): Wake {
  const event: EventData = { id: `${source}~${waiter}`, type, source, time: '', body, headers: {}, query: {} };
  return { waiter, position: 7, event };
}

const decision = { decision: 'approved', by: 'anna', at: 'T', comment: null, form: null, via: 'link' };
const decided = (path: string): Wake => wake(path, APPROVAL_SOURCE, DECISION_TYPES.approved, decision);
const came = (path: string): Wake => wake(path, 'emit', 'paid', { n: 1 });

const waitFor: StepDraft = { verb: 'wait_for', id: 'paid', wait_for: 'paid', line: 2 };
const ask = (rest: Partial<StepDraft> = {}): StepDraft => ({
  verb: 'approve',
  id: 'asked',
  approve: { title: 'Well?' },
  line: 3,
  ...rest,
});
const inTry = (step: StepDraft): StepDraft => ({ verb: 'try', try: [step], timeoutMs: 600_000, line: 4 });

/** One branch goes on to a call as soon as it is told, and lets the run continue; the other has its event then. */
function flowOfTwo(slow: StepDraft, quick: StepDraft): Flow {
  const parallel = { slow: [slow], quick: [quick, say('next')] };
  return flowOf([{ verb: 'parallel', id: 'both', parallel, line: 1 }], { output: '${{ steps.both.output.slow }}' });
}

const TOLD: { name: string; flow: Flow; wakes: Wake[] }[] = [
  {
    name: 'a decision, and an event',
    flow: flowOfTwo(ask({ timeoutMs: 600_000 }), waitFor),
    wakes: [came('0/quick/0'), decided('0/slow/0')],
  },
  {
    name: 'an event in a block with a timeout, and another',
    flow: flowOfTwo(inTry(waitFor), { ...waitFor, id: 'other' }),
    wakes: [came('0/quick/0'), came('0/slow/0/try/0')],
  },
  {
    name: 'two decisions',
    flow: flowOfTwo(ask({ timeoutMs: 600_000 }), ask({ id: 'other' })),
    wakes: [decided('0/quick/0'), decided('0/slow/0')],
  },
];

it('a run that continues as new while it is told of two things takes both', async () => {
  const runs = await Promise.all(
    TOLD.map(async ({ flow, ...told }, index) => {
      const workflowId = `demo/woken-${index}`;
      const args = [inputOf(flow, {})];
      const handle = await server.client.workflow.start(WORKFLOW_TYPE, { taskQueue: lab.taskQueue, workflowId, args });
      return { ...told, handle, current: server.client.workflow.getHandle(workflowId) };
    }),
  );
  await working(async () => {
    for (const { name, handle, wakes } of runs) {
      const isWaiting = (waiter: string): boolean => store.waiting.has(`${handle.workflowId}/${waiter}`);
      await eventually(`${name}: both are waited for`, () => wakes.every(({ waiter }) => isWaiting(waiter)));
      await settled(handle);
    }
  });
  // Nobody works: all of them come to a run at once, with a history that is long enough to continue.
  for (const { handle, wakes } of runs) {
    for (let count = 0; count < CONTINUE_AFTER_EVENTS; count += 1) await handle.signal(APPROVE_SIGNAL, 'nonsense');
    for (const each of wakes) await handle.signal(WAKE_SIGNAL, each);
  }
  await working(async () => {
    for (const { name, current } of runs) {
      await eventually(`${name}: the run ends`, async () => (await current.describe()).status.name === 'COMPLETED');
    }
  });
  for (const { name, handle, current } of runs) {
    const first = server.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    const { events } = await first.fetchHistory();
    assert.ok(events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes, `${name}: it was to continue`);
    assert.notEqual(((await current.result()) as { output: Json }).output, null, name);
  }
});

/** Resolves when the run has nothing to do but wait. */
async function settled(handle: WorkflowHandle): Promise<void> {
  await eventually('the run waits', async () => {
    const { events } = await handle.fetchHistory();
    const last = events?.at(-1);
    return Boolean(last?.workflowTaskCompletedEventAttributes);
  });
}
