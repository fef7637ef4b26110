// Unpacks a compressed body within the limit of the body, counted while it streams out. A bomb never gets beyond the limit.
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { InFlight } from './body.ts';

/** A content coding (RFC 9110, 8.4.1). */
export type Encoding = 'gzip' | 'br' | 'deflate';

/** Why there are no bytes. */
export type DecompressFailure = 'too_large' | 'busy' | 'malformed';

/** For the `accept-encoding` of a 415 (RFC 9110, 15.5.16). */
export const ENCODINGS_TAKEN = 'gzip, br, deflate';

const ENCODINGS = new Map<string, Encoding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'br'],
  ['deflate', 'deflate'],
]);

/**
 * What a decoder holds beside its output, counted as in flight while it works: zlib's window is 32 KiB, brotli's tables
 * and its ring buffer of the default limit's size are about 1 MiB.
 */
const DECODER_BYTES: Record<Encoding, number> = { gzip: 64 * 1024, deflate: 64 * 1024, br: 1024 * 1024 };
/** The low half of a zlib stream's first byte (RFC 1950, 2.2: CM = 8). Some senders leave the wrapper out. */
const ZLIB_METHOD = 8;

/** The one coding that a `content-encoding` names; undefined for others and for several. */
export function readEncoding(header: string): Encoding | undefined {
  return ENCODINGS.get(header.trim().toLowerCase());
}

/**
 * Unpacks `sent`. What it returns is counted in `inFlight` until the caller gives it back with releaseBody. Never rejects.
 */
export function decompress(
  sent: Buffer,
  encoding: Encoding,
  bytesMax: number,
  inFlight: InFlight,
): Promise<Buffer | DecompressFailure> {
  const decoderBytes = DECODER_BYTES[encoding];
  if (inFlight.bytes + decoderBytes > inFlight.bytesMax) return Promise.resolve('busy');
  inFlight.bytes += decoderBytes;
  return new Promise((resolve) => {
    const decoder = decoderFor(encoding, sent);
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (failure: DecompressFailure): void => {
      inFlight.bytes -= decoderBytes + length;
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
    decoder.on('end', () => {
      inFlight.bytes -= decoderBytes;
      resolve(Buffer.concat(chunks, length));
    });
    decoder.end(sent);
  });
}

function ignore(): void {}

function decoderFor(encoding: Encoding, sent: Buffer): Transform {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  return (sent[0] ?? ZLIB_METHOD) % 16 === ZLIB_METHOD ? createInflate() : createInflateRaw();
}
