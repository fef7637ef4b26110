// slack.post_message, against a server that answers the way Slack does.
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, runAttempt } from './attempt.ts';
import { serve, textOf } from './web-server.ts';

let received: { path: string; headers: IncomingHttpHeaders; body: JsonObject } = { path: '', headers: {}, body: {} };
let answer: { status?: number; headers?: Record<string, string>; body: string } = { body: '' };
const server = await serve(async (request, response) => {
  received = {
    path: request.url ?? '',
    headers: request.headers,
    body: JSON.parse(await textOf(request)) as JsonObject,
  };
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  response.end(answer.body);
});

const activities = activitiesOf({
  secrets: { TOKEN: 'xoxb-1234567890', HOOK: `${server}/services/T0/B0/abcdefgh` },
  connections: {
    bot: {
      connector: 'slack',
      with: { token: '${{ secrets.TOKEN }}', base_url: `${server}/api`, channel: '#general' },
    },
    hook: { connector: 'slack', with: { webhook_url: '${{ secrets.HOOK }}' } },
  },
});

test('with a token the message goes to chat.postMessage, to the channel of the step or the connection', async () => {
  answer = { body: JSON.stringify({ ok: true, ts: '1503435956.000247', channel: 'C1' }) };
  const output = await runAttempt(
    activities,
    'slack.post_message',
    { channel: '#orders', text: 'hi', thread_ts: '1.2' },
    { connection: 'bot' },
  );
  assert.deepEqual(output, { ok: true, ts: '1503435956.000247', channel: 'C1' });
  assert.equal(received.path, '/api/chat.postMessage');
  assert.equal(received.headers.authorization, 'Bearer xoxb-1234567890');
  assert.deepEqual(received.body, { channel: '#orders', text: 'hi', thread_ts: '1.2' });
  await runAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' });
  assert.equal(received.body.channel, '#general');
});

test('with a webhook URL the message goes there', async () => {
  answer = { headers: { 'content-type': 'text/html' }, body: 'ok' };
  const output = await runAttempt(
    activities,
    'slack.post_message',
    { blocks: [{ type: 'divider' }] },
    { connection: 'hook' },
  );
  assert.deepEqual(output, { ok: true, ts: null, channel: null });
  assert.equal(received.path, '/services/T0/B0/abcdefgh');
  assert.equal(received.headers.authorization, undefined);
});

test("ok: false fails for good, with Slack's own word for it", async () => {
  for (const error of ['channel_not_found', 'not_in_channel', 'invalid_auth', 'msg_too_long']) {
    answer = { body: JSON.stringify({ ok: false, error }) };
    const failed = await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' });
    assert.equal(failed.code, 'service_rejected');
    assert.equal(failed.retryable, false);
    assert.match(failed.message, new RegExp(error));
    assert.deepEqual(failed.details.body, { ok: false, error });
  }
});

test('a rate limit is waited for, whether it is said by status or in the body', async () => {
  answer = { status: 429, headers: { 'retry-after': '30' }, body: JSON.stringify({ ok: false, error: 'ratelimited' }) };
  const byStatus = await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' });
  answer = { headers: { 'retry-after': '30' }, body: JSON.stringify({ ok: false, error: 'ratelimited' }) };
  const byBody = await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' });
  for (const { retryable, delayMs = 0 } of [byStatus, byBody]) {
    assert.equal(retryable, true);
    assert.ok(delayMs >= 30_000 && delayMs <= 33_000, String(delayMs));
  }
});

test("Slack's own faults are tried again", async () => {
  answer = { body: JSON.stringify({ ok: false, error: 'internal_error' }) };
  assert.equal(
    (await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' })).retryable,
    true,
  );
  answer = { status: 503, body: '{}' };
  assert.equal(
    (await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' })).retryable,
    true,
  );
});

test('an answer that is not a JSON object is no success', async () => {
  for (const body of ['<html>maintenance</html>', '[]', 'null', '']) {
    answer = { body };
    assert.equal(
      (await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'bot' })).code,
      'invalid_output',
    );
  }
});

test("a webhook's URL is never told, for it is all that one needs to post", async () => {
  for (const [status, retryable] of [
    [404, false],
    [403, false],
    [500, true],
  ] as const) {
    answer = { status, headers: { 'content-type': 'text/plain' }, body: `no_service /services/T0/B0/abcdefgh` };
    const failed = await failAttempt(activities, 'slack.post_message', { text: 'hi' }, { connection: 'hook' });
    assert.equal(failed.retryable, retryable);
    assert.doesNotMatch(JSON.stringify(failed), /abcdefgh/);
  }
});

test('a message without content, channel or connection is refused', async () => {
  assert.equal(
    (await failAttempt(activities, 'slack.post_message', { channel: '#a' }, { connection: 'bot' })).code,
    'invalid_input',
  );
  const noChannel = activitiesOf({
    connections: { bot: { connector: 'slack', with: { token: 'xoxb-1', base_url: server } } },
  });
  assert.match(
    (await failAttempt(noChannel, 'slack.post_message', { text: 'a' }, { connection: 'bot' })).message,
    /needs a channel/,
  );
  assert.match((await failAttempt(activities, 'slack.post_message', { text: 'a' })).message, /needs a connection/);
  const both = activitiesOf({
    connections: { bot: { connector: 'slack', with: { token: 'xoxb-1', webhook_url: server } } },
  });
  assert.equal(
    (await failAttempt(both, 'slack.post_message', { text: 'a' }, { connection: 'bot' })).code,
    'invalid_input',
  );
});
