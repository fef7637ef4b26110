// `npm run bench:history`: what a run costs Temporal, in events and bytes of history, next to the same thing written by hand.
// One server, one worker; the calls are answered at once. Prints a table.
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createStoreCalls } from '../activities/store-calls.ts';
import { loadCatalog } from '../src/flow/load.ts';
import { readSchema } from '../src/flow/registry.ts';
import { createDataConverter } from '../src/temporal/external-storage.ts';
import { loadWorkflowBundle } from '../src/temporal/bundle.ts';
import { createBenchStore } from '../test/workflow/bench-store.ts';
import { startServer } from '../test/workflow/server.ts';
import { ENGINE_VERSION, WAKE_SIGNAL, WORKFLOW_TYPE, type RunInput } from '../workflows/definition.ts';

const FLOWS = `
flow: one-call
triggers: [{ manual: true }]
steps:
  - id: call
    uses: http.request
    with: { method: POST, url: https://shop.example/orders, body: "\${{ event.body }}" }
output: "\${{ steps.call.output.status }}"
---
flow: ten-in-a-row
triggers: [{ manual: true }]
steps:
${row('  ')}
output: "\${{ steps.call_9.output.status }}"
---
flow: ten-at-once
triggers: [{ manual: true }]
steps:
  - id: all
    parallel:
${Array.from({ length: 10 }, (_, step) => `      b${step}:\n${call('        ', step)}`).join('\n')}
output: 10
---
flow: hundred-items
triggers: [{ manual: true }]
steps:
  - id: each
    foreach: event.body.items
    max_parallel: 10
    steps:
      - uses: http.request
        with: { method: POST, url: https://shop.example/items, body: { item: "\${{ item }}", order: "\${{ event.body.id }}" } }
    output: "\${{ index }}"
output: "\${{ steps.each.output.length }}"
---
flow: waits-for-payment
triggers: [{ manual: true }]
steps:
  - id: paid
    wait_for: order.paid
    where: { body.order: "\${{ event.body.id }}" }
    timeout: 3d
    on_timeout:
      - return: late
  - uses: http.request
    with: { method: POST, url: https://shop.example/orders, body: { paid: "\${{ steps.paid.output.body.order }}" } }
output: "\${{ steps.paid.output.body.order }}"
`;

function call(indent: string, step: number): string {
  return `${indent}- id: call_${step}
${indent}  uses: http.request
${indent}  with: { method: POST, url: https://shop.example/orders, body: { step: ${step}, order: "\${{ event.body.id }}" } }`;
}

function row(indent: string): string {
  return Array.from({ length: 10 }, (_, step) => call(indent, step)).join('\n');
}

interface Scenario {
  flow: string;
  byHand: string;
  /** Steps that do something: calls and waits. */
  steps: number;
}

const SCENARIOS: Scenario[] = [
  { flow: 'one-call', byHand: 'oneCall', steps: 1 },
  { flow: 'ten-in-a-row', byHand: 'tenInARow', steps: 10 },
  { flow: 'ten-at-once', byHand: 'tenAtOnce', steps: 10 },
  { flow: 'hundred-items', byHand: 'hundredItems', steps: 100 },
  { flow: 'waits-for-payment', byHand: 'waitsForPayment', steps: 2 },
];

const TASK_QUEUE = 'history';
const ANSWER = { status: 200, headers: { 'content-type': 'application/json' }, body: { ok: true }, body_base64: null };
const body = { id: 'order-1', items: Array.from({ length: 100 }, (_, item) => item) };

interface Cost {
  events: number;
  bytes: number;
}

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  shutdownSignals: [],
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});
const server = await startServer();
const connection = await NativeConnection.connect({ address: server.address });
const store = createBenchStore();
const blobs = new Map<string, Uint8Array>();
const dataConverter = createDataConverter({
  putBlob: async (key, bytes) => void blobs.set(key, bytes),
  getBlob: async (key) => blobs.get(key) ?? null,
});
const flowWorker = await Worker.create({
  connection,
  taskQueue: TASK_QUEUE,
  workflowBundle: await loadWorkflowBundle(),
  dataConverter,
  activities: { 'http.request': async () => ANSWER, ...createStoreCalls(store) },
  sinks: { runs: { settled: { fn: () => undefined } } },
});
const handWorker = await Worker.create({
  connection,
  taskQueue: `${TASK_QUEUE}-by-hand`,
  workflowsPath: fileURLToPath(new URL('./history-workflows.ts', import.meta.url)),
  activities: { request: async () => ({ status: ANSWER.status, headers: ANSWER.headers, body: ANSWER.body }) },
});
const running = Promise.all([flowWorker.run(), handWorker.run()]);

const { flows, problems } = loadCatalog([{ path: 'bench.yaml', text: FLOWS }], { readSchema });
const errors = problems.filter(({ severity }) => severity === 'error');
if (errors.length > 0) throw new Error(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));

async function costOfFlow(name: string): Promise<Cost> {
  const { definition, hash } = flows.get(name)!;
  const event = { id: `${name}-1`, type: 'manual', source: 'manual', time: '', body, headers: {}, query: {} };
  const input: RunInput = { engine: ENGINE_VERSION, flow: definition, definitionHash: hash, event, config: {} };
  const workflowId = `${name}/1`;
  const handle = await server.client.workflow.start(WORKFLOW_TYPE, {
    taskQueue: TASK_QUEUE,
    workflowId,
    args: [input],
  });
  if (name === 'waits-for-payment') {
    while (store.waiting.size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const paid = { ...event, id: 'paid-1', type: 'order.paid', source: 'emit', body: { order: body.id } };
    await handle.signal(WAKE_SIGNAL, { waiter: '0', position: 1, event: paid });
  }
  return costOf(handle);
}

async function costByHand(name: string): Promise<Cost> {
  const options = { taskQueue: `${TASK_QUEUE}-by-hand`, workflowId: `hand/${name}`, args: [body] };
  const handle = await server.client.workflow.start(name, options);
  if (name === 'waitsForPayment') await handle.signal('paid', { order: body.id });
  return costOf(handle);
}

async function costOf(handle: WorkflowHandle): Promise<Cost> {
  await handle.result();
  const { historyLength, raw } = await handle.describe();
  return { events: historyLength, bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0) };
}

const line = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
const ratio = (one: number, other: number): string => (one / other).toFixed(2);
const lines = [
  line(['run', 'steps', 'events', 'by hand', 'ratio', 'bytes', 'by hand', 'ratio', 'events a step', 'bytes a step']),
  line(Array.from({ length: 10 }, () => '---')),
];
try {
  for (const { flow, byHand, steps } of SCENARIOS) {
    const [ours, hand] = [await costOfFlow(flow), await costByHand(byHand)];
    const events = [ours.events, hand.events, ratio(ours.events, hand.events)];
    const bytes = [ours.bytes, hand.bytes, ratio(ours.bytes, hand.bytes)];
    const each = [ours.events / steps, ours.bytes / steps].map((cost) => cost.toFixed(1));
    lines.push(line([flow, steps, ...events, ...bytes, ...each]));
  }
  console.log(lines.join('\n'));
} finally {
  flowWorker.shutdown();
  handWorker.shutdown();
  await running;
  await connection.close();
  await server.stop();
}
