// Discord: both kinds of PING, events and interactions whose type 1 means different things, and 401 for all that is not right.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { deliveryIdOf, eventTypeOf } from '../../src/providers/event-fields.ts';
import { discord } from '../../src/providers/discord.ts';
import { LAB_NOW_MS, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
/** As the Developer Portal shows it: the last 32 bytes of the DER form (RFC 8410), in hex. */
const PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
const NOW = String(LAB_NOW_MS / 1000);

function signed(body: string, timestamp = NOW): Record<string, string> {
  const signature = sign(null, Buffer.from(timestamp + body), privateKey).toString('hex');
  return {
    'content-type': 'application/json',
    'x-signature-ed25519': signature,
    'x-signature-timestamp': timestamp,
  };
}

describe('a Discord request', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({ sources: [source('discord', 'discord')], secrets: { DISCORD_SECRET: PUBLIC_KEY } });
  });
  after(() => lab.close());

  const send = (body: string, headers = signed(body)): Promise<Response> => lab.post('/hooks/discord', body, headers);

  it('that pings the interactions endpoint is answered with a pong', async () => {
    const body = '{"id":"1","application_id":"2","type":1,"token":"t","version":1}';
    const response = await send(body);
    assert.deepEqual([response.status, await response.text()], [200, '{"type":1}']);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(await lab.deliveries(), 0);
  });

  it('that pings the webhook events endpoint is answered 204, with a content type and no body', async () => {
    const body = { version: 1, application_id: '1234560123453231555', type: 0 };
    const response = await send(JSON.stringify(body));
    assert.deepEqual([response.status, await response.text()], [204, '']);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(await lab.deliveries(), 0);
    const context = { settings: {}, secrets: [PUBLIC_KEY], secretOf: () => undefined };
    const answer = discord.handshake!(inbound({}), body, context);
    assert.deepEqual(answer, { status: 204, contentType: 'application/json', body: '' });
  });

  it('that is not rightly signed gets 401, however it is wrong, also when it pings', async () => {
    const body = '{"type":1}';
    const right = signed(body);
    const signature = right['x-signature-ed25519']!;
    const without = (name: string) => Object.fromEntries(Object.entries(right).filter(([key]) => key !== name));
    for (const headers of [
      { 'content-type': 'application/json' },
      without('x-signature-ed25519'),
      without('x-signature-timestamp'),
      { ...right, 'x-signature-ed25519': 'not hex' },
      { ...right, 'x-signature-ed25519': signature.slice(2) },
      { ...right, 'x-signature-ed25519': '00'.repeat(64) },
      { ...right, 'x-signature-timestamp': `${NOW}abc` },
      { ...right, 'x-signature-timestamp': String(Number(NOW) + 1) },
      signed(body, `${NOW}abc`),
      signed(body, String(Number(NOW) - 901)),
    ]) {
      const response = await send(body, headers);
      assert.equal(response.status, 401, JSON.stringify(headers));
    }
    assert.equal((await send(`${body} `, right)).status, 401);
    assert.equal((await send(body)).status, 200);
  });

  it('that sends two signatures gets 401 too', () => {
    const headers: [string, string][] = [...Object.entries(signed('{}')), ['X-Signature-Ed25519', '00'.repeat(64)]];
    const verdict = discord.verifier({})(inbound(headers, '{}'), [PUBLIC_KEY], LAB_NOW_MS);
    assert.deepEqual(verdict, { ok: false, status: 401, reason: 'header_conflict' });
  });

  it('that brings an event is stored once, answered 204, although it sends no id', async () => {
    const body =
      '{"version":1,"application_id":"1","type":1,"event":{"type":"ENTITLEMENT_CREATE","timestamp":"2024-10-18T18:41:21.109604"}}';
    for (const timestamp of [NOW, String(Number(NOW) + 60)]) {
      const response = await send(body, signed(body, timestamp));
      assert.deepEqual([response.status, await response.text()], [204, '']);
    }
    assert.equal(await lab.deliveries(), 1);
  });

  it('is of the type of its event, or of its interaction', () => {
    const typeOf = (body: Parameters<typeof eventTypeOf>[3]): string => eventTypeOf(discord, {}, inbound({}), body);
    assert.equal(typeOf({ type: 1, event: { type: 'APPLICATION_DEAUTHORIZED' } }), 'APPLICATION_DEAUTHORIZED');
    assert.equal(typeOf({ type: 4, id: '1' }), 'APPLICATION_COMMAND_AUTOCOMPLETE');
    assert.equal(typeOf({ type: 5, id: '1' }), 'MODAL_SUBMIT');
    assert.equal(typeOf({ type: 99, id: '1' }), 'webhook');
    assert.equal(deliveryIdOf(discord, {}, inbound({}), { type: 2, id: '786008729715212338' }), '786008729715212338');
  });
});
