// The first request of a third party, over real HTTP: answered as its documentation wants it, and never a delivery.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { flow, LAB_NOW_MS, source, startLab, type Lab } from '../server/lab.ts';

const SECRET = 'a secret of the test';
const NOTION_TOKEN = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
const json = { 'content-type': 'application/json; charset=utf-8' };
const hmac = (text: string, secret = SECRET) => createHmac('sha256', secret).update(text);

describe('the first request', () => {
  let lab: Lab;
  before(async () => {
    const names = ['woocommerce', 'xero', 'zoom', 'notion'];
    const meta = { provider: 'meta', secrets: ['META_SECRET'], settings: { verify_token: 'META_VERIFY_TOKEN' } };
    const secrets = Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_SECRET`, SECRET]));
    const { NOTION_SECRET: _told, ...set } = secrets;
    lab = await startLab({
      sources: [...names.map((name) => source(name, name)), source('meta', 'meta', { auth: meta })],
      secrets: { ...set, META_SECRET: SECRET, META_VERIFY_TOKEN: 'meatyhamhock' },
    });
  });
  after(() => lab.close());

  const empty = async (response: Response, status: number): Promise<void> => {
    assert.equal(response.status, status);
    assert.equal(await response.text(), '');
    assert.equal(response.headers.get('set-cookie'), null);
  };

  it('of Meta, a GET with the verify token, gets its challenge; with another token nothing', async () => {
    const url = (token: string) =>
      `${lab.url}/hooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`;
    const response = await fetch(url('meatyhamhock'));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '1158201444');
    assert.match(response.headers.get('content-type')!, /^text\/plain/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    await empty(await fetch(url('other')), 403);
    assert.equal((await fetch(`${lab.url}/hooks/meta`)).status, 405);
    assert.equal(await lab.deliveries(), 0);
  });

  it('of WooCommerce, an unsigned form over HTTP/1.0, gets 200', async () => {
    const ping =
      'POST /hooks/woocommerce HTTP/1.0\r\nHost: x\r\nConnection: close\r\nContent-Length: 12\r\n' +
      'User-Agent: WooCommerce/8.0.2 Hookshot (WordPress/6.3)\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\n\r\nwebhook_id=2';
    assert.match(await lab.raw(ping), /^HTTP\/1\.1 200 /);
    const unsigned = await lab.post('/hooks/woocommerce', '{"id":1}', json);
    assert.equal(unsigned.status, 401);
    assert.equal(await lab.deliveries(), 0);
  });

  it('of Xero, an intent to receive, gets 200 or 401 by its signature, both without a body', async () => {
    const body = '{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}';
    const send = (signature: string) => lab.post('/hooks/xero', body, { ...json, 'x-xero-signature': signature });
    await empty(await send(hmac(body).digest('base64')), 200);
    await empty(await send(hmac(body, 'another key').digest('base64')), 401);
    await empty(await send('no signature at all'), 401);
    assert.equal(await lab.deliveries(), 0);
    assert.deepEqual(
      lab.rejections.filter((each) => each.source === 'xero').map((each) => each.reason),
      ['signature_mismatch', 'signature_malformed'],
    );
  });

  it('of Zoom, a signed challenge, gets its token and the HMAC of it; unsigned it is refused', async () => {
    const body =
      '{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}';
    const timestamp = String(LAB_NOW_MS / 1000);
    const signature = `v0=${hmac(`v0:${timestamp}:${body}`).digest('hex')}`;
    const signed = { ...json, 'x-zm-request-timestamp': timestamp, 'x-zm-signature': signature };
    const response = await lab.post('/hooks/zoom', body, signed);
    assert.equal(response.status, 200);
    const encryptedToken = hmac('qgg8vlvZRS6UYooatFL8Aw').digest('hex');
    assert.deepEqual(await response.json(), { plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken });
    assert.equal((await lab.post('/hooks/zoom', body, json)).status, 401);
    assert.equal(await lab.deliveries(), 0);
  });

  it('of Notion tells its token, which is in no log and accepts nothing by itself', async () => {
    const body = JSON.stringify({ verification_token: NOTION_TOKEN });
    await empty(await lab.post('/hooks/notion', body, json), 200);
    const event = '{"id":"1","type":"page.created"}';
    const signature = `sha256=${hmac(event, NOTION_TOKEN).digest('hex')}`;
    const early = await lab.post('/hooks/notion', event, { ...json, 'x-notion-signature': signature });
    assert.equal(early.status, 401);
    assert.equal(lab.log().includes(NOTION_TOKEN), false);
    assert.equal(await lab.deliveries(), 0);
  });
});

describe('a batch', () => {
  let lab: Lab;
  before(async () => {
    const flows = [flow('on-invoice', [{ source: 'xero', events: ['INVOICE.*'] }])];
    lab = await startLab({ sources: [source('xero', 'xero')], flows, secrets: { XERO_SECRET: SECRET } });
  });
  after(() => lab.close());

  const event = (eventDateUtc: string) => ({
    resourceId: '717f2bfc-c6d4-41fd-b238-3f2f0c0cf777',
    tenantId: 'c2cc9b6e-9458-4c7d-93cc-f02b81b0594f',
    eventCategory: 'INVOICE',
    eventType: 'UPDATE',
    eventDateUtc,
  });
  const send = (events: object[], entropy: string) => {
    const body = JSON.stringify({ events, entropy });
    return lab.post('/hooks/xero', body, { ...json, 'x-xero-signature': hmac(body).digest('base64') });
  };
  const listed = async () => (await lab.store.listDeliveries({ limit: 10 })).map((each) => each.events);

  it('of Xero is stored once with an event each; an event that comes again in another batch is no new one', async () => {
    const [first, second] = [event('2025-10-21T01:15:39.902'), event('2025-10-21T01:15:39.950')];
    assert.equal((await send([first, second], 'A')).status, 200);
    assert.equal((await send([first, second], 'A')).status, 200);
    assert.deepEqual(
      (await listed()).map((events) => events.map(({ type }) => type)),
      [['INVOICE.UPDATE', 'INVOICE.UPDATE']],
    );
    const ids = (await listed()).flat().map(({ id }) => id);
    assert.equal((await send([second, event('2025-10-21T01:16:00.000')], 'B')).status, 200);
    const all = new Set((await listed()).flat().map(({ id }) => id));
    assert.equal(all.size, 3);
    for (const id of ids) assert.ok(all.has(id));
    assert.equal((await lab.starts()).length, 3);
  });
});
