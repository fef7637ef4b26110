// `hookline runs` as a command, beside a whole Hookline with runs that wait, fail, go on and end.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { showSteps } from '../../src/commands/live-steps.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';
import { runCommands, type CommandRunner } from './runs-lab.ts';

const TRIGGER = 'triggers: [{ webhook: NAME, auth: none, delivery_id: "body:id" }]';
const FLOWS = {
  'charge.yaml': `
flow: charge
${TRIGGER.replace('NAME', 'charge')}
steps:
  - id: stock
    uses: http.request
    connection: crm
    with: { method: POST, url: /stock }
  - id: charge
    name: Charge the card
    uses: http.request
    connection: crm
    with: { method: POST, url: /charge, body: { stock: "\${{ steps.stock.output.body.number }}" } }
  - id: tell
    uses: http.request
    connection: crm
    with: { method: POST, url: /tell, body: { charged: "\${{ steps.charge.output.body.ok }}" } }
output: { stock: "\${{ steps.stock.output.body.number }}" }
`,
  'patient.yaml': `
flow: patient
${TRIGGER.replace('NAME', 'patient')}
steps:
  - id: pause
    wait: 1h
finally:
  - { uses: http.request, connection: crm, with: { method: POST, url: /tidy } }
`,
  'by-hand.yaml': `
flow: by-hand
triggers: [{ manual: true }]
steps:
  - id: stock
    uses: http.request
    connection: crm
    retry: { delay: 2500ms }
    with: { method: POST, url: /stock, body: "\${{ event.body }}" }
  - id: breathe
    wait: 300ms
  - id: tell
    uses: http.request
    connection: crm
    with: { method: POST, url: /tell }
output: "\${{ steps.stock.output.body.number }}"
`,
  'connections.yaml': `
connection: crm
connector: http
with: { base_url: "\${{ config.CRM_URL }}" }
`,
};

let folder: string;
let harness: Harness;
let commands: CommandRunner;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-runs-'));
  for (const [name, text] of Object.entries(FLOWS)) await writeFile(join(folder, name), text);
  harness = await startHarness({ flows: folder });
  commands = await runCommands({
    HOOKLINE_DATA_DIR: harness.dataDir,
    HOOKLINE_FLOWS: folder,
    HOOKLINE_LOG_LEVEL: 'silent',
  });
});
after(async () => {
  await commands?.end();
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  harness.reset();
  harness.outside.on('POST /crm/stock', { body: { number: 7 } });
  harness.outside.on('POST /crm/charge', { status: 402, body: { error: 'declined' } });
  harness.outside.on('POST /crm/tell', { body: {} });
  harness.outside.on('POST /crm/tidy', { body: {} });
});

async function start(flow: string, id: string): Promise<string> {
  const { body } = await harness.post(flow, { id });
  const run = `${flow}/${body.id}`;
  await eventually(`${run} runs`, () => harness.hasRun(flow, body.id));
  return run;
}

async function ended(run: string): ReturnType<Harness['waitForRun']> {
  const [flow, eventId] = run.split('/') as [string, string];
  return harness.waitForRun(flow, eventId);
}

test('a list says which runs wait where, and why others failed', async () => {
  const failed = await start('charge', 'list-1');
  await ended(failed);
  const waiting = await start('patient', 'list-2');
  const text = await eventually('both are listed', async () => {
    const { stdout } = await commands.run(['runs', 'list']);
    return stdout.includes(failed) && stdout.includes(waiting) ? stdout : null;
  });
  const lines = text.split('\n');
  assert.match(lines[0]!, /^status +step +started +duration +run +error$/);
  assert.match(
    lines.find((line) => line.includes(waiting))!,
    /^running +pause \(patient\.yaml:\d+\) /,
  );
  assert.match(
    lines.find((line) => line.includes(failed))!,
    /^failed .* http_status: step `charge` \(.*charge\.yaml:9\)/,
  );

  const { stdout } = await commands.run([
    'runs',
    'list',
    '--flow',
    'patient',
    '--status',
    'running',
    '--since',
    '1h',
    '--json',
  ]);
  const listed = JSON.parse(stdout) as { run: string; status: string }[];
  assert.deepEqual([...new Set(listed.map(({ status }) => status))], ['running']);
  assert.ok(listed.every(({ run }) => run.startsWith('patient/')));
  assert.equal((await commands.run(['runs', 'list', '--limit', '1', '--json'])).stdout.match(/"run"/g)!.length, 1);
  await commands.run(['runs', 'cancel', waiting]);
});

test('a run is shown step by step, with tries, errors and places', async () => {
  harness.outside.on('POST /crm/stock', { status: 503 }, { body: { number: 7 } });
  const run = await start('charge', 'show-1');
  await ended(run);
  const shown = JSON.parse((await commands.run(['runs', 'show', run, '--json'])).stdout);
  assert.equal(shown.status, 'failed');
  assert.match(shown.error, /^http_status: step `charge` \(.*charge\.yaml:9\)/);
  assert.match(shown.ui, /^http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/charge%2F/);
  const steps = shown.steps.map(({ label, kind, state, attempts }: Record<string, unknown>) => [
    label,
    kind,
    state,
    attempts,
  ]);
  assert.deepEqual(steps, [
    ['stock', 'http.request', 'completed', 2],
    ['Charge the card', 'http.request', 'failed', 1],
  ]);
  const { stdout } = await commands.run(['runs', 'show', run]);
  assert.match(stdout, /^failed +Charge the card +http\.request +1 +\S+ +\S*charge\.yaml:9 +http_status: /m);
});

test('a cancelled run ends with its `finally`, which the command waits for', async () => {
  const run = await start('patient', 'cancel-1');
  const { stdout, code } = await commands.run(['runs', 'cancel', run, '--reason', 'no longer wanted']);
  assert.deepEqual([stdout, code], [`${run} ended: cancelled\n`, 0]);
  assert.equal(harness.outside.callsTo('POST /crm/tidy').length, 1);
  const history = await harness.client.workflow.getHandle(run).fetchHistory();
  assert.match(JSON.stringify(history), /no longer wanted/);
  const again = await commands.run(['runs', 'cancel', run]);
  assert.deepEqual([again.code, again.stderr], [1, `${run} had ended already: cancelled\n`]);
});

test('a run is repeated from a step on: what came before is not called again, the step has the same key', async () => {
  const run = await start('charge', 'from-1');
  await ended(run);
  harness.outside.on('POST /crm/charge', { body: { ok: true } });
  const { stdout, code, stderr } = await commands.run(['runs', 'rerun', run, '--from', 'charge']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /runs again from `charge`, with the definition it had/);
  const outcome = await ended(run);
  assert.deepEqual(outcome.state === 'completed' && outcome.output, { stock: 7 });
  assert.equal(harness.outside.callsTo('POST /crm/stock').length, 1);
  const keys = harness.outside.callsTo('POST /crm/charge').map(({ key }) => key);
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(harness.outside.callsTo('POST /crm/tell')[0]?.body, { charged: true });
});

test('a run is repeated as a new run of the same event, with its definition or the one of now', async () => {
  const run = await start('charge', 'anew-1');
  await ended(run);
  const first = await commands.run(['runs', 'rerun', run]);
  assert.match(first.stdout, new RegExp(`^${run}~r1 runs, with the definition that the first run had`));
  assert.equal((await ended(`${run}~r1`)).state, 'failed');
  assert.equal(harness.outside.callsTo('POST /crm/stock').length, 2);
  assert.equal(new Set(harness.outside.callsTo('POST /crm/stock').map(({ key }) => key)).size, 2);

  await writeFile(
    join(folder, 'charge.yaml'),
    `flow: charge\n${TRIGGER.replace('NAME', 'charge')}\nsteps: [{ return: "\${{ event.body.id }}" }]\n`,
  );
  const second = await commands.run(['runs', 'rerun', run, '--current']);
  await writeFile(join(folder, 'charge.yaml'), FLOWS['charge.yaml']);
  assert.match(second.stdout, new RegExp(`^${run}~r2 runs, with the definition of now`));
  const outcome = await ended(`${run}~r2`);
  assert.equal(outcome.state === 'completed' && outcome.output, 'anew-1');
});

test('a definition of now that asks people, unlike the first, gives its run links that work', async () => {
  const run = await start('charge', 'asking-1');
  await ended(run);
  harness.outside.on('POST /crm/ask', {});
  const link =
    '{ uses: http.request, connection: crm, with: { method: POST, url: /ask, body: "${{ steps.asked.links }}" } }';
  const steps = `steps: [{ id: asked, approve: { title: Again?, notify: [${link}] } }]\noutput: \${{ steps.asked.output.by }}`;
  await writeFile(join(folder, 'charge.yaml'), `flow: charge\n${TRIGGER.replace('NAME', 'charge')}\n${steps}\n`);
  const { code, stderr } = await commands.run(['runs', 'rerun', run, '--current']);
  await writeFile(join(folder, 'charge.yaml'), FLOWS['charge.yaml']);
  assert.equal(code, 0, stderr);
  const [told] = await harness.outside.waitFor('POST /crm/ask');
  const { pathname, search } = new URL(told!.body.approve as string);
  const answer = await fetch(`${harness.hookline.url}${pathname}${search}`, {
    method: 'POST',
    body: new URLSearchParams({ decision: 'approved', by: 'Ada' }),
    redirect: 'manual',
  });
  assert.equal(answer.status, 303);
  const outcome = await ended(`${run}~r1`);
  assert.equal(outcome.state === 'completed' && outcome.output, 'Ada');
});

test('what cannot be done is explained', async () => {
  const run = await start('patient', 'wrong-1');
  const cases: [string[], RegExp][] = [
    [['runs', 'show', 'charge/nothing'], /Temporal has no run charge\/nothing/],
    [['runs', 'cancel', 'charge/nothing'], /Temporal has no run charge\/nothing/],
    [['runs', 'list', '--status', 'sleeping'], /--status must be one of running, /],
    [['runs', 'list', '--flow', "x' OR 'a'"], /is no flow's name/],
    [['runs', 'rerun', run, '--from', 'pause'], /still runs; cancel it first/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await commands.run(args);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.notEqual(code, 0);
  }
  await commands.run(['runs', 'cancel', run]);
  const noStep = await commands.run(['runs', 'rerun', run, '--from', 'paus']);
  assert.match(noStep.stderr, /`paus` is no step that called or waited .* there is: pause/);
});

test('a run that is waited for is followed step by step, with its tries; its output alone is on stdout', async () => {
  harness.outside.on('POST /crm/stock', { status: 503 }, { body: { number: 7 } });
  const file = join(folder, 'event.json');
  await writeFile(file, '{ "wanted": 3 }');
  const ended = await commands.run(['run', 'by-hand', '--event', file, '--wait', '--url', harness.hookline.url]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^run by-hand\/manual~\S+\nhttp:\S+\/workflows\/by-hand%2Fmanual~\S+\n7\n$/);
  assert.deepEqual(harness.outside.callsTo('POST /crm/stock')[1]?.body, { wanted: 3 });
  const lines = ended.stderr.split('\n');
  const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
  const order = [
    /^retrying +stock  http\.request  \S+  try 2  http_status: /,
    /^completed +stock .* 2 tries$/,
    /^waiting +breathe  wait$/,
  ];
  const places = [...order, /^completed +breathe/, /^completed +tell/].map(at);
  assert.ok(
    places.every((place) => place >= 0),
    ended.stderr,
  );
  assert.deepEqual(
    [...places].sort((one, other) => one - other),
    places,
  );
});

test('a run that fails while it is followed ends the command with its error', async () => {
  harness.outside.on('POST /crm/stock', { status: 400 });
  const args = ['run', 'by-hand', '--input', '{}', '--wait', '--url', harness.hookline.url];
  const { code, stderr, stdout } = await commands.run(args);
  assert.equal(code, 1);
  assert.match(stderr, /^failed +stock  http\.request  \S+  http_status: /m);
  assert.match(stderr, /^the run did not complete: http_status: step `stock` \(\S+by-hand\.yaml:5\): /m);
  assert.match(stdout, /"code": "run_failed"/);
});

test('on a terminal steps are shown in place', async () => {
  const written: string[] = [];
  const live = showSteps({ isTTY: true, columns: 40, write: (text) => written.push(text) });
  const step = { event: '5', label: 'charge', kind: 'http.request', attempts: 1, startedAt: 0 };
  live.show([{ ...step, state: 'running' }]);
  await eventually('it is drawn', () => written.length > 0);
  live.show([{ ...step, state: 'failed', endedAt: 1_500, error: 'http_status: it answered 500 and a long text' }]);
  live.end();
  assert.match(written[0]!, /^running +charge  http\.request/);
  assert.equal(written.at(-1), '\u001b[1A\u001b[Jfailed      charge  http.request  1.5s…\n');
});
