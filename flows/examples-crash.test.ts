// Every example survives kill -9 in the middle of a call: the whole process is killed while each flow's first call is in
// flight, and again during a later one. After a restart all runs end well and no step used a second idempotency key.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { testEnvironment } from '../test/support/environment.ts';
import { exampleEventId, exampleFlows, exampleRequest, type ExampleFlow } from '../test/support/examples.ts';
import { postTo, waitForRun, type RunOutcome } from '../test/support/harness.ts';
import { startMailbox, type Mailbox } from '../test/support/mailbox.ts';
import { startOutside, type Outside, type OutsideAnswer, type OutsideCall } from '../test/support/outside.ts';
import { endOrphanServer, startProcess, type HooklineProcess } from '../test/support/process.ts';

const CUSTOMER = 'GET /crm/contacts/cus_RFq0TfVGJm9o2S';
const SLACK = 'POST /slack/chat.postMessage';

/** What the outside answers once it answers. */
const answers: Record<string, OutsideAnswer> = {
  [SLACK]: { body: { ok: true, ts: '1.1', channel: 'C1' } },
  'PUT /crm/contacts/usr_01JD4Q8T6M': { body: { id: 'contact-17' } },
  'POST /accounts/accounts': { status: 201, body: { id: 'account-9' } },
  'POST /orders/orders/order-7731/payments': { status: 201, body: {} },
  'POST /newsletter/lists/roastery-letter/members': { status: 201, body: {} },
  'POST /partner': { status: 204 },
  'POST /carrier/shipments': { status: 201, body: { id: 'shp_1', tracking_number: '3SNC0042' } },
  'POST /shop/orders/5678901234567/fulfillments.json': { status: 201, body: {} },
  'GET /files/files/file_7Hq2': { body: { size: 284113 } },
  'POST /processor/documents': { status: 201, body: { parts: ['p1', 'p2', 'p3', 'p4'] } },
  'PUT /processor/documents/file_7Hq2/parts/*': { body: { id: 'indexed' } },
  'PATCH /files/files/file_7Hq2': { body: {} },
  'POST /pager/incidents': { status: 201, body: { id: 'inc-5' } },
  'GET /pager/incidents/inc-5': { body: { state: 'open' } },
  'POST /pager/incidents/inc-5/escalations': { status: 202, body: {} },
  'POST /reports/exports': { status: 202, body: { id: 'exp-1' } },
  'GET /reports/exports/exp-1': { body: { state: 'ready', rows: 12, download_url: 'https://reports.example/exp-1' } },
  'GET /crm/contacts': {
    body: { contacts: [{ id: 'c1', email: 'c1@example.com', name: 'C One', newsletter: true, changed_at: 't1' }] },
  },
  'PUT /newsletter/lists/roastery-letter/members/c1%40example.com': { body: {} },
  'PUT /bank/accounts/DE02/debits/rent-2026-11': { status: 201, body: { id: 'd-1' } },
  'PUT /bank/accounts/DE75/credits/rent-2026-11': { status: 201, body: { id: 'c-1' } },
  'POST /bank/ledger': { status: 201, body: { id: 'entry-1' } },
  [CUSTOMER]: { body: { first_name: 'Grace' } },
};

/** Calls whose answer is held back until the process is killed: how often each must have arrived by then. */
const heldAtFirst: Record<string, number> = {
  [SLACK]: 2, // github-issue-to-slack and project-task-to-team
  'PUT /crm/contacts/usr_01JD4Q8T6M': 1,
  'POST /accounts/accounts': 1,
  'POST /orders/orders/order-7731/payments': 1,
  'POST /newsletter/lists/roastery-letter/members': 1,
  'POST /carrier/shipments': 1,
  'POST /processor/documents': 1,
  'POST /pager/incidents': 1,
  'POST /reports/exports': 1,
  'GET /crm/contacts': 1,
  'PUT /bank/accounts/DE02/debits/rent-2026-11': 1,
};
const heldLater: Record<string, number> = {
  'POST /partner': 1,
  'POST /shop/orders/5678901234567/fulfillments.json': 1,
  'PUT /processor/documents/file_7Hq2/parts/*': 3, // as many as the flow lets through at once
  'POST /pager/incidents/inc-5/escalations': 1,
  'GET /reports/exports/exp-1': 1,
  'PUT /bank/accounts/DE75/credits/rent-2026-11': 1,
  'PUT /newsletter/lists/roastery-letter/members/c1%40example.com': 1,
};

/** What each run must give in the end. */
const outputs: Record<Exclude<ExampleFlow, 'message-interceptor'>, unknown> = {
  'github-issue-to-slack': { channel: '#triage' },
  'user-created': { contact: 'contact-17', account: 'account-9' },
  'payment-to-order': { order: 'order-7731', paid: '47.90 EUR' },
  'lead-to-newsletter': { subscribed: true, new: true },
  'order-to-shipping': { shipped: true, tracking_number: '3SNC0042' },
  'file-uploaded': { status: 'indexed', parts: 4, failed_parts: [] },
  'project-task-to-team': { told: true },
  'monitoring-alert': { severity: 'critical', incident: 'inc-5', escalated: true },
  'report-export': { export: 'exp-1', rows: 12 },
  'contacts-copied': { copied: 1, last_cursor: '' },
  'money-transfer': { entry: 'entry-1' },
};

let outside: Outside;
let mailbox: Mailbox;
let dataDir: string;
let running: HooklineProcess | undefined;
const runs = new Map<ExampleFlow, RunOutcome>();

/** Programs all answers, those of `held` to be given never. */
function program(held: Record<string, number>): void {
  for (const [route, answer] of Object.entries(answers)) {
    outside.on(route, route in held ? { ...answer, after: new Promise(() => undefined) } : answer);
  }
}

before(async () => {
  [outside, mailbox] = await Promise.all([startOutside(), startMailbox()]);
  dataDir = await mkdtemp(join(tmpdir(), 'hookline-crash-'));
  const env = await testEnvironment({ dataDir, outside, mailbox });

  program({ ...heldAtFirst, [CUSTOMER]: 1 });
  running = await startProcess(['serve'], env);
  const { url } = running;
  const eventIds = new Map<ExampleFlow, string>();
  for (const flow of exampleFlows.filter((name) => name !== 'message-interceptor')) {
    const { eventId, answer } = sendTo(url, flow);
    eventIds.set(flow, eventId);
    assert.equal((await answer).status, 202);
  }
  await arrived(heldAtFirst);
  // Last, because its sender waits and its attempts are short; the kill takes the answer away.
  const intercepted = sendTo(url, 'message-interceptor');
  eventIds.set('message-interceptor', intercepted.eventId);
  await outside.waitFor(CUSTOMER);
  await Promise.all([running.end('SIGKILL'), assert.rejects(intercepted.answer)]);

  program(heldLater);
  running = await startProcess(['serve'], env);
  await arrived(heldLater);
  await running.end('SIGKILL');

  program({});
  running = await startProcess(['serve'], env);
  const connection = await Connection.connect({ address: `127.0.0.1:${env['HOOKLINE_TEMPORAL_PORT']}` });
  const client = new Client({ connection });
  try {
    await Promise.all(
      [...eventIds].map(async ([flow, eventId]) => runs.set(flow, await waitForRun(client, flow, eventId))),
    );
  } finally {
    await connection.close();
  }
});

function sendTo(url: string, flow: ExampleFlow): { eventId: string; answer: ReturnType<typeof postTo> } {
  const request = exampleRequest(flow);
  return { eventId: exampleEventId(request), answer: postTo(url, request.source, request.body, request.headers) };
}

async function arrived(held: Record<string, number>): Promise<void> {
  await Promise.all(Object.entries(held).map(([route, count]) => outside.waitFor(route, count)));
}

after(async () => {
  await running?.end('SIGINT').catch(() => undefined);
  await endOrphanServer(dataDir);
  await Promise.all([outside?.stop(), mailbox?.stop()]);
  await rm(dataDir, { recursive: true, force: true });
});

for (const [flow, output] of Object.entries(outputs)) {
  test(`${flow} ends well although the process was killed in the middle of its calls`, () => {
    const run = runs.get(flow as ExampleFlow);
    assert.deepEqual(run?.state === 'completed' ? run.output : run, output);
  });
}

test('message-interceptor, whose sender is gone, ends by the time it had to answer in', () => {
  const run = runs.get('message-interceptor');
  assert.equal(run?.state === 'failed' && run.error.code, 'timeout');
  assert.equal(run?.state === 'failed' && run.error.step, 'customer');
});

/** One step's calls: the same place, and for the chat the same channel. */
const placeOf = (call: OutsideCall): string =>
  [call.method, call.path, call.path.startsWith('/slack') ? call.body.channel : ''].join(' ').trim();

test('each step called under one idempotency key, through kills and restarts, and no two steps share one', () => {
  const keys = new Map<string, Set<string>>();
  for (const call of outside.calls.filter(({ method }) => method !== 'GET')) {
    keys.set(placeOf(call), (keys.get(placeOf(call)) ?? new Set()).add(call.key));
  }
  for (const [place, used] of keys) {
    assert.equal(used.size, 1, `${place} was called under ${[...used].join(', ')}`);
    assert.notEqual([...used][0], '', `${place} was called without a key`);
  }
  const all = [...keys.values()].flatMap((used) => [...used]);
  assert.equal(new Set(all).size, all.length);
});

test('a call that was in flight is made again, one that was answered is not', () => {
  const repeated = new Set<string>();
  const seen = new Set<string>();
  for (const call of outside.calls.filter(({ method }) => method !== 'GET')) {
    const place = placeOf(call);
    if (seen.has(place)) repeated.add(place);
    seen.add(place);
  }
  const isHeld = (place: string): boolean =>
    [...Object.keys(heldAtFirst), ...Object.keys(heldLater)].some((route) => place.startsWith(route.replace('*', '')));
  assert.deepEqual(
    [...repeated].filter((place) => !isHeld(place)),
    [],
  );
  // Two channels, nine more first calls, five later ones and three parts.
  assert.equal(repeated.size, 2 + 9 + 5 + 3, [...repeated].join('\n'));
});

test('a mail has one message id, however often a crash made it leave', () => {
  const recipients = mailbox.mails.flatMap((mail) => mail.recipients).sort();
  const ids = new Set(mailbox.mails.map((mail) => mail.messageId));
  assert.equal(ids.size, new Set(mailbox.mails.map((mail) => mail.subject)).size);
  assert.deepEqual([...new Set(recipients)], ['ada@example.com', 'grace@example.com']);
});
