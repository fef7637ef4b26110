// Reads a request's body once, into one Buffer, within limits that hold whatever the headers claim. Never decodes it.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes of bodies held now, over all requests; a limit of the process. */
export interface InFlight {
  bytes: number;
  bytesMax: number;
}

/** Why there is no body. */
export type BodyFailure = 'too_large' | 'busy' | 'cut_off';

/**
 * A refused body is read on and thrown away, so that the sender reads the answer instead of a reset; but not for ever.
 */
const DISCARDED_BYTES_MAX = 8 * 1024 * 1024;
/**
 * A body in pieces of a byte each costs a hundred times its size to take in. Who sends more pieces than these, and on
 * average less in each than any network would, loses the connection.
 */
const PIECES_ANY_SIZE_MAX = 4_096;
const PIECE_BYTES_MIN = 16;
const NO_BYTES = Buffer.alloc(0);

/**
 * Reads up to `bytesMax` bytes. What it returns is counted in `inFlight` until the caller gives it back with
 * releaseBody. Never rejects.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
  inFlight: InFlight,
): Promise<Buffer | BodyFailure> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) {
    if (!expectsContinue(request)) discardRest(request);
    return Promise.resolve('too_large');
  }
  if (inFlight.bytes + announced > inFlight.bytesMax) {
    if (!expectsContinue(request)) discardRest(request);
    return Promise.resolve('busy');
  }
  if (expectsContinue(request)) response.writeContinue();
  return collect(request, bytesMax, inFlight);
}

/** Gives the bytes of a body back. */
export function releaseBody(body: Buffer, inFlight: InFlight): void {
  inFlight.bytes -= body.length;
}

function collect(request: IncomingMessage, bytesMax: number, inFlight: InFlight): Promise<Buffer | BodyFailure> {
  return new Promise((resolve) => {
    let held: Buffer = NO_BYTES;
    let length = 0;
    let pieces = 0;
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onCutOff).off('close', onCutOff);
    };
    const fail = (failure: BodyFailure): void => {
      stop();
      inFlight.bytes -= length;
      // An aborted request may still report an error, which nobody else would hear.
      request.on('error', ignore);
      if (failure !== 'cut_off') discardRest(request);
      resolve(failure);
    };
    const onCutOff = (): void => fail('cut_off');
    const onData = (chunk: Buffer): void => {
      pieces += 1;
      if (isCrumbled(pieces, length)) {
        request.destroy();
        return fail('cut_off');
      }
      const before = length;
      length += chunk.length;
      inFlight.bytes += chunk.length;
      if (length > bytesMax) return fail('too_large');
      if (inFlight.bytes > inFlight.bytesMax) return fail('busy');
      held = appended(held, before, chunk, bytesMax);
    };
    const onEnd = (): void => {
      stop();
      // Exactly the body: whoever hands it on may copy all of the memory that it is a part of.
      resolve(held.length === length ? held : Buffer.from(held.subarray(0, length)));
    };
    request.on('data', onData).on('end', onEnd).on('error', onCutOff).on('close', onCutOff);
  });
}

/**
 * `held` with `chunk` after its first `length` bytes, in twice the room when there is none left. Most bodies are one
 * chunk, which is not copied; many small ones must not be kept as many Buffers, which are larger than what is in them.
 */
function appended(held: Buffer, length: number, chunk: Buffer, bytesMax: number): Buffer {
  if (length === 0) return chunk;
  const needed = length + chunk.length;
  if (needed <= held.length) {
    chunk.copy(held, length);
    return held;
  }
  const roomier = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, 2 * held.length), Math.max(needed, bytesMax)));
  held.copy(roomier, 0, 0, length);
  chunk.copy(roomier, length);
  return roomier;
}

function isCrumbled(pieces: number, bytes: number): boolean {
  return pieces > PIECES_ANY_SIZE_MAX && bytes < pieces * PIECE_BYTES_MIN;
}

function ignore(): void {}

function discardRest(request: IncomingMessage): void {
  let discarded = 0;
  let pieces = 0;
  request.on('error', ignore);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    pieces += 1;
    if (discarded > DISCARDED_BYTES_MAX || isCrumbled(pieces, discarded)) request.destroy();
  });
}

/** Whether the client waits to be asked for its body. */
export function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue';
}
