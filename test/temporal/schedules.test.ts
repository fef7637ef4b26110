// Schedules on a real Temporal server, with the whole of Hookline around them: times come, runs start once, files decide.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, ScheduleOverlapPolicy } from '@temporalio/client';
import { startHarness, type Harness } from '../support/harness.ts';
import { eventually, within } from '../support/waiting.ts';

const CALM = `
flow: calm
triggers:
  - schedule: "0 9 * * MON-FRI"
  - manual: true
  - schedule: { cron: "30 4 1,15 * FRI", timezone: Europe/Berlin, jitter: 30s, overlap: queue_one, catch_up: 1h }
steps: [{ return: true }]
`;
const QUICK = `
flow: quick
input: { type: object, properties: { region: { type: string }, limit: { type: integer, default: 50 } } }
triggers:
  - schedule: { every: 1s, overlap: allow, input: { region: north } }
steps: [{ return: { body: "\${{ event.body }}", at: "\${{ event.headers['hookline-scheduled-at'] }}", type: "\${{ event.type }}" } }]
`;
const SLOW = `
flow: slow
triggers:
  - schedule: { every: 365d, overlap: cancel_running }
  - schedule: { every: 365d }
steps: [{ wait: 1h }]
finally: [{ uses: log.write, with: { message: tidied } }]
`;

let folder: string;
let harness: Harness;
let client: Client;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-schedules-'));
  await writeFile(join(folder, 'calm.yaml'), CALM);
  await writeFile(join(folder, 'quick.yaml'), QUICK);
  await writeFile(join(folder, 'slow.yaml'), SLOW);
  harness = await startHarness({ flows: folder });
  client = harness.client;
  await harness.hookline.upcoming();
});
after(async () => {
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});

const describeSchedule = (id: string) => client.schedule.getHandle(id).describe();

test('a schedule is what its trigger says', async () => {
  const first = await describeSchedule('hookline/calm/1');
  assert.deepEqual(
    first.info.nextActionTimes.map((time) => time.getUTCHours()),
    Array<number>(10).fill(9),
  );
  assert.ok(first.info.nextActionTimes.every((time) => time.getUTCDay() >= 1 && time.getUTCDay() <= 5));
  assert.deepEqual(first.policies, { overlap: 'SKIP', catchupWindow: 600_000, pauseOnFailure: false });
  assert.deepEqual(first.memo, { hookline: 'hookline' });

  const second = await describeSchedule('hookline/calm/2');
  assert.deepEqual(second.policies, { overlap: 'BUFFER_ONE', catchupWindow: 3_600_000, pauseOnFailure: false });
  assert.equal(second.spec.timezone, 'Europe/Berlin');
  assert.equal(second.spec.jitter, 30_000);
});

test('of two kinds of days either one is enough, as crontab has it', async () => {
  const { info } = await describeSchedule('hookline/calm/2');
  const berlin = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Berlin',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
  });
  for (const time of info.nextActionTimes) {
    const text = berlin.format(time);
    assert.match(text, /^Fri|\b(1|15)\b/);
    assert.match(text, /04$/);
  }
  assert.ok(info.nextActionTimes.length > 3);
});

test('runs come every second, each time once, with the input and its defaults', async () => {
  const times = await eventually('three runs', async () => {
    const found: string[] = [];
    for await (const { workflowId } of client.workflow.list({
      query: "HooklineFlow = 'quick' AND HooklineSource = 'schedule'",
    }))
      found.push(workflowId);
    return found.length >= 3 ? found : null;
  });
  // What goes on starting runs would take the machine from the tests that follow.
  await client.schedule.getHandle('hookline/quick/1').pause('for the test');
  assert.equal(new Set(times).size, times.length);
  const [run] = times;
  assert.match(run!, /^quick\/schedule~quick~1-\d{8}T\d{6}Z$/);
  const { output } = (await within('the run ends', client.workflow.getHandle(run!).result())) as {
    output: { at: string; body: unknown; type: string };
  };
  assert.deepEqual(output.body, { region: 'north', limit: 50 });
  assert.equal(output.type, 'schedule');
  assert.equal(output.at.replace(/[-:]|\.\d+/g, ''), run!.slice(-16));
});

test('a time whose firing is done again, as after a crash, starts nothing more', async () => {
  const at = new Date('2026-01-02T03:04:05Z');
  await client.schedule.getHandle('hookline/quick/1').backfill([{ start: at, end: new Date(at.getTime() + 500) }]);
  const run = 'quick/schedule~quick~1-20260102T030405Z';
  const first = await eventually('the run of the past', () =>
    client.workflow
      .getHandle(run)
      .describe()
      .catch(() => null),
  );
  await within('the run ends', client.workflow.getHandle(run).result());
  const firing = 'hookline/quick/1-2026-01-02T03:04:05Z';
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: firing },
    workflowTaskFinishEventId: 4 as never,
    requestId: 'again',
    reason: 'the test',
  });
  assert.deepEqual(await within('the run ends', client.workflow.getHandle(firing).result()), { run });
  await harness.hookline.upcoming();
  assert.equal((await client.workflow.getHandle(run).describe()).runId, first.runId);
});

test('with `cancel_running` the next time cancels the run before, which still tidies up', async () => {
  const handle = client.schedule.getHandle('hookline/slow/1');
  const [first, second] = [
    await fireNow('hookline/slow/1', 1, 'CANCEL_OTHER'),
    await fireNow('hookline/slow/1', 2, 'CANCEL_OTHER'),
  ];
  assert.notEqual(first, second);
  assert.equal((await harness.waitForRun('slow', first.slice('slow/'.length))).state, 'failed');
  const history = JSON.stringify(await client.workflow.getHandle(first).fetchHistory());
  assert.match(history, /log\.write/);
  assert.equal((await client.workflow.getHandle(second).describe()).status.name, 'RUNNING');
  await handle.pause();
  await client.workflow.getHandle(second).cancel();
});

test('with `skip` the next time waits for nobody and starts nothing while the run before lasts', async () => {
  const handle = client.schedule.getHandle('hookline/slow/2');
  const first = await fireNow('hookline/slow/2', 1, 'SKIP');
  await nextSecond();
  await handle.trigger('SKIP');
  await eventually('it was skipped', async () => (await handle.describe()).info.numActionsSkippedOverlap > 0);
  await client.workflow.getHandle(first).cancel();
  await eventually(
    'the schedule is free again',
    async () => (await handle.describe()).info.runningActions.length === 0,
  );
  assert.notEqual(await fireNow('hookline/slow/2', 2, 'SKIP'), first);
});

/** Two times of a schedule are never in the same second; what is fired by hand could be. */
function nextSecond(): Promise<void> {
  return pause(1_001 - (Date.now() % 1_000));
}

/** Fires a schedule as its time would; resolves with the run that it started, once that runs. `count`: how many there are then. */
async function fireNow(id: string, count: number, policy: ScheduleOverlapPolicy): Promise<string> {
  const handle = client.schedule.getHandle(id);
  await nextSecond();
  await handle.trigger(policy);
  const taken = await eventually(`${id} has fired ${count} times`, async () => {
    const { info } = await handle.describe();
    return info.numActionsTaken >= count ? info.recentActions.at(-1) : null;
  });
  const [, flow, trigger] = id.split('/');
  const time = taken.action.workflow.workflowId.slice(id.length + 1).replace(/[-:]/g, '');
  const run = `${flow}/schedule~${flow}~${trigger}-${time}`;
  await eventually(`${run} runs`, () =>
    client.workflow
      .getHandle(run)
      .describe()
      .catch(() => null),
  );
  return run;
}
