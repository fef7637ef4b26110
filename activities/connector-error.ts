// How a connector says that an attempt failed; run-connector.ts turns it into Temporal's failure.
// Never put a query string, user info, a header's value or a secret in a message.
import type { ErrorCode } from '../workflows/error-codes.ts';
import type { Json } from '../workflows/definition.ts';

/** What is known about a failed attempt besides its code and message. */
export interface ConnectorErrorDetails {
  /** Whether another attempt can help. */
  retryable: boolean;
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
  /** The service's own wish for the delay before the next attempt, in milliseconds. */
  retryAfterMs?: number;
}

/** One failed attempt. `code` is from the closed list in workflows/error-codes.ts; the message is for people. */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
  readonly code: ErrorCode;
  readonly details: ConnectorErrorDetails;

  constructor(code: ErrorCode, message: string, details: ConnectorErrorDetails) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The author's or operator's mistake: trying again cannot help. `where` is a JSON pointer or a setting's name. */
export function invalidInput(message: string): ConnectorError {
  return new ConnectorError('invalid_input', message, { retryable: false });
}
