// Manners under attack: compressed bodies that unpack to a gigabyte, to nothing, to something else, or not at all.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { source, startLab, type Lab } from './lab.ts';
import { whileServing } from './wire.ts';

const MEBIBYTE = 1024 * 1024;
const BOMB_BYTES = 1024 * MEBIBYTE;
const MEMBER_BYTES = 16 * MEBIBYTE;
const AT_ONCE = 100;

/** A gigabyte of zeros: a gzip file of many members is one file (RFC 1952, 2.2). It stays below the limit of a body. */
const member = gzipSync(Buffer.alloc(MEMBER_BYTES), { level: 9 });
const gigabyte = Buffer.concat(Array.from({ length: BOMB_BYTES / MEMBER_BYTES }, () => member));
const spaces = Buffer.alloc(MEMBER_BYTES, 0x20);
const bombs: [encoding: string, body: Buffer][] = [
  ['gzip', gigabyte],
  ['gzip', gzipSync(spaces, { level: 9 })],
  ['deflate', deflateSync(spaces, { level: 9 })],
  // The largest window, which the decoder must hold.
  [
    'br',
    brotliCompressSync(spaces, { params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  ],
];
const body = Buffer.from('{"a":"compressed body"}');
const packed = gzipSync(body);

describe('a receiver whose compressed bodies are hostile', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({
      sources: [source('good', 'none'), source('packed', 'none', { decompress: true }), source('plain', 'none')],
    });
  });
  after(() => lab.close());

  /** The status of each body, all sent at once, while a good sender is served. */
  async function statusesOf(path: string, bodies: [string, Buffer][], stored = 0): Promise<number[]> {
    const send = async ([encoding, bytes]: [string, Buffer]): Promise<number> => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      return (await lab.post(path, bytes, headers)).status;
    };
    return whileServing(lab, () => Promise.all(bodies.map(send)), stored);
  }

  it('unpacks no more of a bomb than the limit, a gigabyte or a hundred at once', async () => {
    assert.ok(bombs.every(([, bytes]) => bytes.length <= MEBIBYTE));
    assert.deepEqual(await statusesOf('/hooks/packed', bombs), [413, 413, 413, 413]);
    const many = Array.from({ length: AT_ONCE }, (_, index) => bombs[index % bombs.length]!);
    assert.deepEqual(new Set(await statusesOf('/hooks/packed', many)), new Set([413]));
  });

  it('does not even look at one where the source takes nothing packed', async () => {
    const several: [string, Buffer][] = [...bombs, ['gzip', packed], ['identity, gzip', packed]];
    assert.deepEqual(new Set(await statusesOf('/hooks/plain', several)), new Set([415]));
  });

  it('unpacks once: what is packed twice is refused', async () => {
    const twice = gzipSync(gzipSync(body));
    const nested: [string, Buffer][] = [
      ['gzip, gzip', twice],
      ['gzip,gzip', twice],
      ['gzip, identity', packed],
      ['gzip;q=1', packed],
      ['zstd', packed],
      ['', packed],
    ];
    assert.deepEqual(new Set(await statusesOf('/hooks/packed', nested)), new Set([415]));
    const bombInside = gzipSync(member);
    assert.deepEqual(
      await statusesOf('/hooks/packed', [
        ['gzip', twice],
        ['gzip', bombInside],
      ]),
      [400, 400],
    );
  });

  it('refuses every truncation, and a wrong checksum or length', async () => {
    const truncated = Array.from({ length: packed.length - 1 }, (_, length): [string, Buffer] => [
      'gzip',
      packed.subarray(0, length + 1),
    ]);
    assert.deepEqual(new Set(await statusesOf('/hooks/packed', truncated)), new Set([400]));
    // The last eight bytes are the checksum and the length (RFC 1952, 2.3.1).
    const wrong = Array.from({ length: 8 }, (_, index): [string, Buffer] => {
      const bytes = Buffer.from(packed);
      bytes[bytes.length - 1 - index]! ^= 1;
      return ['gzip', bytes];
    });
    assert.deepEqual(new Set(await statusesOf('/hooks/packed', wrong)), new Set([400]));
    const notPacked: [string, Buffer][] = ['gzip', 'br', 'deflate'].map((encoding) => [encoding, body]);
    assert.deepEqual(await statusesOf('/hooks/packed', notPacked), [400, 400, 400]);
  });

  it('takes one that is what it says', async () => {
    const good: [string, Buffer][] = [
      ['gzip', packed],
      ['br', brotliCompressSync(body)],
      ['deflate', deflateSync(body)],
    ];
    assert.deepEqual(await statusesOf('/hooks/packed', good, good.length), [202, 202, 202]);
  });
});
