// Schedules on a real Temporal server, with the whole of Hookline around them: times come, runs start once, files decide.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@temporalio/client';
import { startHarness, type Harness } from '../support/harness.ts';
import { eventually } from './support.ts';

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
  assert.equal(new Set(times).size, times.length);
  const [run] = times;
  assert.match(run!, /^quick\/schedule~quick~1-\d{8}T\d{6}Z$/);
  const { output } = (await client.workflow.getHandle(run!).result()) as {
    output: { at: string; body: unknown; type: string };
  };
  assert.deepEqual(output.body, { region: 'north', limit: 50 });
  assert.equal(output.type, 'schedule');
  assert.equal(output.at.replace(/[-:]|\.\d+/g, ''), run!.slice(-16));
});

test('a time whose firing is done again, as after a crash, starts nothing more', async () => {
  await client.schedule.getHandle('hookline/quick/1').pause('for the test');
  const at = new Date('2026-01-02T03:04:05Z');
  await client.schedule.getHandle('hookline/quick/1').backfill([{ start: at, end: new Date(at.getTime() + 500) }]);
  const run = 'quick/schedule~quick~1-20260102T030405Z';
  const first = await eventually('the run of the past', () =>
    client.workflow
      .getHandle(run)
      .describe()
      .catch(() => null),
  );
  await client.workflow.getHandle(run).result();
  const firing = 'hookline/quick/1-2026-01-02T03:04:05Z';
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: firing },
    workflowTaskFinishEventId: 4 as never,
    requestId: 'again',
    reason: 'the test',
  });
  assert.deepEqual(await client.workflow.getHandle(firing).result(), { run });
  await harness.hookline.upcoming();
  assert.equal((await client.workflow.getHandle(run).describe()).runId, first.runId);
});
