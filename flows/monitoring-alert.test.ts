// monitoring-alert on a real Temporal server: who is rung, and who only after a wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleRequest } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'monitoring-alert';
const PAGE = 'POST /pager/incidents';
const STATE = 'GET /pager/incidents/inc-5';
const ESCALATE = 'POST /pager/incidents/inc-5/escalations';
const SLACK = 'POST /slack/chat.postMessage';

const harness = sharedHarness(({ outside }) => {
  outside.on(PAGE, { status: 201, body: { id: 'inc-5' } });
  outside.on(STATE, { body: { id: 'inc-5', state: 'open' } });
  outside.on(ESCALATE, { status: 202, body: {} });
  outside.on(SLACK, { body: { ok: true } });
});

const order = (): string[] => harness.outside.calls.map((call) => `${call.method} ${call.path}`);

test('a critical alert that nobody takes pages, waits and escalates, in this order', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, {
    severity: 'critical',
    incident: 'inc-5',
    escalated: true,
  });
  assert.deepEqual(order(), [PAGE, STATE, ESCALATE]);
  assert.deepEqual(harness.outside.callsTo(PAGE)[0]?.body, {
    title: '5xx of checkout above 5 % for 5 minutes',
    service: 'checkout',
    runbook: 'https://runbooks.example.com/checkout-error-rate',
    run: `${harness.hookline.temporalUiUrl}/namespaces/default/workflows/${encodeURIComponent(`monitoring-alert/${run.eventId}`)}`,
    target: 'on-call',
  });
  assert.deepEqual(harness.outside.callsTo(ESCALATE)[0]?.body, { target: 'lead', reason: 'not acknowledged in time' });
});

test('the wait is a durable timer of the configured length', async () => {
  const { eventId } = await harness.run(FLOW);
  const history = await harness.history(FLOW, eventId);

  const timers = (history.events ?? []).flatMap((event) => event.timerStartedEventAttributes ?? []);
  assert.deepEqual(
    timers.map((timer) => Number(timer.startToFireTimeout?.nanos)),
    [200_000_000],
  );
});

test('an alert that somebody took in time is not escalated', async () => {
  harness.outside.on(STATE, { body: { id: 'inc-5', state: 'acknowledged' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, {
    severity: 'critical',
    incident: 'inc-5',
    escalated: false,
  });
  assert.deepEqual(order(), [PAGE, STATE]);
});

test('a warning reaches the channel and rings nobody', async () => {
  const run = await harness.run(FLOW, (body) => (body.payload.severity = 'warning'));

  assert.deepEqual(run.state === 'completed' && run.output, { severity: 'warning', escalated: false });
  assert.deepEqual(order(), [SLACK]);
  assert.deepEqual(
    harness.outside.calls[0]?.body.text,
    ':warning: *checkout*: 5xx of checkout above 5 % for 5 minutes',
  );
});

test('anything less is only logged', async () => {
  const run = await harness.run(FLOW, (body) => (body.payload.severity = 'info'));

  assert.deepEqual(run.state === 'completed' && run.output, { severity: 'info', escalated: false });
  assert.deepEqual(order(), []);
});

test('a pager that stumbles opens one incident: every attempt has the same key', async () => {
  harness.outside.on(PAGE, { status: 500 }, { hangUp: true }, { status: 201, body: { id: 'inc-5' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state, 'completed');
  const keys = harness.outside.callsTo(PAGE).map((call) => call.key);
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
});

test('a pager that refuses is made up for by mail, and the run shows as failed', async () => {
  harness.outside.on(PAGE, { status: 403, body: { error: 'token expired' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.step, 'page');
  assert.equal(run.state === 'failed' && run.error.status, 403);
  const [mail] = harness.mailbox.to('on-call@northcoffee.example');
  assert.equal(mail?.subject, 'ALERT checkout-error-rate: paging failed');
});

test('alerts that resolve start nothing', async () => {
  const resolved = await harness.send(FLOW, (body) => (body.event_type = 'alert.resolved'));
  await harness.run(FLOW, (body) => (body.payload.severity = 'info'));

  assert.equal(resolved.status, 202);
  assert.equal(await harness.hasRun(FLOW, resolved.body.id), false);
});

test('an envelope that was changed after it was signed is refused', async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const answer = await harness.post(source, body.replace('"critical"', '"info"'), headers);

  assert.equal(answer.status, 401);
});
