// The recorded history of every example, on its good path and on others, replays against the workflow code of today:
// a change that would break runs in flight fails here first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Worker, type ReplayResult } from '@temporalio/worker';
import { loadWorkflowBundle } from '../../src/temporal/bundle.ts';
import { exampleEventId, exampleRequest, type ExampleFlow } from '../support/examples.ts';
import { startHarness, type Harness, type RunHistory } from '../support/harness.ts';
import type { Outside } from '../support/outside.ts';

interface Scene {
  title: string;
  flow: ExampleFlow;
  state: 'completed' | 'failed';
  /** What the outside does differently from a good day. */
  outside?(outside: Outside): void;
  change?: Parameters<Harness['send']>[1];
}

const CARRIER = 'POST /carrier/shipments';
const PAYMENT = 'POST /orders/orders/order-7731/payments';
const PART = 'PUT /processor/documents/file_7Hq2/parts/2';
const CUSTOMER = 'GET /crm/contacts/cus_RFq0TfVGJm9o2S';

const RUNNING = { body: { state: 'running' } };
const CONTACTS = {
  body: {
    contacts: [
      { id: 'c1', email: 'c1@example.com', name: 'C One', newsletter: true, changed_at: 't1' },
      { id: 'c2', email: 'c2@example.com', name: 'C Two', newsletter: false },
    ],
    next_cursor: 'more',
  },
};

const scenes: Scene[] = [
  { title: 'announces an issue', flow: 'github-issue-to-slack', state: 'completed' },
  { title: 'three branches', flow: 'user-created', state: 'completed' },
  {
    title: 'three branches, one of which fails',
    flow: 'user-created',
    state: 'failed',
    outside: (outside) => outside.on('PUT /crm/contacts/usr_01JD4Q8T6M', { status: 400 }),
  },
  { title: 'a payment', flow: 'payment-to-order', state: 'completed' },
  {
    title: 'a payment for nothing, through catch and finally',
    flow: 'payment-to-order',
    state: 'failed',
    outside: (outside) => outside.on(PAYMENT, { status: 404 }),
  },
  { title: 'a lead', flow: 'lead-to-newsletter', state: 'completed' },
  {
    title: 'a lead without an answer to consent, through return',
    flow: 'lead-to-newsletter',
    state: 'completed',
    change: (body) => (body.form_response.answers = []),
  },
  { title: 'a shipment', flow: 'order-to-shipping', state: 'completed' },
  {
    title: 'a carrier that is asked twice',
    flow: 'order-to-shipping',
    state: 'completed',
    outside: (outside) => outside.on(CARRIER, { status: 503 }, { status: 201, body: { id: 'shp_2' } }),
  },
  {
    title: 'a carrier that refuses, through try and catch',
    flow: 'order-to-shipping',
    state: 'completed',
    outside: (outside) => outside.on(CARRIER, { status: 422 }),
  },
  { title: 'a file of seven parts', flow: 'file-uploaded', state: 'completed' },
  {
    title: 'a file with a part that fails',
    flow: 'file-uploaded',
    state: 'completed',
    outside: (outside) => outside.on(PART, { status: 422 }),
  },
  { title: 'a finished task', flow: 'project-task-to-team', state: 'completed' },
  { title: 'an alert through a wait', flow: 'monitoring-alert', state: 'completed' },
  {
    title: 'a warning, through another case of the switch',
    flow: 'monitoring-alert',
    state: 'completed',
    change: (body) => (body.payload.severity = 'warning'),
  },
  { title: 'a report that is ready at once', flow: 'report-export', state: 'completed' },
  {
    title: 'a report that is looked for three times, its order refused once',
    flow: 'report-export',
    state: 'completed',
    outside(outside) {
      outside.on('POST /reports/exports', { status: 409 }, { status: 202, body: { id: 'exp-1' } });
      outside.on('GET /reports/exports/exp-1', RUNNING, RUNNING, { body: { state: 'ready' } });
    },
  },
  {
    title: 'contacts on two pages and an empty one',
    flow: 'contacts-copied',
    state: 'completed',
    outside: (outside) => outside.on('GET /crm/contacts', CONTACTS, CONTACTS, { body: { contacts: [] } }),
  },
  { title: 'a message that is returned', flow: 'message-interceptor', state: 'completed' },
  {
    title: 'a message that is answered early',
    flow: 'message-interceptor',
    state: 'completed',
    outside: (outside) => outside.on(CUSTOMER, { status: 404 }),
  },
];

const histories = new Map<Scene, RunHistory>();
const replays = new Map<string, ReplayResult>();

before(async () => {
  const harness = await startHarness();
  try {
    for (const scene of scenes) histories.set(scene, await record(harness, scene));
  } finally {
    await harness.stop();
  }
  const recorded = [...histories].map(([{ title }, history]) => ({ workflowId: title, history }));
  const cut = recorded.flatMap(({ workflowId, history }) =>
    takenOver(history).map((part, index) => ({ workflowId: `${workflowId} ${index}`, history: part })),
  );
  const forged = { workflowId: 'forged', history: withAnotherCall(histories.get(scenes[0]!)!) };
  const options = { workflowBundle: await loadWorkflowBundle(), replayName: 'examples' };
  for await (const result of Worker.runReplayHistories(options, [...recorded, ...cut, forged])) {
    replays.set(result.workflowId, result);
  }
});
after(() => {
  histories.clear();
  replays.clear();
});

async function record(harness: Harness, scene: Scene): Promise<RunHistory> {
  harness.reset();
  for (const method of ['GET', 'POST', 'PUT', 'PATCH'])
    harness.outside.on(`${method} /*`, { body: { ok: true, id: 'id-1' } });
  scene.outside?.(harness.outside);
  const request = exampleRequest(scene.flow, scene.change);
  await harness.post(request.source, request.body, request.headers);
  const eventId = exampleEventId(request);
  const run = await harness.waitForRun(scene.flow, eventId);
  assert.equal(run.state, scene.state, `${scene.title}: ${JSON.stringify(run)}`);
  return harness.history(scene.flow, eventId);
}

/** What another worker is given when the first died before a workflow task was done: the history up to it, for each of them. */
function takenOver({ events = [] }: RunHistory): RunHistory[] {
  const list = events ?? [];
  const ends = list.flatMap((event, index) => (event.workflowTaskStartedEventAttributes ? [index + 1] : []));
  return ends.map((end) => ({ events: list.slice(0, end) }));
}

/** The history as if the run had called something else. */
function withAnotherCall(history: RunHistory): RunHistory {
  const copy = structuredClone(history);
  const scheduled = copy.events?.find((event) => event.activityTaskScheduledEventAttributes);
  scheduled!.activityTaskScheduledEventAttributes!.activityType = { name: 'log.write' };
  return copy;
}

for (const scene of scenes) {
  test(`${scene.flow} replays: ${scene.title}`, () => {
    assert.ok(histories.get(scene)?.events?.some((event) => event.workflowExecutionStartedEventAttributes));
    assert.ok(replays.has(scene.title));
    assert.equal(replays.get(scene.title)?.error, undefined);
  });
}

test('another worker can take over any of these runs at any of its workflow tasks', () => {
  const parts = [...replays.values()].filter(({ workflowId }) => / \d+$/.test(workflowId));
  assert.ok(parts.length > 3 * scenes.length, `${parts.length} parts`);
  assert.deepEqual(
    parts.flatMap(({ workflowId, error }) => (error ? [`${workflowId}: ${error.message}`] : [])),
    [],
  );
});

test('a history with another call in it does not replay, so that the tests above mean something', () => {
  assert.match(String(replays.get('forged')?.error), /[Nn]ondeterminism|DeterminismViolation/);
});
