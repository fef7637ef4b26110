// email.send, to a real SMTP server.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import type { MockActivityEnvironment } from '@temporalio/testing';
import type { ConnectorCall, JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, environmentWith, failAttempt, runAttempt } from './attempt.ts';
import { reply, serveMail, type ReceivedMail } from './mail-server.ts';

const { port, mails } = await serveMail();
const activities = activitiesOf({
  connections: {
    mail: { connector: 'email', with: { url: `smtp://127.0.0.1:${port}`, from: 'Shop <hello@shop.example>' } },
  },
});
const mail = { to: 'ada@example.com', subject: 'Welcome', text: 'Hello' };
beforeEach(() => void (mails.length = 0));

async function send(
  input: JsonObject,
  call: Partial<ConnectorCall> & { environment?: MockActivityEnvironment } = {},
): Promise<{ output: JsonObject; received: ReceivedMail }> {
  const output = (await runAttempt(activities, 'email.send', input, { connection: 'mail', ...call })) as JsonObject;
  const received = mails.at(-1);
  assert.ok(received);
  return { output, received };
}

function activitiesFor(
  serverPort: number,
  settings: JsonObject = {},
  secrets: Record<string, string> = {},
): ReturnType<typeof activitiesOf> {
  const connection = { host: '127.0.0.1', port: serverPort, from: 'hello@shop.example', ...settings };
  return activitiesOf({ secrets, connections: { mail: { connector: 'email', with: connection } } });
}

test('a message arrives with all its parts', async () => {
  const { output, received } = await send({
    from: 'Ünal <unal@shop.example>',
    to: ['"Lovelace, \\"Ada\\"" <ada@example.com>', 'bob@example.com'],
    cc: 'cc@example.com',
    bcc: ['bcc@example.com'],
    reply_to: 'Support <support@shop.example>',
    subject: 'Grüße ✓',
    text: 'plain',
    html: '<b>rich</b>',
    attachments: [
      { filename: 'a.txt', content: 'text' },
      {
        filename: 'b.bin',
        content_base64: Buffer.from([0, 1, 255]).toString('base64'),
        content_type: 'application/x-thing',
      },
    ],
  });
  const { parsed } = received;
  assert.equal(parsed.subject, 'Grüße ✓');
  assert.equal(parsed.text?.trim(), 'plain');
  assert.equal(parsed.html, '<b>rich</b>');
  assert.deepEqual(parsed.from?.value, [{ name: 'Ünal', address: 'unal@shop.example' }]);
  assert.deepEqual([parsed.to].flat()[0]?.value[0], { name: 'Lovelace, "Ada"', address: 'ada@example.com' });
  assert.deepEqual(received.recipients, ['ada@example.com', 'bob@example.com', 'cc@example.com', 'bcc@example.com']);
  assert.doesNotMatch(received.raw, /bcc@example\.com/);
  assert.equal(parsed.replyTo?.text, '"Support" <support@shop.example>');
  assert.deepEqual(
    parsed.attachments.map(({ filename, contentType, content }) => [filename, contentType, [...content]]),
    [
      ['a.txt', 'text/plain', [...Buffer.from('text')]],
      ['b.bin', 'application/x-thing', [0, 1, 255]],
    ],
  );
  assert.deepEqual(output.accepted, received.recipients);
  assert.deepEqual(output.rejected, []);
  assert.equal(output.message_id, parsed.messageId);
});

test('a retry is the same message: same Message-ID, same date; another call is another one', async () => {
  const scheduledTimestampMs = Date.UTC(2024, 4, 6, 7, 8, 9);
  const attemptOf = (attempt: number) => ({
    environment: environmentWith({ attempt, scheduledTimestampMs }),
    idempotencyKey: 'k1',
  });
  const first = await send(mail, attemptOf(1));
  const second = await send(mail, attemptOf(2));
  assert.equal(second.received.parsed.messageId, first.received.parsed.messageId);
  assert.deepEqual(second.received.parsed.date, new Date(scheduledTimestampMs));
  assert.deepEqual(second.received.parsed.date, first.received.parsed.date);
  const other = await send(mail, { idempotencyKey: 'k2' });
  assert.notEqual(other.received.parsed.messageId, first.received.parsed.messageId);
  assert.match(other.output.message_id as string, /^<[0-9a-f]+@shop\.example>$/);
});

test('content that names a file or a URL is sent as it is and opens nothing', async () => {
  const { received } = await send({
    ...mail,
    text: '/etc/passwd',
    html: '<img src="file:///etc/passwd">',
    attachments: [{ filename: 'x', content: 'file:///etc/passwd' }],
  });
  assert.equal(received.parsed.text?.trim(), '/etc/passwd');
  assert.equal(received.parsed.attachments[0]?.content.toString(), 'file:///etc/passwd');
  const path = await failAttempt(
    activities,
    'email.send',
    { ...mail, attachments: [{ filename: 'x', path: '/etc/passwd' }] },
    { connection: 'mail' },
  );
  assert.equal(path.code, 'invalid_input');
  const object = await failAttempt(
    activities,
    'email.send',
    { ...mail, text: { path: '/etc/passwd' } },
    { connection: 'mail' },
  );
  assert.equal(object.code, 'invalid_input');
});

for (const [code, retryable] of [
  [421, true],
  [450, true],
  [451, true],
  [452, true],
  [550, false],
  [552, false],
  [554, false],
] as const) {
  test(`a recipient refused with ${code} is ${retryable ? '' : 'not '}tried again`, async () => {
    const strict = await serveMail({ onRcptTo: (_address, _session, callback) => callback(reply(code, 'not now')) });
    const failed = await failAttempt(activitiesFor(strict.port), 'email.send', mail, { connection: 'mail' });
    assert.equal(failed.code, 'email_rejected');
    assert.equal(failed.details.status, code);
    assert.equal(failed.retryable, retryable);
    assert.match(failed.message, new RegExp(`^127\\.0\\.0\\.1:${strict.port} answered ${code} `));
  });
}

test('recipients that are refused while others are taken are told', async () => {
  const picky = await serveMail({
    onRcptTo: ({ address }, _session, callback) => callback(address.startsWith('no') ? reply(550, 'unknown') : null),
  });
  const output = (await runAttempt(
    activitiesFor(picky.port),
    'email.send',
    { ...mail, to: ['yes@example.com', 'no@example.com'] },
    { connection: 'mail' },
  )) as JsonObject;
  assert.deepEqual(output.accepted, ['yes@example.com']);
  assert.deepEqual(output.rejected, ['no@example.com']);
});

const login: Parameters<typeof serveMail>[0] = {
  authOptional: false,
  onAuth: ({ username, password }, _session, callback) =>
    username === 'ada' && password === 'p@ss:word/1'
      ? callback(null, { user: 'ada' })
      : callback(reply(535, `no, not ${password}`)),
};

test('user name and password are used, from settings or from a URL', async () => {
  const strict = await serveMail({ ...login, allowInsecureAuth: true });
  const secrets = { PASSWORD: 'p@ss:word/1', URL: `smtp://ada:p%40ss%3Aword%2F1@127.0.0.1:${strict.port}` };
  const single = activitiesFor(
    strict.port,
    { username: 'ada', password: '${{ secrets.PASSWORD }}', require_tls: false },
    secrets,
  );
  await runAttempt(single, 'email.send', mail, { connection: 'mail' });
  const byUrl = activitiesOf({
    secrets,
    connections: {
      mail: { connector: 'email', with: { url: '${{ secrets.URL }}', from: 'a@b.example', require_tls: false } },
    },
  });
  await runAttempt(byUrl, 'email.send', mail, { connection: 'mail' });
  assert.equal(strict.mails.length, 2);
});

test('a wrong password is not tried again, and not told', async () => {
  const strict = await serveMail({ ...login, allowInsecureAuth: true });
  const wrong = activitiesFor(
    strict.port,
    { username: 'ada', password: '${{ secrets.PASSWORD }}', require_tls: false },
    { PASSWORD: 'wr0ng-secret' },
  );
  const failed = await failAttempt(wrong, 'email.send', mail, { connection: 'mail' });
  assert.equal(failed.code, 'email_rejected');
  assert.equal(failed.retryable, false);
  assert.doesNotMatch(JSON.stringify(failed), /wr0ng-secret/);
});

test('a password is never sent in the clear unless the connection says so', async () => {
  let tried = false;
  const plain = await serveMail({
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, callback) => ((tried = true), callback(null, { user: 'x' })),
  });
  const failed = await failAttempt(
    activitiesFor(plain.port, { username: 'ada', password: 'pw-123456' }),
    'email.send',
    mail,
    { connection: 'mail' },
  );
  assert.equal(failed.code, 'email_rejected');
  assert.equal(failed.retryable, false);
  assert.equal(tried, false);
  assert.equal(plain.mails.length, 0);
});

test('a server that is not there is tried again', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const closed = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  const failed = await failAttempt(activitiesFor(closed), 'email.send', mail, { connection: 'mail' });
  assert.equal(failed.code, 'network');
  assert.equal(failed.retryable, true);
});

test('a server that never greets is left when the attempt is over', async () => {
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  after(() => mute.close());
  const failed = await failAttempt(activitiesFor((mute.address() as AddressInfo).port), 'email.send', mail, {
    connection: 'mail',
    attemptTimeoutMs: 150,
  });
  assert.equal(failed.code, 'attempt_timeout');
});

test('many messages at once share a few connections', async () => {
  let connections = 0;
  const counting = await serveMail({ onConnect: (_session, callback) => ((connections += 1), callback()) });
  const own = activitiesFor(counting.port);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      runAttempt(own, 'email.send', mail, { connection: 'mail', idempotencyKey: `k${index}` }),
    ),
  );
  assert.equal(counting.mails.length, 20);
  assert.ok(connections <= 5, `${connections} connections`);
});

test('without a sender or a server there is nothing to send with', async () => {
  const noFrom = activitiesOf({ connections: { mail: { connector: 'email', with: { host: '127.0.0.1', port } } } });
  assert.match((await failAttempt(noFrom, 'email.send', mail, { connection: 'mail' })).message, /needs a from/);
  assert.match(
    (await failAttempt(activities, 'email.send', { ...mail, from: 'a@b.example' })).message,
    /needs a connection/,
  );
  const withQuery = activitiesOf({
    connections: {
      mail: { connector: 'email', with: { url: `smtp://127.0.0.1:${port}?ignoreTLS=true`, from: 'a@b.example' } },
    },
  });
  assert.equal((await failAttempt(withQuery, 'email.send', mail, { connection: 'mail' })).code, 'invalid_input');
});
