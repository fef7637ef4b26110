// Runs that fail while other branches of theirs wait, and are made to run again from where they failed: what was waited for is waited for
// again, whatever happened meanwhile, and whoever reset the run.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { CommandRunner } from '../commands/runs-lab.ts';
import type { Harness } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';
import { openShop, type Shop } from './shop-lab.ts';

/** `go` lets the other piece fail, which charges the bank. */
const CHARGE = `
      - wait_for: go
        source: shop
        where: { body.order: "\${{ event.body.id }}" }
      - id: charge
        uses: http.request
        with: { method: POST, url: "\${{ config.BANK_URL }}/charge" }
        retry: none`;
const FLOWS = `
flow: paying
triggers: [{ event: paying, source: shop }]
steps:
  - parallel:
      charging: ${CHARGE}
      waiting:
      - id: paid
        wait_for: paid
        source: shop
        where: { body.order: "\${{ event.body.id }}" }
      - id: again
        wait_for: paid
        source: shop
        where: { body.order: "\${{ event.body.id }}" }
        match: candidate.body.amount > 10
output: ["\${{ steps.paid.output.body.amount }}", "\${{ steps.again.output.body.amount }}"]
---
flow: asking
triggers: [{ event: asking, source: shop }]
steps:
  - parallel:
      charging: ${CHARGE}
      waiting:
      - id: asked
        approve:
          title: Pay?
          notify:
            - uses: http.request
              with: { method: POST, url: "\${{ config.CRM_URL }}/asked", body: { n: "\${{ reminder }}", link: "\${{ steps.asked.links.page }}" } }
output: \${{ steps.asked.output.by }}
---
flow: child
triggers: [{ manual: true }]
steps:
  - id: hold
    wait_for: hold.over
    source: shop
output: done
---
flow: calling
triggers: [{ event: calling, source: shop }]
steps:
  - parallel:
      charging: ${CHARGE}
      waiting:
      - id: called
        call: child
        on_error: continue
output: ["\${{ steps.called.output }}", "\${{ steps.called.error?.code ?? null }}"]
`;

let opened: Shop;
let harness: Harness;
let commands: CommandRunner;
let post: Shop['post'];
let outputOf: Shop['outputOf'];

before(async () => {
  opened = await openShop(FLOWS);
  ({ harness, post, outputOf } = opened);
  commands = await opened.commands();
});
after(async () => {
  await commands?.end();
  await opened?.stop();
});

/** Starts a run, lets `charge` fail when the other branch waits, having told so many people, and resolves when the run has failed. */
async function failing(flow: string, waits: number, told = 0): Promise<{ id: string; order: string }> {
  harness.outside.on('POST /bank/charge', { status: 402 }, { body: {} });
  const id = await post(flow);
  const order = id.slice('shop~'.length);
  await eventually('both branches wait', async () => {
    const done = await callsDone(`${flow}/${id}`);
    const count = (type: string): number => done.filter((each) => each === type).length;
    return count('hookline.wait_for') === waits && count('http.request') === told;
  });
  await post('go', { order });
  assert.equal((await harness.waitForRun(flow, id)).state, 'failed');
  return { id, order };
}

/** Activity types of the calls of a run that were answered. */
async function callsDone(run: string): Promise<string[]> {
  const history = await harness.client.workflow
    .getHandle(run)
    .fetchHistory()
    .catch(() => ({ events: [] }));
  const events = history.events ?? [];
  return events.flatMap(({ activityTaskCompletedEventAttributes: done }) => {
    const asked = done && events.find(({ eventId }) => eventId?.eq(done.scheduledEventId!));
    return asked?.activityTaskScheduledEventAttributes?.activityType?.name ?? [];
  });
}

async function rerunFrom(run: string, step: string): Promise<void> {
  const { code, stderr } = await commands.run(['runs', 'rerun', run, '--from', step]);
  assert.equal(code, 0, stderr);
}

test('an event that came between the failure and the rerun is found, and so is one that comes afterwards', async () => {
  const { id, order } = await failing('paying', 2);
  await post('paid', { order, amount: 7 });
  await rerunFrom(`paying/${id}`, 'charge');
  await post('paid', { order, amount: 8 });
  await post('paid', { order, amount: 12 });
  assert.deepEqual(await outputOf('paying', id), [7, 12]);
});

test('an event that comes after the rerun is taken, also when the run was reset twice', async () => {
  const { id, order } = await failing('paying', 2);
  harness.outside.on('POST /bank/charge', { status: 402 }, { body: {} });
  await rerunFrom(`paying/${id}`, 'charge');
  assert.equal((await harness.waitForRun('paying', id)).state, 'failed');
  await rerunFrom(`paying/${id}`, 'charge');
  await post('paid', { order, amount: 9 });
  await post('paid', { order, amount: 11 });
  assert.deepEqual(await outputOf('paying', id), [9, 11]);
});

test('a run that was reset by hand asks again too', async () => {
  const { id, order } = await failing('paying', 2);
  const workflowId = `paying/${id}`;
  const handle = harness.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const charged = events!.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'http.request',
  );
  await harness.client.workflowService.resetWorkflowExecution({
    namespace: harness.client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: charged!.activityTaskScheduledEventAttributes!.workflowTaskCompletedEventId!,
    requestId: randomUUID(),
    reason: 'by hand',
  });
  await post('paid', { order, amount: 9 });
  await post('paid', { order, amount: 11 });
  assert.deepEqual(await outputOf('paying', id), [9, 11]);
});

test('people are asked anew, under links of their own, for the first ones are closed', async () => {
  harness.outside.on('POST /crm/asked', {});
  const { id } = await failing('asking', 2, 1);
  const [first] = await harness.outside.waitFor('POST /crm/asked', 1);
  await rerunFrom(`asking/${id}`, 'charge');
  const calls = await harness.outside.waitFor('POST /crm/asked', 2);
  const [old, fresh] = [first!, calls[1]!].map(({ body }) => (body as { link: string }).link);
  assert.notEqual(old, fresh);
  assert.notEqual(calls[0]!.key, calls[1]!.key);
  assert.match(await (await fetch(old!)).text(), /closed/i);
  const fields = new URLSearchParams({ decision: 'approved', by: 'Ada' });
  const answer = await fetch(fresh!, { method: 'POST', body: fields, redirect: 'manual' });
  assert.equal(answer.status, 303);
  assert.equal(await outputOf('asking', id), 'Ada');
});

test('a call takes the end its run came to: cancelled with its caller, or what a rerun of it gave', async () => {
  const first = await failing('calling', 2);
  await rerunFrom(`calling/${first.id}`, 'charge');
  assert.deepEqual(await outputOf('calling', first.id), [null, 'call_cancelled']);

  const { id } = await failing('calling', 2);
  const called = await calledBy(`calling/${id}`);
  await rerunFrom(called, 'hold');
  await rerunFrom(`calling/${id}`, 'charge');
  await post('hold.over');
  assert.deepEqual(await outputOf('calling', id), ['done', null]);
});

async function calledBy(run: string): Promise<string> {
  const { stdout } = await commands.run(['runs', 'show', run]);
  const found = /called → (child\/call~[0-9a-f]{32})/.exec(stdout)?.[1];
  assert.ok(found, stdout);
  return found;
}
