// What flows see of a request: body, headers and query, by content type, without credentials.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { signGithub } from '../support/sign.ts';
import type { ClaimedStart } from '../../src/inbox/store.ts';
import { flow, GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';

describe('the event of a delivery', () => {
  let lab: Lab;
  let count = 0;
  before(async () => {
    const settings = { delivery_id: 'header:x-id', header: 'X-Entry' };
    lab = await startLab({
      sources: [githubSource, source('open', 'none', { settings }), source('keyed', 'api_key', { settings })],
      flows: [flow('all', [{ source: 'open' }, { source: 'github' }, { source: 'keyed' }])],
      secrets: { API_KEY_SECRET: 'key-of-the-lab' },
    });
  });
  after(() => lab.close());

  async function send(
    type: string | undefined,
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/hooks/open',
  ): Promise<ClaimedStart> {
    const id = `n-${(count += 1)}`;
    const typed: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const response = await lab.post(path, body, { ...typed, 'x-id': id, ...headers });
    assert.equal(response.status, 202, await response.text());
    const start = (await lab.starts()).find((candidate) => candidate.headers['x-id'] === id);
    assert.ok(start, 'the delivery starts the flow');
    return start;
  }

  it('holds JSON as it is, and +json, and JSON after a byte order mark', async () => {
    const body = { big: 9007199254740991, text: 'ä€\u0000', list: [1, null, true], nested: { '': 'x' } };
    for (const type of ['application/json', 'application/vnd.api+json; charset=UTF-8', 'TEXT/JSON']) {
      assert.deepEqual((await send(type, JSON.stringify(body))).body, body);
    }
    assert.deepEqual((await send('application/json', `\uFEFF${JSON.stringify(body)}`)).body, body);
    assert.deepEqual((await send('application/json', '"text"')).body, 'text');
  });

  it('holds no __proto__, however it is written', async () => {
    const body = String.raw`{"a":{"__proto__":{"x":1},"b":[{"\u005f_proto__":1,"c":2}]},"constructor":"data"}`;
    const start = await send('application/json', body);
    assert.equal(JSON.stringify(start.body), '{"a":{"b":[{"c":2}]},"constructor":"data"}');
    const form = await send('application/x-www-form-urlencoded', '__proto__=1&toString=2');
    assert.equal(JSON.stringify(form.body), '{"toString":"2"}');
  });

  it('holds the fields of a form, a repeated one as a list', async () => {
    const start = await send('application/x-www-form-urlencoded', 'a=1&b=x+y%26z&a=2&empty=&%C3%A4=%E2%82%AC');
    assert.deepEqual(start.body, { a: ['1', '2'], b: 'x y&z', empty: '', ä: '€' });
  });

  it("holds the JSON of GitHub's `payload` field", async () => {
    const form = `payload=${encodeURIComponent('{"action":"opened"}')}`;
    const headers = { ...signGithub(form, GITHUB_SECRET, 'issues', 'form-1') };
    const start = await send(
      undefined,
      form,
      { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      '/hooks/github',
    );
    assert.deepEqual([start.eventType, start.body], ['issues.opened', { action: 'opened' }]);
  });

  it('holds text and XML as text, in their charset, and anything else as base64', async () => {
    assert.equal((await send('text/plain', 'grüße')).body, 'grüße');
    assert.equal((await send('text/plain; charset=iso-8859-1', Buffer.from('grüße', 'latin1'))).body, 'grüße');
    assert.equal((await send('application/soap+xml', '<a>€</a>')).body, '<a>€</a>');
    const bytes = Buffer.from([0, 255, 1, 254]);
    assert.equal((await send('application/octet-stream', bytes)).body, bytes.toString('base64'));
    assert.equal((await send('image/png', bytes)).body, bytes.toString('base64'));
  });

  it('holds null when there is neither a body nor a content type', async () => {
    assert.equal((await send(undefined, '')).body, null);
  });

  it('holds headers in lower case and the query, but no credentials', async () => {
    const headers = {
      'X-Plain': 'seen',
      Authorization: 'Bearer hidden-1',
      Cookie: 'session=hidden-2',
      'X-Api-Key': 'hidden-3',
      'X-Hub-Signature-256': 'sha256=hidden-4',
      'X-Gitlab-Token': 'hidden-5',
    };
    const start = await send('application/json', '{}', headers, '/hooks/open?a=1&a=2&token=hidden-6&__proto__=x');
    assert.equal(start.headers['x-plain'], 'seen');
    assert.equal(start.headers['authorization'], '[redacted]');
    assert.deepEqual(start.query, { a: ['1', '2'], token: '[redacted]' });
    assert.doesNotMatch(JSON.stringify(start), /hidden/);
    assert.doesNotMatch(lab.log(), /hidden/);
  });

  it('does not hold the key of a source that names its own header', async () => {
    const start = await send('application/json', '{}', { 'X-Entry': 'key-of-the-lab' }, '/hooks/keyed');
    assert.equal(start.headers['x-entry'], '[redacted]');
    assert.doesNotMatch(JSON.stringify(start), /key-of-the-lab/);
  });
});
