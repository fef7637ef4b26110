// Packed bodies: taken only where the source says so, unpacked within the limit, verified as meant or as sent.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { createHmac } from 'node:crypto';
import { flow, GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';

const MEBIBYTE = 1024 * 1024;
const BODY = JSON.stringify({ action: 'opened', text: 'ä'.repeat(200) });
const PACKED: [encoding: string, pack: (bytes: Buffer) => Buffer][] = [
  ['gzip', gzipSync],
  ['GZip', gzipSync],
  ['x-gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['identity', (bytes) => bytes],
];

describe('a source that takes packed bodies', () => {
  let lab: Lab;
  let count = 0;
  before(async () => {
    lab = await startLab({
      sources: [
        { ...githubSource, decompress: true, replayWindowMs: 0 },
        source('open', 'none', { decompress: true }),
        source('small', 'none', { decompress: true, bodyBytesMax: 1000 }),
        source('plain', 'none'),
      ],
      flows: [flow('all', [{ source: 'github' }])],
    });
  });
  after(() => lab.close());

  function headersFor(encoding: string, signed: Buffer | string): Record<string, string> {
    return {
      'content-type': 'application/json',
      'content-encoding': encoding,
      'x-github-event': 'issues',
      'x-github-delivery': `packed-${(count += 1)}`,
      'x-hub-signature-256': `sha256=${createHmac('sha256', GITHUB_SECRET).update(signed).digest('hex')}`,
    };
  }

  async function code(response: Response): Promise<[number, string]> {
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  }

  it('verifies what was packed, and stores it unpacked', async () => {
    for (const [encoding, pack] of PACKED) {
      const headers = headersFor(encoding, BODY);
      const response = await lab.post('/hooks/github', pack(Buffer.from(BODY)), headers);
      assert.equal(response.status, 202, `${encoding}: ${await response.text()}`);
      const [stored] = await lab.store.findDeliveries(headers['x-github-delivery']!);
      assert.equal(Buffer.from(stored!.body!).toString(), BODY);
      const start = (await lab.starts()).find((each) => each.eventId === stored!.events[0]!.id);
      assert.deepEqual([start?.eventType, start?.body], ['issues.opened', JSON.parse(BODY)]);
    }
  });

  it('verifies the bytes as sent where those were signed', async () => {
    for (const [encoding, pack] of PACKED) {
      const packed = pack(Buffer.from(BODY));
      const headers = headersFor(encoding, packed);
      assert.equal((await lab.post('/hooks/github', packed, headers)).status, 202, encoding);
      const [stored] = await lab.store.findDeliveries(headers['x-github-delivery']!);
      assert.equal(Buffer.from(stored!.body!).toString(), BODY);
    }
  });

  it('refuses what neither was signed for', async () => {
    const packed = gzipSync(BODY);
    const headers = headersFor('gzip', `${BODY} `);
    assert.equal((await lab.post('/hooks/github', packed, headers)).status, 401);
    assert.equal(lab.rejections.at(-1)?.reason, 'signature_mismatch');
  });

  it('stops a bomb at the limit, whatever packs it', async () => {
    const bomb = Buffer.alloc(64 * MEBIBYTE, 0x20);
    for (const [encoding, pack] of PACKED.slice(2, 6)) {
      const packed = pack(bomb);
      assert.ok(packed.length < MEBIBYTE);
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      assert.deepEqual(await code(await lab.post('/hooks/open', packed, headers)), [413, 'too_large'], encoding);
    }
    const metrics = await (await fetch(`${lab.url}/metrics`)).text();
    assert.match(metrics, /hookline_in_flight_bytes 0\n/);
  });

  it('unpacks many bodies that come at once, and bombs among them do not hold up the others', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(16 * MEBIBYTE, 0x20));
    const headers = (encoding: string): Record<string, string> => ({
      'content-type': 'application/json',
      'content-encoding': encoding,
    });
    const posts = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0
        ? lab.post('/hooks/open', bomb, headers('br'))
        : lab.post('/hooks/open', gzipSync(BODY), headers('gzip')),
    );
    const answers = await Promise.all(posts);
    assert.deepEqual(
      answers.map((response) => response.status),
      answers.map((_, n) => (n % 2 === 0 ? 413 : 202)),
    );
    assert.match(await (await fetch(`${lab.url}/metrics`)).text(), /hookline_in_flight_bytes 0\n/);
  });

  it('has one limit for what comes and for what comes out, and takes exactly that', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const json = (length: number): Buffer => Buffer.from(`"${'x'.repeat(length - 2)}"`);
    assert.equal((await lab.post('/hooks/small', gzipSync(json(1000)), headers)).status, 202);
    assert.equal((await lab.post('/hooks/small', gzipSync(json(1001)), headers)).status, 413);
  });

  it('answers 400 to what is not packed as it says, and to what ends early', async () => {
    const packed = gzipSync(BODY);
    const wrong: [string, Buffer][] = [
      ['gzip', Buffer.from(BODY)],
      ['br', packed],
      ['deflate', packed],
      ['gzip', packed.subarray(0, packed.length - 9)],
      ['gzip', packed.subarray(0, 5)],
      ['br', brotliCompressSync(BODY).subarray(0, 20)],
      ['deflate', deflateSync(BODY).subarray(0, 20)],
    ];
    for (const [encoding, bytes] of wrong) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      assert.deepEqual(await code(await lab.post('/hooks/open', bytes, headers)), [400, 'invalid_encoding'], encoding);
    }
    assert.match(await (await fetch(`${lab.url}/metrics`)).text(), /hookline_in_flight_bytes 0\n/);
  });

  it('answers 415 and what it takes to other codings and to several, as does a source that takes none', async () => {
    for (const encoding of ['zstd', 'compress', 'gzip, gzip', 'gzip, br', '']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const response = await lab.post('/hooks/open', '{}', headers);
      assert.deepEqual(
        [response.status, response.headers.get('accept-encoding')],
        [415, 'gzip, br, deflate'],
        encoding,
      );
    }
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const response = await lab.post('/hooks/plain', gzipSync('{}'), headers);
    assert.deepEqual([response.status, response.headers.get('accept-encoding')], [415, 'identity']);
  });

  it('needs no body where there is none', async () => {
    const headers = { 'content-encoding': 'gzip' };
    assert.equal((await lab.post('/hooks/open', '', headers)).status, 202);
  });
});
