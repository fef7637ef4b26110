// Dropbox: the GET challenge as documented, and notices that are equal and still two.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { flow, source, startLab, type Lab } from '../server/lab.ts';

const SECRET = 'app secret';

describe('Dropbox', () => {
  let lab: Lab;
  before(async () => {
    const flows = [flow('on-change', [{ source: 'dropbox' }])];
    lab = await startLab({ sources: [source('dropbox', 'dropbox')], flows, secrets: { DROPBOX_SECRET: SECRET } });
  });
  after(() => lab.close());

  const get = (query: string) => fetch(`${lab.url}/hooks/dropbox${query}`);

  it('gets its challenge back as text that no browser runs', async () => {
    const response = await get('?challenge=abc123');
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type')!, /^text\/plain/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(await response.text(), 'abc123');

    const script = await get(`?challenge=${encodeURIComponent('<script>alert(1)</script>')}`);
    assert.match(script.headers.get('content-type')!, /^text\/plain/);
    assert.equal(script.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(await lab.deliveries(), 0);
  });

  it('gets 405 for what is no challenge: none, two, too long, or with control characters', async () => {
    for (const query of ['', '?challenge=', '?challenge=a&challenge=b', `?challenge=${'a'.repeat(1025)}`]) {
      assert.equal((await get(query)).status, 405, query.slice(0, 30));
    }
    assert.equal((await get('?challenge=a%0d%0aset-cookie:%20b')).status, 405);
    assert.equal((await get('?challenge=%00')).status, 405);
  });

  it('may tell of the same account twice in the same words, and both start something', async () => {
    const body = '{"list_folder":{"accounts":["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]}}';
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-dropbox-signature': signature };
    for (let count = 1; count <= 2; count += 1) {
      const response = await lab.post('/hooks/dropbox', body, headers);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), '');
      assert.equal(await lab.deliveries(), count);
    }
    assert.deepEqual(
      (await lab.starts()).map((start) => start.eventType),
      ['list_folder', 'list_folder'],
    );
  });
});
