// Unpacks compressed bodies within the limit of the body, counted while they stream out. A bomb never gets beyond the limit.
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { InFlight } from './body.ts';

/** A content coding (RFC 9110, 8.4.1). */
export type Encoding = 'gzip' | 'br' | 'deflate';

/** Why there are no bytes. */
export type DecompressFailure = 'too_large' | 'busy' | 'malformed';

/**
 * Unpacks `sent`. What it returns is counted as in flight until the caller gives it back with releaseBody. Never rejects.
 */
export type Decompress = (sent: Buffer, encoding: Encoding, bytesMax: number) => Promise<Buffer | DecompressFailure>;

/** For the `accept-encoding` of a 415 (RFC 9110, 15.5.16). */
export const ENCODINGS_TAKEN = 'gzip, br, deflate';

const ENCODINGS = new Map<string, Encoding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'br'],
  ['deflate', 'deflate'],
]);

/**
 * Decoders at once, as many as libuv has threads for them; other bodies wait their turn. A brotli decoder takes 16 MiB when
 * its sender wants it to (RFC 7932, 9.1: WBITS up to 24), however small the body is.
 */
const DECODERS_MAX = 4;
/** The low half of a zlib stream's first byte (RFC 1950, 2.2: CM = 8). Some senders leave the wrapper out. */
const ZLIB_METHOD = 8;

/** The one coding that a `content-encoding` names; undefined for others and for several. */
export function readEncoding(header: string): Encoding | undefined {
  return ENCODINGS.get(header.trim().toLowerCase());
}

/** Makes the unpacking function of one process. */
export function createDecompress(inFlight: InFlight): Decompress {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (sent, encoding, bytesMax) => {
    if (running < DECODERS_MAX) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await unpack(decoderFor(encoding, sent), sent, bytesMax, inFlight);
    } finally {
      // The place goes to who waits longest.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

function unpack(
  decoder: Transform,
  sent: Buffer,
  bytesMax: number,
  inFlight: InFlight,
): Promise<Buffer | DecompressFailure> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (failure: DecompressFailure): void => {
      inFlight.bytes -= length;
      // A second failure of the same decoder must not be counted twice.
      decoder.removeAllListeners().on('error', ignore).destroy();
      resolve(failure);
    };
    decoder.on('error', () => fail('malformed'));
    decoder.on('data', (chunk: Buffer) => {
      length += chunk.length;
      inFlight.bytes += chunk.length;
      if (length > bytesMax) return fail('too_large');
      if (inFlight.bytes > inFlight.bytesMax) return fail('busy');
      chunks.push(chunk);
    });
    decoder.on('end', () => resolve(Buffer.concat(chunks, length)));
    decoder.end(sent);
  });
}

function ignore(): void {}

function decoderFor(encoding: Encoding, sent: Buffer): Transform {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  return (sent[0] ?? ZLIB_METHOD) % 16 === ZLIB_METHOD ? createInflate() : createInflateRaw();
}
