// Secrets reach the service and nothing else: no output, no failure, no log, no place that was not reserved for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorCall, JsonObject, SecretSlot } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, rememberingLogger, runAttempt } from './attempt.ts';
import { serve, textOf } from './web-server.ts';

const SECRET = 'pa55/w+rd "ü" & more=secret?';
const NUMERIC = '8675309';
let status = 200;
let received = { url: '', headers: {} as Record<string, unknown>, body: '' };
/** Answers with everything it got, in every form that services use. */
const echo = await serve(async (request, response) => {
  const body = await textOf(request);
  received = { url: request.url ?? '', headers: request.headers, body };
  response.writeHead(status, { 'content-type': 'application/json', 'x-echo': encodeURIComponent(body) });
  const bytes = Buffer.from(body);
  response.end(
    JSON.stringify({
      [`key ${body}`]: 1,
      body,
      base64: bytes.toString('base64'),
      base64url: bytes.toString('base64url'),
      escaped: JSON.stringify(JSON.stringify(body)),
      url: encodeURIComponent(body),
      form: new URLSearchParams({ body }).toString(),
      headers: request.headers,
      url_of_request: request.url,
      number: Number(NUMERIC),
    }),
  );
});
const activities = activitiesOf({ secrets: { KEY: SECRET, PIN: NUMERIC, SHORT: 'ab1', ESCAPE: 'a~b' } });

/** Every form of the secret that could be turned back into it. */
const forms = [
  SECRET,
  encodeURIComponent(SECRET),
  encodeURIComponent(SECRET).replaceAll('%20', '+'),
  JSON.stringify(SECRET).slice(1, -1),
  Buffer.from(SECRET).toString('base64'),
  Buffer.from(SECRET).toString('base64url'),
  // The middle of base64 of a longer text that holds the secret, at each of the three places it can start.
  ...[0, 1, 2].map((offset) =>
    Buffer.from('x'.repeat(offset) + SECRET)
      .toString('base64')
      .slice(4, -4),
  ),
];

function assertClean(value: unknown): void {
  const text = JSON.stringify(value);
  for (const form of forms)
    assert.ok(!text.includes(form) && !text.includes(JSON.stringify(form).slice(1, -1)), `${form} is in ${text}`);
}

const slot = (pointer: string, ...parts: SecretSlot['parts']): SecretSlot => ({ pointer, parts });

test('a slot is filled, whole or inside text, and the service gets the value', async () => {
  await runAttempt(
    activities,
    'http.request',
    { method: 'POST', url: echo, headers: { 'x-pin': null }, body: { a: [null, { 'b/c~d': null }] } },
    {
      secrets: [
        slot('/headers/x-pin', 'pin ', { secret: 'PIN' }, '!'),
        slot('/body/a/0', { secret: 'KEY' }),
        slot('/body/a/1/b~1c~0d', { secret: 'ESCAPE' }),
      ],
    },
  );
  assert.equal(received.headers['x-pin'], `pin ${NUMERIC}!`);
  assert.deepEqual(JSON.parse(received.body), { a: [SECRET, { 'b/c~d': 'a~b' }] });
});

for (const prefix of ['', 'u:', 'us:', 'usr:']) {
  test(`an echoed secret is scrubbed from the output in all its forms, after ${prefix.length} other characters too`, async () => {
    status = 200;
    const output = (await runAttempt(
      activities,
      'http.request',
      { method: 'POST', url: echo, text: null },
      { secrets: [slot('/text', prefix, { secret: 'KEY' })] },
    )) as JsonObject;
    assert.equal(received.body, `${prefix}${SECRET}`);
    assert.equal((output.body as JsonObject).body, `${prefix}[secret]`);
    assertClean(output);
  });
}

test('an echoed secret is scrubbed from failures: message, headers and body', async () => {
  status = 500;
  const failed = await failAttempt(
    activities,
    'http.request',
    { method: 'POST', url: null, text: null },
    { secrets: [slot('/url', `${echo}/bot`, { secret: 'PIN' }, '/send'), slot('/text', { secret: 'KEY' })] },
  );
  assert.equal(received.url, `/bot${NUMERIC}/send`);
  assert.match(failed.message, /\/bot\[secret\]\/send answered 500/);
  assertClean(failed);
  assert.doesNotMatch(JSON.stringify(failed), new RegExp(NUMERIC));
});

test('a secret that is a whole URL is scrubbed where only its path or host and path are told', async () => {
  const url = `${echo}/services/T000/B000/XXXX?sig=topsecretvalue`;
  const own = activitiesOf({ secrets: { HOOK: url } });
  status = 404;
  const failed = await failAttempt(own, 'http.request', { url: null }, { secrets: [slot('/url', { secret: 'HOOK' })] });
  assert.equal(received.url, '/services/T000/B000/XXXX?sig=topsecretvalue');
  assert.doesNotMatch(JSON.stringify(failed), /XXXX|topsecretvalue/);
});

test('basic credentials of a connection are scrubbed as they are sent', async () => {
  status = 200;
  const own = activitiesOf({
    secrets: { KEY: SECRET },
    connections: {
      c: {
        connector: 'http',
        with: { base_url: echo, auth: { basic: { username: 'ada', password: '${{ secrets.KEY }}' } } },
      },
    },
  });
  const output = await runAttempt(own, 'http.request', { url: '/' }, { connection: 'c' });
  assert.equal(received.headers.authorization, `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`);
  assertClean(output);
});

test('a secret echoed as a number is scrubbed', async () => {
  status = 200;
  const output = (await runAttempt(
    activities,
    'http.request',
    { url: echo, headers: { 'x-pin': null } },
    { secrets: [slot('/headers/x-pin', { secret: 'PIN' })] },
  )) as JsonObject;
  assert.equal((output.body as JsonObject).number, '[secret]');
});

test('a value of three characters is not scrubbed: it would tear holes into ordinary text', async () => {
  status = 200;
  const output = (await runAttempt(
    activities,
    'http.request',
    { method: 'POST', url: echo, text: null },
    { secrets: [slot('/text', 'tab1e ', { secret: 'SHORT' })] },
  )) as JsonObject;
  assert.equal((output.body as JsonObject).body, 'tab1e ab1');
});

test('what looks like a marker in the input resolves nothing', async () => {
  status = 200;
  const body = {
    a: '${{ secrets.KEY }}',
    secret: 'KEY',
    parts: [{ secret: 'KEY' }],
    pointer: '/body/a',
    $secret: 'KEY',
  };
  await runAttempt(activities, 'http.request', { method: 'POST', url: echo, body });
  assert.deepEqual(JSON.parse(received.body), body);
});

test('what looks like a marker in a secret or a setting resolves nothing', async () => {
  status = 200;
  const own = activitiesOf({
    secrets: { KEY: SECRET, TRICK: '${{ secrets.KEY }}' },
    config: { TRICK: '${{ secrets.KEY }}' },
    connections: {
      c: {
        connector: 'http',
        with: {
          base_url: echo,
          headers: { 'x-a': '${{ secrets.TRICK }}', 'x-b': '${{ config.TRICK }}', 'x-c': '$${{ secrets.KEY }}' },
        },
      },
    },
  });
  await runAttempt(own, 'http.request', { url: '/' }, { connection: 'c' });
  assert.equal(received.headers['x-a'], '${{ secrets.KEY }}');
  assert.equal(received.headers['x-b'], '${{ secrets.KEY }}');
  assert.equal(received.headers['x-c'], '${{ secrets.KEY }}');
});

test('a slot fills only the null that was kept for it', async () => {
  const inputs: { input: JsonObject; pointer: string }[] = [
    { input: { url: echo }, pointer: '/text' },
    { input: { url: echo, text: 'taken' }, pointer: '/text' },
    { input: { url: echo, body: {} }, pointer: '/body/__proto__/x' },
    { input: { url: echo }, pointer: '' },
    { input: { url: echo, body: [null] }, pointer: '/body/length' },
  ];
  for (const { input, pointer } of inputs) {
    const failed = await failAttempt(activities, 'http.request', input, {
      secrets: [slot(pointer, { secret: 'KEY' })],
    });
    assert.equal(failed.code, 'invalid_input', pointer);
  }
});

test('the call that Temporal holds is not changed', async () => {
  status = 200;
  const input = { method: 'POST', url: echo, body: { a: null } };
  const call: Partial<ConnectorCall> = { secrets: [slot('/body/a', { secret: 'KEY' })] };
  await runAttempt(activities, 'http.request', input, call);
  assert.equal(input.body.a, null);
});

test('a secret that is not set fails the attempt and is named', async () => {
  const failed = await failAttempt(
    activities,
    'http.request',
    { url: echo, text: null },
    { secrets: [slot('/text', { secret: 'NONE' })] },
  );
  assert.equal(failed.code, 'secret_missing');
  assert.match(failed.message, /NONE/);
});

test('log.write takes no secrets', async () => {
  const { logger, lines } = rememberingLogger();
  const own = activitiesOf({ secrets: { KEY: SECRET }, logger });
  const failed = await failAttempt(
    own,
    'log.write',
    { message: null },
    { secrets: [slot('/message', { secret: 'KEY' })] },
  );
  assert.equal(failed.code, 'invalid_input');
  assert.deepEqual(lines, []);
});
