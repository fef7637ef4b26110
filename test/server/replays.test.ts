// Repeats: by the sender's id, and within a window by the bytes themselves. A repeat gets the same answer and starts nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewDelivery } from '../../src/inbox/store.ts';
import { findProvider } from '../../src/providers/index.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { signGithub, signShopify } from '../support/sign.ts';
import { flow, GITHUB_SECRET, source, startLab, type Lab, type LabOptions } from './lab.ts';

const MINUTE_MS = 60_000;
const github = source('github', 'github', { replayWindowMs: 10 * MINUTE_MS });

async function withLab(options: LabOptions, test: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await startLab({ flows: [flow('all', [{ source: 'github' }])], ...options });
  try {
    await test(lab);
  } finally {
    await lab.close();
  }
}

async function send(lab: Lab, body: string, delivery: string): Promise<string> {
  const response = await lab.post('/hooks/github', body, signGithub(body, GITHUB_SECRET, 'push', delivery));
  assert.equal(response.status, 202);
  return ((await response.json()) as { id: string }).id;
}

describe('a captured request', () => {
  it('sent again under another id within the window is a repeat of the first', async () => {
    await withLab({ sources: [github] }, async (lab) => {
      const first = await send(lab, '{"n":1}', 'd-1');
      lab.nowMs += 9 * MINUTE_MS;
      assert.equal(await send(lab, '{"n":1}', 'd-2'), first);
      assert.equal(await send(lab, '{"n":2}', 'd-3'), 'github~d-3');
      assert.equal(await lab.deliveries(), 2);
      assert.deepEqual((await lab.starts()).map((start) => start.eventId).toSorted(), ['github~d-1', 'github~d-3']);
    });
  });

  it('counts as one again after the window', async () => {
    await withLab({ sources: [github] }, async (lab) => {
      await send(lab, '{"n":1}', 'd-1');
      lab.nowMs += 11 * MINUTE_MS;
      assert.equal(await send(lab, '{"n":1}', 'd-2'), 'github~d-2');
      assert.equal(await lab.deliveries(), 2);
    });
  });

  it("has its provider's window unless its source says another, or none", async () => {
    await withLab({ sources: [source('github', 'github')] }, async (lab) => {
      assert.equal(await send(lab, '{"n":1}', 'd-1'), await send(lab, '{"n":1}', 'd-2'));
    });
    await withLab({ sources: [source('github', 'github', { replayWindowMs: 0 })] }, async (lab) => {
      assert.equal(await send(lab, '{"n":1}', 'd-1'), 'github~d-1');
      assert.equal(await send(lab, '{"n":1}', 'd-2'), 'github~d-2');
    });
  });

  it('is not another topic of the same record, which Shopify sends byte for byte the same', async () => {
    const shop = source('shop', 'shopify', {
      auth: { provider: 'shopify', secrets: ['SHOPIFY_SECRET'], settings: {} },
    });
    await withLab({ sources: [shop], secrets: { SHOPIFY_SECRET: 'shop-secret' } }, async (lab) => {
      const post = async (topic: string, delivery: string): Promise<string> => {
        const headers = signShopify('{"id":1}', 'shop-secret', topic, delivery);
        return ((await (await lab.post('/hooks/shop', '{"id":1}', headers)).json()) as { id: string }).id;
      };
      assert.equal(await post('orders/create', 'd-1'), 'shop~d-1');
      assert.equal(await post('orders/paid', 'd-2'), 'shop~d-2');
      assert.equal(await post('orders/paid', 'd-3'), 'shop~d-2');
    });
  });

  it('of a declared scheme has a window where neither an id nor a time is signed', () => {
    const windowOf = (name: string, settings: JsonObject): number => {
      const { replayWindowMs } = findProvider(name)!;
      assert.ok(typeof replayWindowMs === 'function');
      return replayWindowMs(settings);
    };
    const timed = { content: '{timestamp}.{body}', timestamp_header: 'x-time' };
    for (const name of ['hmac', 'ed25519']) {
      assert.equal(windowOf(name, {}), 60 * MINUTE_MS);
      assert.equal(windowOf(name, { delivery_id: 'header:x-id' }), 60 * MINUTE_MS);
      assert.equal(windowOf(name, { delivery_id: 'body:id' }), 0);
      assert.equal(windowOf(name, timed), 0);
      assert.equal(windowOf(name, { content: '{id}.{body}', id_header: 'x-id' }), 0);
    }
    assert.deepEqual([windowOf('hubspot', {}), windowOf('hubspot', { version: 'v3' })], [60 * MINUTE_MS, 0]);
  });

  it('is known to the store by the SHA-256 of its body, and by its query when it has none', async () => {
    const handed: NewDelivery[] = [];
    const options = {
      sources: [source('open', 'none', { replayWindowMs: MINUTE_MS, methods: ['POST', 'GET'] })],
      storeInstead: {
        accept: async (delivery: NewDelivery) => {
          handed.push(delivery);
          return { duplicate: false, eventIds: [], startIds: [] };
        },
      },
    };
    await withLab(options, async (lab) => {
      await lab.post('/hooks/open', 'abc', { 'content-type': 'text/plain' });
      for (const query of ['?n=1', '?n=2', '?n=1']) await fetch(`${lab.url}/hooks/open${query}`);
      // FIPS 180-2, appendix B.1.
      const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
      assert.deepEqual(handed[0]?.replay, { hash: abc, windowMs: MINUTE_MS });
      const [, one, two, again] = handed.map((delivery) => delivery.replay?.hash);
      assert.notEqual(one, two);
      assert.equal(one, again);
    });
  });

  it('is kept apart from those of other sources', async () => {
    const other = { ...github, name: 'other' };
    await withLab({ sources: [github, other] }, async (lab) => {
      await send(lab, '{"n":1}', 'd-1');
      const response = await lab.post('/hooks/other', '{"n":1}', signGithub('{"n":1}', GITHUB_SECRET, 'push', 'd-2'));
      assert.deepEqual(await response.json(), { id: 'other~d-2' });
    });
  });
});
