// Meta: the request by which it checks the URL, and its batches.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { meta } from '../../src/providers/meta.ts';
import type { HandshakeContext, InboundRequest } from '../../src/providers/provider.ts';
import type { Json } from '../../workflows/definition.ts';
import { inbound } from './requests.ts';

const context: HandshakeContext = {
  settings: { verify_token: 'META_VERIFY_TOKEN' },
  secrets: ['app-secret'],
  secretOf: (setting) => (setting === 'verify_token' ? 'meatyhamhock' : undefined),
};

/** The documented verification request: https://developers.facebook.com/docs/graph-api/webhooks/getting-started */
const documented = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'meatyhamhock' };

function check(query: InboundRequest['query'], method = 'GET') {
  return inbound({}, '', { method, query });
}

describe('the request by which Meta checks a URL', () => {
  it('is answered with its challenge as plain text', () => {
    const answer = meta.greeting!(check(documented), context);
    assert.equal(answer?.status, 200);
    assert.equal(answer.body, '1158201444');
    assert.match(answer.contentType, /^text\/plain/);
    assert.deepEqual(meta.handshakeMethods, ['GET']);
  });

  it('with another token is answered 403, without its challenge', () => {
    for (const token of ['', 'meatyhamhoc', 'meatyhamhockk', 'MEATYHAMHOCK']) {
      const answer = meta.greeting!(check({ ...documented, 'hub.verify_token': token }), context);
      assert.equal(answer?.status, 403);
      assert.equal(answer.body, '');
    }
  });

  it('is answered 403 while no verify token is set, even to an empty one', () => {
    for (const token of [undefined, '']) {
      const unset = { ...context, secretOf: () => token };
      assert.equal(meta.greeting!(check(documented), unset)?.status, 403);
      assert.equal(meta.greeting!(check({ ...documented, 'hub.verify_token': '' }), unset)?.status, 403);
    }
  });

  it('is no such request with another mode, a missing or a repeated parameter, or by POST', () => {
    const { 'hub.challenge': _challenge, ...without } = documented;
    assert.equal(meta.greeting!(check({ ...documented, 'hub.mode': 'unsubscribe' }), context), undefined);
    assert.equal(meta.greeting!(check(without), context), undefined);
    const repeated = { ...documented, 'hub.verify_token': ['meatyhamhock', 'other'] };
    assert.equal(meta.greeting!(check(repeated), context), undefined);
    assert.equal(meta.greeting!(check(documented, 'POST'), context), undefined);
  });
});

describe('a batch of Meta', () => {
  const change = (field: string): Json => ({ field, value: { verb: 'add' } });

  it('becomes one event for each update, in the shape of a request that carries one', () => {
    const body: Json = {
      object: 'page',
      entry: [
        { id: '1', time: 10, changes: [change('feed'), change('mention')] },
        { id: '2', time: 11, messaging: [{ message: { mid: 'm', text: 'hi' } }] },
      ],
    };
    assert.deepEqual(meta.items!(body), [
      { object: 'page', entry: [{ id: '1', time: 10, changes: [change('feed')] }] },
      { object: 'page', entry: [{ id: '1', time: 10, changes: [change('mention')] }] },
      { object: 'page', entry: [{ id: '2', time: 11, messaging: [{ message: { mid: 'm', text: 'hi' } }] }] },
    ]);
  });

  it('that is split again is the same', () => {
    const body: Json = { object: 'page', entry: [{ id: '1', changes: [change('feed'), change('mention')] }] };
    for (const item of meta.items!(body)!) assert.deepEqual(meta.items!(item), [item]);
  });

  it('without entries or without updates carries no events', () => {
    assert.deepEqual(meta.items!({ object: 'page', entry: [] }), []);
    assert.deepEqual(meta.items!({ object: 'page', entry: [{ id: '1', changes: [] }] }), []);
  });

  it('with an entry of an unknown shape keeps that entry as one event, of the type of its object', () => {
    const body: Json = { object: 'page', entry: [{ id: '1', news: [1, 2] }, 'text', null] };
    const items = meta.items!(body)!;
    assert.equal(items.length, 3);
    for (const item of items) assert.equal(meta.eventType(inbound({}), item), 'page');
  });

  it('is one plain event when it is not what Meta sends', () => {
    for (const body of [null, 'text', 5, {}, { entry: 'x' }] as Json[]) {
      assert.equal(meta.items!(body), undefined);
      assert.equal(meta.eventType(inbound({}), body), undefined);
    }
  });
});
