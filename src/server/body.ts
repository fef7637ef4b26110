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
    const chunks: Buffer[] = [];
    let length = 0;
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
      length += chunk.length;
      inFlight.bytes += chunk.length;
      if (length > bytesMax) return fail('too_large');
      if (inFlight.bytes > inFlight.bytesMax) return fail('busy');
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 ? chunks[0]! : length === 0 ? NO_BYTES : Buffer.concat(chunks, length));
    };
    request.on('data', onData).on('end', onEnd).on('error', onCutOff).on('close', onCutOff);
  });
}

function ignore(): void {}

function discardRest(request: IncomingMessage): void {
  let discarded = 0;
  request.on('error', ignore);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARDED_BYTES_MAX) request.destroy();
  });
}

function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue';
}
