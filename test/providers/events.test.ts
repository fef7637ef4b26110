// What requests mean: event type and delivery id, by each third party's documented payloads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliveryIdOf, eventTypeOf } from '../../src/providers/event-fields.ts';
import { findProvider } from '../../src/providers/index.ts';
import type { InboundRequest } from '../../src/providers/provider.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

function read(
  name: string,
  request: InboundRequest,
  body: Json,
  settings: JsonObject = {},
): [string, string | undefined] {
  const provider = findProvider(name)!;
  return [eventTypeOf(provider, settings, request, body), deliveryIdOf(provider, settings, request, body)];
}

describe('event type and delivery id', () => {
  it('of GitHub are event and action, and the delivery header', () => {
    const request = inbound({
      'X-GitHub-Event': 'issues',
      'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    });
    assert.deepEqual(read('github', request, { action: 'opened' }), [
      'issues.opened',
      '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    ]);
    assert.deepEqual(read('github', inbound({ 'X-GitHub-Event': 'push' }), { ref: 'x' }), ['push', undefined]);
    assert.deepEqual(read('github', inbound({}), { action: 'opened' }), ['webhook', undefined]);
  });

  it('of Stripe are `type` and `id` of the event', () => {
    const event = { id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy', object: 'event', type: 'checkout.session.completed' };
    assert.deepEqual(read('stripe', inbound({}), event), ['checkout.session.completed', event.id]);
  });

  it('of Shopify are headers', () => {
    const headers = {
      'X-Shopify-Topic': 'orders/create',
      'X-Shopify-Webhook-Id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    };
    assert.deepEqual(read('shopify', inbound(headers), {}), ['orders/create', 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043']);
  });

  it('of Slack are those of the inner event, of a command, of an interaction', () => {
    const event = { type: 'event_callback', event_id: 'Ev08MFMKH6', event: { type: 'app_mention' } };
    assert.deepEqual(read('slack', inbound({}), event), ['app_mention', 'Ev08MFMKH6']);
    const command = { command: '/weather', text: '94070', trigger_id: '13345224609.738474920.8088930838d88f008e0' };
    assert.deepEqual(read('slack', inbound({}), command), ['slash_command', command.trigger_id]);
    const interaction = { type: 'block_actions', trigger_id: '12466734323.1395872398', actions: [] };
    assert.deepEqual(read('slack', inbound({}), interaction), ['block_actions', '12466734323.1395872398']);
  });

  it('of Standard Webhooks are `type` and the id header', () => {
    const request = inbound({ 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek' });
    assert.deepEqual(read('standard-webhooks', request, { type: 'user.created' }), [
      'user.created',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
    ]);
  });

  it('of a Hookline envelope are its fields, and the body is the payload, null too', () => {
    const envelope = { id: 'wh_1', event_type: 'order.created', payload: null, timestamp: 1, signature: '' };
    assert.deepEqual(read('hookline', inbound({}), envelope), ['order.created', 'wh_1']);
    assert.equal(findProvider('hookline')!.eventBody!(envelope), null);
  });

  it('come from where the source says, for every provider', () => {
    const settings = { event_type: 'body:data.kind', delivery_id: 'header:X-Request-Id' };
    const request = inbound({ 'x-request-id': 'r-1' });
    assert.deepEqual(read('none', request, { data: { kind: 'lead' } }, settings), ['lead', 'r-1']);
    assert.deepEqual(read('github', request, { data: { kind: 'lead' } }, settings), ['lead', 'r-1']);
    assert.deepEqual(read('none', inbound({}), { id: 7 }, { delivery_id: 'body:id' }), ['webhook', '7']);
  });

  it('of senders that nobody knows better are `webhook` and the idempotency key, quoted or not', () => {
    for (const name of ['none', 'bearer', 'basic', 'api_key', 'hmac']) {
      assert.deepEqual(read(name, inbound({ 'Idempotency-Key': 'order-7' }), {}), ['webhook', 'order-7']);
      assert.deepEqual(read(name, inbound({ 'Idempotency-Key': '"or\\"der-7"' }), {}), ['webhook', 'or"der-7']);
      assert.deepEqual(read(name, inbound({}), {}), ['webhook', undefined]);
    }
    const both = inbound({ 'idempotency-key': 'a', 'x-id': 'b' });
    assert.deepEqual(read('bearer', both, {}, { delivery_id: 'header:x-id' }), ['webhook', 'b']);
    assert.deepEqual(read('bearer', both, {}, { delivery_id: 'header:x-absent' }), ['webhook', undefined]);
    const conflict = inbound([
      ['idempotency-key', 'a'],
      ['idempotency-key', 'b'],
    ]);
    assert.deepEqual(read('bearer', conflict, {}), ['webhook', undefined]);
    assert.deepEqual(read('github', inbound({ 'idempotency-key': 'a' }), {}), ['webhook', undefined]);
  });

  it('are not read from prototypes, from several values or from what is no text', () => {
    assert.deepEqual(read('none', inbound({}), {}, { event_type: 'body:constructor.name' }), ['webhook', undefined]);
    const twice = inbound([
      ['x-id', 'a'],
      ['x-id', 'b'],
    ]);
    assert.deepEqual(read('none', twice, {}, { delivery_id: 'header:x-id' }), ['webhook', undefined]);
    assert.deepEqual(read('stripe', inbound({}), { type: { a: 1 }, id: [1] }), ['webhook', undefined]);
  });

  it('are bounded: a long id becomes a hash, a type that cannot be one becomes `webhook`', () => {
    const [type, id] = read('stripe', inbound({}), { type: 'x'.repeat(201), id: 'y'.repeat(201) });
    assert.equal(type, 'webhook');
    assert.match(id!, /^sha256:[0-9a-f]{64}$/);
    assert.equal(read('stripe', inbound({}), { type: 'a\nb' })[0], 'webhook');
  });
});

describe("Slack's handshake", () => {
  const context = { settings: {}, secrets: [], secretOf: () => undefined };
  it('is answered with the challenge', () => {
    const body = {
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
      type: 'url_verification',
    };
    const answer = findProvider('slack')!.handshake!(inbound({}), body, context);
    assert.deepEqual(answer, { status: 200, contentType: 'text/plain; charset=utf-8', body: body.challenge });
    assert.equal(findProvider('slack')!.handshake!(inbound({}), { type: 'event_callback' }, context), undefined);
  });
});
