// Flows that call flows, and flows that listen to the ends of runs, on the whole of Hookline.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import type { CommandRunner } from '../commands/runs-lab.ts';
import type { Harness } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';
import { openShop, type Shop } from './shop-lab.ts';

const FLOWS = `
flow: child
input:
  type: object
  required: [n]
  additionalProperties: false
  properties:
    n: { type: number }
    times: { type: number, default: 2 }
    note: { type: string }
triggers: [{ manual: true }]
steps:
  - if: input.n < 0
    then: [{ fail: { code: negative, message: "n is \${{ input.n }}" } }]
output: { product: "\${{ input.n * input.times }}", length: "\${{ (input.note ?? '').length }}", note: "\${{ input.note ?? null }}" }
---
flow: sleeper
triggers: [{ manual: true }]
steps: [{ wait: 1h }]
finally:
  - uses: http.request
    with: { method: POST, url: "\${{ config.BANK_URL }}/slept", body: { run: "\${{ run.id }}", status: "\${{ run.status }}" } }
---
flow: parent
triggers: [{ event: multiply, source: shop }]
steps:
  - id: one
    call: child
    input: { n: "\${{ event.body.n }}", note: "\${{ event.body.note ?? '' }}" }
  - id: many
    foreach: "[1, 2, 3]"
    max_parallel: 3
    steps:
      - id: each
        call: child
        input: { n: "\${{ item }}", times: 10 }
    output: \${{ steps.each.output.product }}
output: { one: "\${{ steps.one.output }}", many: "\${{ steps.many.output }}" }
---
flow: careful
triggers: [{ event: careful, source: shop }]
steps:
  - id: fails
    call: child
    input: { n: "\${{ event.body.n }}" }
    on_error: continue
output: \${{ steps.fails.error }}
---
flow: starter
triggers: [{ event: detach, source: shop }]
steps:
  - id: started
    call: child
    input: { n: 5 }
    detach: true
  - id: ended
    wait_for: run.completed
    where: { body.flow: child, body.id: "\${{ steps.started.output.run }}" }
    timeout: 1m
output: { started: "\${{ steps.started.output }}", product: "\${{ steps.ended.output.body.output.product }}" }
---
flow: patient
triggers: [{ event: patient, source: shop }]
steps:
  - id: slow
    call: sleeper
    timeout: \${TIMEOUT}
    on_error: continue
output: \${{ steps.slow.status }}
---
flow: cancelled
triggers: [{ event: cancelled, source: shop }]
steps: [{ call: sleeper }]
---
flow: fragile
triggers: [{ manual: true }]
steps:
  - id: charge
    uses: http.request
    with: { method: POST, url: "\${{ config.BANK_URL }}/charge" }
    retry: none
output: \${{ steps.charge.output.body.paid }}
---
flow: dependent
triggers: [{ event: dependent, source: shop }]
steps:
  - id: paid
    call: fragile
output: \${{ steps.paid.output }}
---
flow: watchman
triggers:
  - event: run.*
    if: event.body.flow == "careless" || event.body.flow == "watchman"
steps: [{ set: { x: 1 } }]
vars: { x: 0 }
output: \${{ event }}
---
flow: careless
triggers: [{ event: careless, source: shop }]
steps: [{ fail: { code: oops, message: Dropped it } }]
`.replaceAll('${TIMEOUT}', '300ms');

let opened: Shop;
let harness: Harness;
let commands: CommandRunner;
let shop: Shop['post'];
let outputOf: Shop['outputOf'];

before(async () => {
  opened = await openShop(FLOWS, { HOOKLINE_BODY_BYTES_MAX: String(4 * 1024 * 1024) });
  ({ harness, post: shop, outputOf } = opened);
  commands = await opened.commands();
});
after(async () => {
  await commands?.end();
  await opened?.stop();
});

/** Activity types that a run asked for, in order. */
async function callsOf(run: string): Promise<string[]> {
  const { events } = await harness.client.workflow.getHandle(run).fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
}

test('a flow calls another, with defaults of its input, one and three at a time, and goes on with what they give', async () => {
  const output = (await outputOf('parent', await shop('multiply', { n: 4 }))) as JsonObject;
  assert.deepEqual(output, { one: { product: 8, length: 0, note: '' }, many: [10, 20, 30] });
});

test('a body and an output of a MiB go through', async () => {
  const note = 'n'.repeat(1024 * 1024);
  const { one } = (await outputOf('parent', await shop('multiply', { n: 1, note }))) as { one: JsonObject };
  assert.equal(one['length'], note.length);
  assert.equal((one['note'] as string).length, note.length);
});

test('a run that fails is the cause of the failure of its call; so is input that the flow does not take', async () => {
  const failed = (await outputOf('careful', await shop('careful', { n: -1 }))) as JsonObject;
  assert.equal(failed['code'], 'call_failed');
  assert.match(String(failed['message']), /^the run child\/call~[0-9a-f]{32} of `child` failed: n is -1$/);
  assert.deepEqual([(failed['cause'] as JsonObject)['code'], failed['step']], ['negative', 'fails']);
  const refused = (await outputOf('careful', await shop('careful', { n: 'two' }))) as JsonObject;
  assert.equal(refused['code'], 'invalid_input');
  assert.match(String(refused['message']), /`input` of `child`: \/n must be number/);
});

test('a run that is not waited for goes on by itself, and its end can be waited for later', async () => {
  const { started, product } = (await outputOf('starter', await shop('detach'))) as JsonObject;
  const { run, flow } = started as { run: string; flow: string };
  assert.match(run, /^child\/call~/);
  assert.deepEqual([flow, product], ['child', 10]);
});

test('a call whose time is over asks its run to end, and so does a run that is cancelled', async () => {
  harness.outside.on('POST /bank/slept', {});
  assert.equal(await outputOf('patient', await shop('patient')), 'timed_out');
  const cancelled = await shop('cancelled');
  await eventually('the sleeper sleeps', async () => {
    const calls = await callsOf(`cancelled/${cancelled}`).catch((): string[] => []);
    return calls.includes('hookline.wait_for');
  });
  await harness.client.workflow.getHandle(`cancelled/${cancelled}`).cancel();
  assert.equal((await harness.waitForRun('cancelled', cancelled)).state, 'failed');
  // Both callers had waited for the `finally` of what they called.
  const slept = harness.outside.callsTo('POST /bank/slept').map(({ body }) => body.status as string);
  assert.deepEqual(slept, ['cancelled', 'cancelled']);
});

test('a called run that is terminated tells nothing; its caller is told in its place', async () => {
  const cancelled = await shop('cancelled');
  let called: string | undefined;
  await eventually('the sleeper sleeps', async () => {
    const open = harness.client.workflow.list({ query: 'HooklineFlow = "sleeper" AND ExecutionStatus = "Running"' });
    for await (const { workflowId } of open) called = workflowId;
    return called !== undefined;
  });
  await harness.client.workflow.getHandle(called!).terminate();
  const outcome = await harness.waitForRun('cancelled', cancelled);
  assert.equal(outcome.state === 'failed' && outcome.error.code, 'call_cancelled');
});

test('the end of a run starts who listens, once, with how it ended; a listener is not started by its own end', async () => {
  const careless = await shop('careless');
  assert.equal((await harness.waitForRun('careless', careless)).state, 'failed');
  let seen: JsonObject | undefined;
  await eventually('the watchman ran', async () => {
    const runs = await watchmen();
    seen = runs.length === 1 ? ((await harness.client.workflow.getHandle(runs[0]!).result()) as JsonObject) : undefined;
    return seen !== undefined;
  });
  const event = (seen!['output'] ?? {}) as JsonObject;
  const body = event['body'] as JsonObject;
  assert.deepEqual([event['type'], event['source']], ['run.failed', 'run']);
  assert.deepEqual(
    [body['id'], body['flow'], body['status'], (body['error'] as JsonObject)['code']],
    [`careless/${careless}`, 'careless', 'failed', 'oops'],
  );
  assert.deepEqual(body['event'], { id: careless, type: 'careless', source: 'shop' });
  assert.match(String(body['url']), /careless/);
  assert.ok(Date.parse(String(body['started_at'])) <= Date.parse(String(body['ended_at'])));
  assert.equal((await watchmen()).length, 1);
});

test('runs whose end nobody asks after tell nobody', async () => {
  // The watchman listens to every end, so only runs that an end started have nobody.
  const [watchman] = await watchmen();
  assert.deepEqual(await callsOf(watchman!), []);
});

async function watchmen(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of harness.client.workflow.list({ query: 'WorkflowType = "runFlow"' })) {
    if (workflowId.startsWith('watchman/')) ids.push(workflowId);
  }
  return ids;
}

test('people see what is called, and have it and then its caller go on from where they failed', async () => {
  harness.outside.on('POST /bank/charge', { status: 402 }, { body: { paid: 12 } });
  const dependent = `dependent/${await shop('dependent')}`;
  const { state } = await harness.waitForRun('dependent', dependent.slice('dependent/'.length));
  assert.equal(state, 'failed');
  const shown = await commands.run(['runs', 'show', dependent]);
  const called = /paid → (fragile\/call~[0-9a-f]{32})/.exec(shown.stdout)?.[1] ?? '';
  assert.notEqual(called, '', shown.stdout);
  assert.match(shown.stdout, /flows\.yaml:\d+/);

  const first = await commands.run(['runs', 'rerun', called, '--from', 'charge']);
  assert.equal(first.code, 0, first.stderr);
  const again = await commands.run(['runs', 'rerun', dependent, '--from', 'paid']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await outputOf('dependent', dependent.slice('dependent/'.length)), 12);
  assert.equal(harness.outside.callsTo('POST /bank/charge').length, 2);
});
