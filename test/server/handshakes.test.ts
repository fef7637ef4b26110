// Handshakes: the requests by which third parties ask whether we are there, as their documentation writes them. None is a delivery.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { StoreUnavailableError } from '../../src/inbox/store.ts';
import { source, startLab, type Lab } from './lab.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const SECRET = 'secret-of-the-lab';

function hmac(text: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', SECRET).update(text).digest(encoding);
}

describe('a handshake', () => {
  let lab: Lab;
  before(async () => {
    const named = (name: string, settings = {}): ReturnType<typeof source> =>
      source(name, name, { auth: { provider: name, secrets: ['SECRET'], settings } });
    lab = await startLab({
      sources: [
        named('slack'),
        named('zoom'),
        named('x'),
        named('dropbox'),
        named('meta', { verify_token: 'VERIFY_TOKEN' }),
        named('websub', { topic: 'https://example.com/feed.xml' }),
        named('microsoft-graph'),
        named('cloudevents', { allowed_origins: ['eventemitter.example.com'], allowed_rate: 120 }),
        source('guarded', 'dropbox', { ipAllow: ['203.0.113.1'] }),
        source('gone', 'dropbox', { retired: true }),
      ],
      secrets: { SECRET, VERIFY_TOKEN: 'meatyhamhock' },
    });
  });
  beforeEach(() => void lab.rejections.splice(0));
  after(async () => {
    try {
      assert.equal(await lab.deliveries(), 0);
    } finally {
      await lab.close();
    }
  });

  async function assertAnswer(response: Response, status: number, type: string, body: string): Promise<void> {
    assert.deepEqual([response.status, await response.text()], [status, body]);
    assert.equal(response.headers.get('content-type')?.split(';')[0], type);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  }

  it('of Slack is signed and echoed', async () => {
    // https://docs.slack.dev/reference/events/url_verification
    const body =
      '{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}';
    const timestamp = String(lab.nowMs / 1000);
    const headers = {
      ...JSON_TYPE,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${hmac(`v0:${timestamp}:${body}`, 'hex')}`,
    };
    const echoed = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';
    await assertAnswer(await lab.post('/hooks/slack', body, headers), 200, 'text/plain', echoed);
    assert.equal((await lab.post('/hooks/slack', body)).status, 401);
  });

  it('of Zoom is signed and answered with the token, plain and encrypted', async () => {
    // https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint
    const body =
      '{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}';
    const timestamp = String(lab.nowMs / 1000);
    const headers = {
      ...JSON_TYPE,
      'x-zm-request-timestamp': timestamp,
      'x-zm-signature': `v0=${hmac(`v0:${timestamp}:${body}`, 'hex')}`,
    };
    const plainToken = 'qgg8vlvZRS6UYooatFL8Aw';
    const answered = JSON.stringify({ plainToken, encryptedToken: hmac(plainToken, 'hex') });
    await assertAnswer(await lab.post('/hooks/zoom', body, headers), 200, 'application/json', answered);
    assert.equal((await lab.post('/hooks/zoom', body)).status, 401);
  });

  it('of X proves that we know the secret', async () => {
    // https://docs.x.com/x-api/webhooks/quickstart: GET with crc_token and nonce
    const response = await fetch(`${lab.url}/hooks/x?crc_token=challenge_string&nonce=random_string`);
    const answered = JSON.stringify({ response_token: `sha256=${hmac('challenge_string', 'base64')}` });
    await assertAnswer(response, 200, 'application/json', answered);
  });

  it('of Meta is echoed to who knows the verify token', async () => {
    // https://developers.facebook.com/docs/graph-api/webhooks/getting-started
    const ask = (token: string): Promise<Response> =>
      fetch(`${lab.url}/hooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`);
    await assertAnswer(await ask('meatyhamhock'), 200, 'text/plain', '1158201444');
    const refused = await ask('guess');
    assert.deepEqual([refused.status, await refused.text()], [403, '']);
    assert.deepEqual(
      lab.rejections.map(({ status, reason }) => [status, reason]),
      [[403, 'handshake_refused']],
    );
  });

  it('of a WebSub hub is echoed for our topic only', async () => {
    // https://www.w3.org/TR/websub/#hub-verifies-intent
    const ask = (topic: string): Promise<Response> => {
      const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.topic': topic, 'hub.challenge': 'c-1' });
      return fetch(`${lab.url}/hooks/websub?${query.toString()}&hub.lease_seconds=864000`);
    };
    await assertAnswer(await ask('https://example.com/feed.xml'), 200, 'text/plain', 'c-1');
    const foreign = await ask('https://example.com/other.xml');
    assert.equal(foreign.status, 404);
    assert.doesNotMatch(await foreign.text(), /c-1/);
  });

  it('of Microsoft Graph is a POST whose token is echoed, decoded', async () => {
    // https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation
    const path = '/hooks/microsoft-graph?validationToken=Validation%3A%20Testing%20client%20application';
    const response = await lab.post(path, '', { 'content-type': 'text/plain; charset=utf-8' });
    await assertAnswer(response, 200, 'text/plain', 'Validation: Testing client application');
  });

  it('of Dropbox is echoed as plain text', async () => {
    // https://www.dropbox.com/developers/reference/webhooks#documentation
    const response = await fetch(`${lab.url}/hooks/dropbox?challenge=abc123<script>`);
    await assertAnswer(response, 200, 'text/plain', 'abc123<script>');
  });

  it('of CloudEvents tells an allowed origin how much it may send', async () => {
    // https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection
    const ask = (origin: string): Promise<Response> =>
      fetch(`${lab.url}/hooks/cloudevents`, {
        method: 'OPTIONS',
        headers: { 'webhook-request-origin': origin, 'webhook-request-rate': '120' },
      });
    const { status, headers } = await ask('eventemitter.example.com');
    assert.equal(status, 200);
    const told = ['webhook-allowed-origin', 'webhook-allowed-rate', 'allow'].map((name) => headers.get(name));
    assert.deepEqual(told, ['eventemitter.example.com', '120', 'POST']);
    assert.equal((await ask('evil.example.com')).headers.get('webhook-allowed-origin'), null);
  });

  it('has a method of its own, which takes nothing else', async () => {
    const response = await fetch(`${lab.url}/hooks/dropbox`);
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST, GET, HEAD']);
    assert.equal((await fetch(`${lab.url}/hooks/dropbox`, { method: 'OPTIONS' })).status, 405);
    const options = await fetch(`${lab.url}/hooks/cloudevents`, { method: 'OPTIONS' });
    assert.deepEqual([options.status, options.headers.get('allow')], [405, 'POST, OPTIONS, HEAD']);
  });

  it('is not answered to addresses that may not send, nor for a retired source', async () => {
    assert.equal((await fetch(`${lab.url}/hooks/guarded?challenge=x`)).status, 403);
    assert.equal((await fetch(`${lab.url}/hooks/gone?challenge=x`)).status, 410);
  });
});

// https://developers.notion.com/reference/webhooks#step-2-verifying-the-subscription
const TOKEN = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
const INTRODUCTION = JSON.stringify({ verification_token: TOKEN });
const NAME = 'introduction:notion';

describe('an introduction', () => {
  const notion = source('notion', 'notion');

  it('is kept for the author while no secret is set, trusted for nothing, and never logged', async () => {
    const lab = await startLab({ sources: [notion] });
    try {
      const response = await lab.post('/hooks/notion', INTRODUCTION);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(await lab.store.get(NAME), TOKEN);
      const body = '{"id":"e-1","type":"page.created"}';
      const signature = `sha256=${createHmac('sha256', TOKEN).update(body).digest('hex')}`;
      const signed = await lab.post('/hooks/notion', body, { ...JSON_TYPE, 'x-notion-signature': signature });
      assert.equal(signed.status, 401);
      assert.equal(lab.rejections.at(-1)?.reason, 'secret_not_set');
      assert.equal(await lab.deliveries(), 0);
      assert.doesNotMatch(lab.log(), /tMrlL1qK5/);
    } finally {
      await lab.close();
    }
  });

  it('is not taken once a secret is set', async () => {
    const lab = await startLab({ sources: [notion], secrets: { NOTION_SECRET: 'secret_ofTheFirstSubscription' } });
    try {
      assert.equal((await lab.post('/hooks/notion', INTRODUCTION)).status, 401);
      assert.equal(await lab.store.get(NAME), null);
    } finally {
      await lab.close();
    }
  });

  it('can be sent by anybody, so only so often', async () => {
    const lab = await startLab({ sources: [notion] });
    try {
      const statuses: number[] = [];
      for (let n = 0; n < 7; n += 1) statuses.push((await lab.post('/hooks/notion', INTRODUCTION)).status);
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429]);
      lab.nowMs += 1_000;
      assert.equal((await lab.post('/hooks/notion', INTRODUCTION)).status, 200);
    } finally {
      await lab.close();
    }
  });

  it('is answered 503 when it cannot be kept', async () => {
    const set = (): Promise<never> => Promise.reject(new StoreUnavailableError('disk full'));
    const lab = await startLab({ sources: [notion], storeInstead: { set } });
    try {
      assert.equal((await lab.post('/hooks/notion', INTRODUCTION)).status, 503);
    } finally {
      await lab.close();
    }
  });
});
