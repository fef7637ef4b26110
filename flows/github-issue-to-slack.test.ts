// github-issue-to-slack on a real Temporal server: what reaches Slack, and what must not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleRequest } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'github-issue-to-slack';
const POST_MESSAGE = 'POST /slack/chat.postMessage';

const harness = sharedHarness(({ outside }) => {
  outside.on(POST_MESSAGE, { body: { ok: true, ts: '1795080600.000100', channel: 'C024BE91L' } });
});

test('a new issue is announced once, with the text of strangers escaped', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { channel: '#triage' });
  const [call, ...more] = harness.outside.callsTo(POST_MESSAGE);
  assert.equal(more.length, 0);
  assert.equal(call?.body.channel, '#triage');
  assert.equal(
    call?.body.text,
    '*north-coffee/roastery* <https://github.com/north-coffee/roastery/issues/412|#412 ' +
      'Checkout &amp; payment page &lt;blank&gt; after 3-D Secure> by ada-l',
  );
  assert.equal(call?.headers['authorization'], 'Bearer xoxb-slack-secret-f3a7');
});

test('a security issue goes to the channel for those', async () => {
  await harness.run(FLOW, (body) => body.issue.labels.push({ id: 3, name: 'security', color: 'b60205' }));

  const channels = harness.outside.callsTo(POST_MESSAGE).map((call) => call.body.channel);
  assert.deepEqual(channels, ['#security']);
});

test('issues of bots and other actions are acknowledged and start nothing', async () => {
  const bot = await harness.send(FLOW, (body) => (body.issue.user.type = 'Bot'));
  const closed = await harness.send(FLOW, (body) => (body.action = 'closed'));
  await harness.run(FLOW); // Sent last: when it is done, the others would have started too.

  assert.deepEqual([bot.status, closed.status], [202, 202]);
  assert.equal(await harness.hasRun(FLOW, bot.body.id), false);
  assert.equal(await harness.hasRun(FLOW, closed.body.id), false);
  assert.equal(harness.outside.callsTo(POST_MESSAGE).length, 1);
});

test("a rate limit of Slack's is waited out, and every attempt carries the same key", async () => {
  harness.outside.on(
    POST_MESSAGE,
    { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } },
    { body: { ok: true, ts: '1795080600.000200', channel: 'C024BE91L' } },
  );
  const run = await harness.run(FLOW);

  assert.equal(run.state, 'completed');
  const calls = harness.outside.callsTo(POST_MESSAGE);
  assert.equal(calls.length, 2);
  assert.deepEqual(calls[0]?.body, calls[1]?.body);
});

test("Slack's refusal inside a 200 fails the run and names the reason", async () => {
  harness.outside.on(POST_MESSAGE, { body: { ok: false, error: 'channel_not_found' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state, 'failed');
  assert.match(run.state === 'failed' ? run.error.message : '', /channel_not_found/);
  assert.equal(run.state === 'failed' && run.error.step, 'announce');
});

test('a forged signature is refused and reaches nobody', async () => {
  const request = exampleRequest(FLOW);
  const forged = await harness.post(request.source, request.body.replace('412', '413'), request.headers);
  await harness.run(FLOW);

  assert.equal(forged.status, 401);
  assert.equal(harness.outside.callsTo(POST_MESSAGE).length, 1);
});

test('the same delivery sent again is acknowledged the same way and runs once', async () => {
  const request = exampleRequest(FLOW);
  const first = await harness.post(request.source, request.body, request.headers);
  const again = await harness.post(request.source, request.body, request.headers);
  await harness.waitForRun(FLOW, first.body.id);
  await harness.run(FLOW);

  assert.deepEqual([first.status, again.status], [202, 202]);
  assert.equal(again.body.id, first.body.id);
  assert.equal(harness.outside.callsTo(POST_MESSAGE).length, 2);
});
