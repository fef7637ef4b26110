// What a sender gets: the table of answers, one by one, over real HTTP.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { StoreUnavailableError } from '../../src/inbox/store.ts';
import { signGithub } from '../support/sign.ts';
import { flow, GITHUB_SECRET, githubSource, LAB_NOW_MS, source, startLab, type Lab } from './lab.ts';

const sign = (body: string, delivery = 'd-1', event = 'issues'): Record<string, string> =>
  signGithub(body, GITHUB_SECRET, event, delivery);

const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
function signSlack(body: string): Record<string, string> {
  const timestamp = String(LAB_NOW_MS / 1000);
  const signature = createHmac('sha256', SLACK_SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    'content-type': 'application/json',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  };
}

async function error(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { error: { code: string; message: string } };
  assert.equal(typeof body.error.message, 'string');
  return [response.status, body.error.code];
}

describe('a sender', () => {
  let lab: Lab;
  before(async () => {
    const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    lab = await startLab({
      sources: [
        githubSource,
        source('open', 'none'),
        source('strict', 'none', { schema }),
        source('parking', 'none', { schema, onInvalid: 'park' }),
        source('slack', 'slack'),
        source('basic', 'basic'),
        source('unset', 'github', { auth: { provider: 'github', secrets: ['NOT_SET'], settings: {} } }),
        source('small', 'none', { bodyBytesMax: 10 }),
      ],
      flows: [flow('on-issues', [{ source: 'github', events: ['issues.opened'] }])],
      brokenSources: ['broken'],
      secrets: { SLACK_SECRET },
    });
  });
  after(() => lab.close());

  it('gets 202 and the id when the delivery is stored, and its flow is to start', async () => {
    const body = '{"action":"opened","issue":{"number":1}}';
    const response = await lab.post('/hooks/github', body, sign(body));
    assert.equal(response.status, 202);
    assert.deepEqual(await response.json(), { id: 'github~d-1' });
    const [start] = await lab.starts();
    assert.equal(start?.flow, 'on-issues');
    assert.equal(start.eventType, 'issues.opened');
    assert.deepEqual(start.body, JSON.parse(body));
    assert.equal(
      await lab.store.getDefinition('hash-of-on-issues'),
      JSON.stringify(lab.catalog.flows.get('on-issues')!.definition),
    );
  });

  it('gets the same 202 for a repeat, which stores and starts nothing', async () => {
    const body = '{"action":"opened","issue":{"number":2}}';
    const first = await lab.post('/hooks/github', body, sign(body, 'd-repeat'));
    const count = await lab.deliveries();
    const again = await lab.post('/hooks/github', body, sign(body, 'd-repeat'));
    assert.deepEqual([again.status, await again.json()], [first.status, await first.json()]);
    assert.equal(await lab.deliveries(), count);
    assert.equal((await lab.starts()).filter((start) => start.eventId === 'github~d-repeat').length, 1);
  });

  it('gets 202 and another id for each request without a delivery id', async () => {
    const ids = [await lab.post('/hooks/open', '{}'), await lab.post('/hooks/open', '{}')].map(async (response) => {
      assert.equal(response.status, 202);
      return ((await response.json()) as { id: string }).id;
    });
    const [first, second] = await Promise.all(ids);
    assert.match(first!, /^open~[0-9a-f-]{36}$/);
    assert.notEqual(first, second);
  });

  it('gets the status its provider wants: 200 and nothing else for Slack', async () => {
    const body = '{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}';
    const response = await lab.post('/hooks/slack', body, signSlack(body));
    assert.deepEqual([response.status, await response.text()], [200, '']);
    assert.equal(await lab.store.hasEvent('slack~Ev1'), true);
  });

  it('gets the answer to a handshake, which is no delivery, and only when it is signed', async () => {
    const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd","token":"x"}';
    const count = await lab.deliveries();
    const headers = signSlack(body);
    const response = await lab.post('/hooks/slack', body, headers);
    assert.deepEqual([response.status, await response.text()], [200, '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd']);
    assert.match(response.headers.get('content-type')!, /^text\/plain/);
    assert.equal((await lab.post('/hooks/slack', body)).status, 401);
    assert.equal(await lab.deliveries(), count);
  });

  it('gets 400 for what is malformed: signature, JSON, UTF-8, depth', async () => {
    assert.deepEqual(
      await error(await lab.post('/hooks/github', '{}', { ...sign('{}'), 'x-hub-signature-256': 'foo' })),
      [400, 'malformed_signature'],
    );
    assert.deepEqual(await error(await lab.post('/hooks/open', '{"a":')), [400, 'invalid_json']);
    assert.deepEqual(await error(await lab.post('/hooks/open', '')), [400, 'invalid_json']);
    assert.deepEqual(await error(await lab.post('/hooks/open', Buffer.from([0x22, 0xff, 0x22]))), [
      400,
      'invalid_utf8',
    ]);
    const deep = `${'['.repeat(129)}${']'.repeat(129)}`;
    const response = await lab.post('/hooks/open', deep);
    const { error: refused } = (await response.json()) as { error: { message: string } };
    assert.equal(response.status, 400);
    assert.match(refused.message, /128 levels/);
  });

  it('gets one generic 401 whether a signature is missing or wrong; the reason is in the log', async () => {
    const wrong = await lab.post('/hooks/github', '{}', {
      ...sign('{}'),
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    });
    const missing = await lab.post('/hooks/github', '{}');
    assert.deepEqual([wrong.status, missing.status], [401, 401]);
    assert.equal(await wrong.text(), await missing.text());
    assert.match(lab.log(), /signature_mismatch/);
    assert.match(lab.log(), /signature_missing/);
  });

  it('gets 401 from a source whose secret is not set, whatever it signs with', async () => {
    for (const secret of ['', 'undefined', 'NOT_SET']) {
      const response = await lab.post('/hooks/unset', '{}', signGithub('{}', secret, 'ping', 'x'));
      assert.equal(response.status, 401);
    }
    assert.match(lab.log(), /secret_not_set/);
  });

  it('gets a challenge with the 401 where its scheme has one', async () => {
    const response = await lab.post('/hooks/basic', '{}');
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate')!, /^Basic realm=/);
  });

  it('gets 404 for a source that is not there, without an echo of the path', async () => {
    for (const path of [
      '/hooks/nobody-here',
      '/hooks/github/x',
      '/hooks/',
      '/hooks/..%2fgithub',
      '/nobody-here',
      '/hooks/__proto__',
    ]) {
      const response = await lab.post(path, '{}');
      assert.equal(response.status, 404, path);
      assert.doesNotMatch(await response.text(), /nobody|github|proto/);
    }
  });

  it('gets 405 and what is allowed for other methods, and 200 for HEAD', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await fetch(`${lab.url}/hooks/github`, { method });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST, HEAD'], method);
    }
    assert.equal((await fetch(`${lab.url}/hooks/github`, { method: 'HEAD' })).status, 200);
  });

  it('gets 413 for a body over the limit, of the process or of the source', async () => {
    assert.deepEqual(await error(await lab.post('/hooks/open', Buffer.alloc(1024 * 1024 + 1, 0x20))), [
      413,
      'too_large',
    ]);
    assert.deepEqual(await error(await lab.post('/hooks/small', '"12345678901"')), [413, 'too_large']);
    const exact = Buffer.alloc(1024 * 1024, 0x20);
    exact.write('{}');
    assert.equal((await lab.post('/hooks/open', exact)).status, 202);
  });

  it('gets 415 for a content type or an encoding that the source does not take', async () => {
    const taken: [string, string, string][] = [
      ['github', 'text/plain', '{}'],
      ['open', 'multipart/form-data; boundary=x', '--x--'],
      ['open', 'nonsense', '{}'],
      ['open', 'application/json; charset=iso-8859-1', '{}'],
      ['open', 'text/plain; charset=klingon', 'x'],
    ];
    for (const [name, type, body] of taken) {
      assert.equal((await lab.post(`/hooks/${name}`, body, { 'content-type': type })).status, 415, type);
    }
    const packed = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    assert.deepEqual(await error(await lab.post('/hooks/open', '{}', packed)), [415, 'unsupported_encoding']);
  });

  it('gets 422 with the path for what the schema rejects', async () => {
    const response = await lab.post('/hooks/strict', '{"n":"one"}');
    assert.equal(response.status, 422);
    const body = (await response.json()) as { error: { details: unknown } };
    assert.deepEqual(body.error.details, [{ path: '/n', message: 'must be integer' }]);
    assert.equal((await lab.post('/hooks/strict', '{"n":1}')).status, 202);
  });

  it('gets 202 where the source parks what the schema rejects', async () => {
    const count = await lab.deliveries();
    assert.equal((await lab.post('/hooks/parking', '{"n":"one"}')).status, 202);
    assert.equal(await lab.deliveries(), count + 1);
  });

  it('gets 503 and when to try again from a source whose flow is broken', async () => {
    const response = await lab.post('/hooks/broken', '{}');
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '5');
  });
});

describe('a sender, when the inbox cannot commit,', () => {
  it('gets 503 and when to try again', async () => {
    const accept = (): Promise<never> => Promise.reject(new StoreUnavailableError('disk full'));
    const lab = await startLab({ storeInstead: { accept } });
    try {
      const response = await lab.post('/hooks/github', '{}', sign('{}'));
      assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
    } finally {
      await lab.close();
    }
  });

  it('gets 500 without a word about why when it was our mistake', async () => {
    const accept = (): Promise<never> => Promise.reject(new TypeError('secret detail'));
    const lab = await startLab({ storeInstead: { accept } });
    try {
      const response = await lab.post('/hooks/github', '{}', sign('{}'));
      assert.equal(response.status, 500);
      assert.doesNotMatch(await response.text(), /detail|TypeError|at /);
      const metrics = await (await fetch(`${lab.url}/metrics`)).text();
      assert.match(metrics, /hookline_receiver_errors_total 1/);
    } finally {
      await lab.close();
    }
  });
});
