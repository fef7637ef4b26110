// Reads one response's body within limits: bytes on the wire and bytes after decompression are both counted.
// Never holds more than the limit in memory, whatever the other side sends.
import { Writable, type Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { ConnectorError } from './connector-error.ts';

/** The encodings that are asked for and understood. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';
/** A chain of encodings longer than this is a bomb, not a body. */
const ENCODINGS_MAX = 2;

/**
 * The whole body, decompressed. Throws `response_too_large` (not retryable: the answer would be as large again),
 * `network` when it breaks off or cannot be decompressed, and the signal's reason when it aborts.
 */
export async function readBody(
  body: Readable,
  encoding: string | undefined,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const transforms = decoders(encoding);
  const chunks: Buffer[] = [];
  let length = 0;
  const keep = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  };
  // Most answers are plain; the client's own signal ends those, and a pipeline costs more than the rest of a call.
  if (transforms.length === 0) for await (const chunk of body) keep(chunk as Buffer);
  else await pipeline([body, ...transforms, writableTo(keep)], { signal });
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

function writableTo(keep: (chunk: Buffer) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        keep(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** True when a declared length is over the limit, so that nothing of it has to be read. An encoded body may still grow. */
export function declaredTooLarge(contentLength: string | undefined, bytesMax: number): boolean {
  return contentLength !== undefined && Number(contentLength) > bytesMax;
}

/** The failure for a body of more than `bytesMax` bytes. */
export function tooLarge(bytesMax: number): ConnectorError {
  return new ConnectorError(
    'response_too_large',
    `the response is larger than ${bytesMax} bytes; response_bytes_max sets the limit`,
    { retryable: false },
  );
}

function decoders(encoding: string | undefined): Transform[] {
  const names = (encoding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > ENCODINGS_MAX) throw undecodable(encoding);
  // The last encoding named was applied last (RFC 9110, 8.4), so it is undone first.
  return names.toReversed().map((name) => decoder(name, encoding));
}

function decoder(name: string, encoding: string | undefined): Transform {
  if (name === 'gzip' || name === 'x-gzip') return zlib.createGunzip();
  if (name === 'deflate') return zlib.createInflate();
  if (name === 'br') return zlib.createBrotliDecompress();
  throw undecodable(encoding);
}

function undecodable(encoding: string | undefined): ConnectorError {
  return new ConnectorError('network', `the response has a content-encoding that is not understood: ${encoding}`, {
    retryable: false,
  });
}
