// gRPC statuses as words, found in whatever the SDK throws. It must never let an error's own text decide what it means.
import { isGrpcServiceError } from '@temporalio/client';

/** Names by code, see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcStatus = (typeof NAMES)[number];

export interface GrpcFault {
  status: GrpcStatus;
  /** The server's own words. */
  details: string;
}

/** The gRPC status an error carries, or its cause where the SDK wrapped it; null when it is no gRPC error. */
export function grpcFault(error: unknown): GrpcFault | null {
  const fault = [error, (error as { cause?: unknown } | undefined)?.cause].find(isGrpcServiceError);
  if (fault === undefined) return null;
  return { status: NAMES[fault.code] ?? 'UNKNOWN', details: fault.details || fault.message };
}
