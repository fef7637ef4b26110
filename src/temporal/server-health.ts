// Asks a Temporal server whether it serves, by the standard gRPC health check over node:http2. It must never start a Core
// runtime: the server is started before any connection exists.
import { connect } from 'node:http2';

/** The frontend's service name, see temporal.api.workflowservice.v1. */
const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';
/** grpc.health.v1.HealthCheckResponse {status: SERVING}: field 1, varint 1. */
const SERVING = Buffer.from([0x08, 0x01]);
/** gRPC's message prefix: a flag (compressed or not) and four bytes of length. */
const PREFIX_BYTES = 5;

/** True when the server at `address` (host:port) answers SERVING within `timeoutMs`. Never rejects. */
export function isServing(address: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://${address}`);
    const finish = (serving: boolean): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(serving);
    };
    const timer = setTimeout(finish, timeoutMs, false);
    session.on('error', () => finish(false));
    const request = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    request.on('error', () => finish(false));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => finish(Buffer.concat(chunks).subarray(PREFIX_BYTES).equals(SERVING)));
    request.end(healthRequest());
  });
}

function healthRequest(): Buffer {
  const service = Buffer.from(SERVICE);
  const message = Buffer.concat([Buffer.from([0x0a, service.length]), service]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
