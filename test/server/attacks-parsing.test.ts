// Manners under attack: bodies that hold traps for a parser: depth, broken text, odd numbers, keys of prototypes, sheer size.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { JSON_DEPTH_MAX } from '../../src/providers/json-depth.ts';
import { signGithub } from '../support/sign.ts';
import { flow, GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';
import { whileServing } from './wire.ts';

const MEBIBYTE = 1024 * 1024;
const FORM = 'application/x-www-form-urlencoded';

describe('a receiver whose bodies are traps', () => {
  let lab: Lab;
  before(async () => {
    const settings = { delivery_id: 'body:id', event_type: 'body:type' };
    const sources = [githubSource, source('good', 'none'), source('open', 'none', { settings })];
    lab = await startLab({ sources, flows: [flow('all', [{ source: 'open' }])] });
  });
  after(() => lab.close());

  /** What a body is answered, while a good sender is served. */
  async function answerTo(body: string | Buffer, type = 'application/json', stored = 0): Promise<Response> {
    return whileServing(lab, () => lab.post('/hooks/open', body, { 'content-type': type }), stored);
  }

  async function errorOf(response: Response): Promise<{ code: string; message: string }> {
    return ((await response.json()) as { error: { code: string; message: string } }).error;
  }

  it('refuses JSON that nests too deep, and names the limit, wherever the depth is', async () => {
    for (const depth of [JSON_DEPTH_MAX + 1, 500_000]) {
      const texts = [
        '['.repeat(depth),
        '['.repeat(depth) + ']'.repeat(depth),
        '{"a":'.repeat(Math.min(depth, 150_000)),
      ];
      for (const text of texts) {
        const response = await answerTo(text);
        assert.equal(response.status, 400);
        const { code, message } = await errorOf(response);
        assert.deepEqual([code, message.includes(String(JSON_DEPTH_MAX))], ['too_deep', true]);
      }
    }
    const deepest = `{"id":"deepest","deep":${'['.repeat(JSON_DEPTH_MAX - 1)}${']'.repeat(JSON_DEPTH_MAX - 1)}}`;
    assert.equal((await answerTo(deepest, undefined, 1)).status, 202);
    const inForm = `payload=${'%5B'.repeat(JSON_DEPTH_MAX + 1)}`;
    const headers = { ...signGithub(inForm, GITHUB_SECRET, 'ping', 'deep'), 'content-type': FORM };
    const response = await whileServing(lab, () => lab.post('/hooks/github', inForm, headers));
    assert.equal((await errorOf(response)).code, 'too_deep');
  });

  it('refuses bytes that are not UTF-8, and JSON that is not JSON', async () => {
    const notUtf8 = [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0xaf, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
    ];
    for (const bytes of notUtf8) {
      const response = await answerTo(Buffer.from(bytes));
      assert.deepEqual([response.status, (await errorOf(response)).code], [400, 'invalid_utf8']);
    }
    const notJson = [
      '',
      '{',
      '{"a":1}}',
      "{'a':1}",
      '{"a":1,}',
      'NaN',
      'Infinity',
      '01',
      '"\n"',
      '"\u0000"',
      '{} {}',
      '\u0000',
      '\uFEFF\uFEFF{}',
      '"\\u12"',
      '/**/1',
    ];
    for (const text of notJson) {
      const response = await answerTo(text);
      assert.equal(response.status, 400, JSON.stringify(text));
    }
    const utf16 = Buffer.from('{"a":1}', 'utf16le');
    assert.equal((await answerTo(utf16)).status, 400);
    assert.equal((await answerTo('{}', 'application/json; charset=utf-16')).status, 415);
    assert.equal((await answerTo(Buffer.from([0xff]), 'text/plain')).status, 400);
  });

  it('keeps lone surrogates, NUL, huge numbers and repeated keys for what JSON says they are', async () => {
    const bodies = [
      String.raw`{"id":"a1","lone":"\ud800","type":"\udfff"}`,
      String.raw`{"id":"a2\u0000","nul":"\u0000","type":"\u0000"}`,
      '{"id":"a3","n":123456789012345678901234567890,"m":1e-400,"o":-0,"p":0.1e1}',
      '{"id":"wrong","id":"a4","a":1,"a":2}',
      `{"id":"${'i'.repeat(500_000)}","type":"${'t'.repeat(400_000)}"}`,
      String.raw`{"id":"\ud800"}`,
      '{"id":1e400,"type":1e400}',
    ];
    for (const body of bodies) {
      const response = await answerTo(body, undefined, 1);
      assert.equal(response.status, 202, body.slice(0, 100));
      const { id } = (await response.json()) as { id: string };
      assert.match(id, /^[A-Za-z0-9._~-]{1,128}$/);
      const repeat = await answerTo(body);
      assert.deepEqual([repeat.status, await repeat.json()], [202, { id }], 'a repeat is the same event');
    }
    const starts = new Map((await lab.starts()).map((start) => [start.eventId, start]));
    assert.deepEqual(starts.get('open~a3')?.body, JSON.parse(bodies[2]!));
    assert.deepEqual(starts.get('open~a4')?.body, { id: 'a4', a: 2 });
    assert.deepEqual(starts.get('open~a1')?.body, { id: 'a1', lone: '\ud800', type: '\udfff' });
  });

  it('lets no key reach a prototype, in JSON, in forms and in queries', async () => {
    const traps = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1';
    const response = await answerTo(
      `{"id":"proto",${traps},"list":[{${traps}}],"esc":{"\\u005F_proto_\\u005f":{"polluted":1}}}`,
      undefined,
      1,
    );
    assert.equal(response.status, 202);
    const form = '__proto__[polluted]=1&__proto__=1&constructor.prototype.polluted=1&toString=2&id=proto-form';
    assert.equal((await answerTo(form, FORM, 1)).status, 202);
    const start = (await lab.starts()).find((candidate) => candidate.eventId === 'open~proto');
    assert.ok(start);
    assert.doesNotMatch(JSON.stringify(start.body), /__proto__/);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });

  it('stays within bounds when small bodies are large values', async () => {
    const half = MEBIBYTE / 2 - 8;
    const large = [
      `[${'[],'.repeat(half / 3 - 1)}[]]`,
      `{${Array.from({ length: 40_000 }, (_, index) => `"${index}x":{}`).join()}}`,
      `[${'0,'.repeat(half / 2 - 1)}0]`,
      `"${'\\u0000'.repeat(80_000)}"`,
    ];
    for (const body of large) assert.equal((await answerTo(body, undefined, 1)).status, 202);
    const fields = ['&'.repeat(half), 'a&'.repeat(half / 2), '%00'.repeat(half / 3), '='.repeat(half)];
    for (const body of fields) assert.equal((await answerTo(body, FORM, 1)).status, 202);
    const names = Array.from({ length: 60_000 }, (_, index) => `${index.toString(36)}=`).join('&');
    assert.equal((await answerTo(names, FORM, 1)).status, 202);
  });
});
