// The API that drops starts: who may use it, what it refuses to understand, and that a refusal drops nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { askApi } from '../../src/commands/api.ts';
import { readSettings } from '../../src/config.ts';
import type { Store } from '../../src/inbox/store.ts';
import { delivery } from '../contract/deliveries.ts';
import { LAB_NOW_MS, startLab, type Lab } from './lab.ts';

const TOKEN = 'token-of-the-api';
const admission = { concurrency: { key: '', limit: 1, onLimit: 'queue' as const } };

async function accept(store: Store, source: string, id: string): Promise<void> {
  const starts = [{ flow: 'import', definitionHash: 'hash-1', admission }];
  const event = { id: `${source}~${id}`, type: 'made', outcome: 'matched' as const, starts };
  await store.accept(delivery({ source, deliveryId: id, receivedAt: LAB_NOW_MS, events: [event] }));
}

describe('dropping starts by the API', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({ deps: { apiToken: TOKEN } });
    for (const id of ['first', 'a', 'b']) await accept(lab.store, 'shop', id);
    await accept(lab.store, 'other', 'a');
  });
  after(() => lab.close());

  async function ask(method: string, path: string, authorization = `Bearer ${TOKEN}`): Promise<[number, unknown]> {
    const response = await fetch(`${lab.url}/api${path}`, { method, headers: { authorization } });
    return [response.status, await response.json()];
  }

  async function waiting(): Promise<unknown> {
    return (await ask('GET', '/flows/import/starts?status=waiting'))[1];
  }

  it('is for those only who have the token', async () => {
    for (const path of ['/deliveries/shop~b/starts', '/flows/import/starts?status=waiting']) {
      for (const authorization of ['', 'Bearer another'])
        assert.equal((await ask('DELETE', path, authorization))[0], 401);
    }
    assert.equal((await ask('GET', '/flows/import/starts?status=waiting', ''))[0], 401);
    const command = askApi(readSettings({ HOOKLINE_API_TOKEN: 'another' }), lab.url, '/api/deliveries');
    await assert.rejects(command, /with the API token\. Set HOOKLINE_API_TOKEN as it is set there\.$/);
    assert.deepEqual(await waiting(), { count: 3 });
  });

  it('refuses a question that it does not understand, and drops nothing then', async () => {
    const wrong = [
      '/flows/import/starts',
      '/flows/import/starts?status=started',
      '/flows/import/starts?status=waiting&key=7',
      '/flows/import/starts?status=waiting&status=failed',
      '/deliveries/shop~b/starts?status=waiting',
      '/deliveries/shop~b/starts?flow=',
      `/deliveries/shop~b/starts?reason=${'x'.repeat(501)}`,
    ];
    for (const path of wrong) assert.equal((await ask('DELETE', path))[0], 400, path);
    assert.equal((await ask('DELETE', '/deliveries/nobody/starts'))[0], 404);
    assert.equal((await ask('POST', '/deliveries/shop~b/starts'))[0], 405);
    assert.deepEqual(await waiting(), { count: 3 });
  });

  it('wants the event where the id of a delivery is that of two senders', async () => {
    const [status, body] = await ask('DELETE', '/deliveries/a/starts');
    assert.equal(status, 409);
    assert.match(JSON.stringify(body), /id_ambiguous.*other, shop/);
    assert.deepEqual(await waiting(), { count: 3 });
  });

  it('drops, says what was dropped, and writes what and why into the log', async () => {
    const [status, body] = await ask('DELETE', '/deliveries/shop~a/starts?reason=sent+twice');
    assert.equal(status, 200);
    assert.match(JSON.stringify(body), /"run":"import\/shop~a","status":"skipped","dropped":true/);
    assert.deepEqual(await ask('DELETE', '/flows/import/starts?status=waiting'), [200, { dropped: 2, left: 0 }]);
    assert.deepEqual(await waiting(), { count: 0 });
    assert.match(lab.log(), /"dropped":1,"reason":"sent twice".*starts were dropped/);
    assert.deepEqual(
      (await lab.starts()).map(({ eventId }) => eventId),
      ['shop~first'],
    );
  });
});
