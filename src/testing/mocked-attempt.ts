// What one attempt of a mocked call comes to: an output, or the failure that the connector would have thrown.
// The call's input is checked here as the worker checks it; the connector itself never runs.
import { ConnectorError, invalidInput } from '../../activities/connector-error.ts';
import { isExpected } from '../../activities/connectors/http.ts';
import { findAction } from '../../activities/connectors/index.ts';
import { isRetryableStatus, parseRetryAfter } from '../../activities/http-failure.ts';
import { fillSecrets, rememberSecrets } from '../../activities/secret-slots.ts';
import { compileSchema, type Validate } from '../../activities/validation.ts';
import type { ConnectorCall, Json, JsonObject } from '../../workflows/definition.ts';
import { ERROR_CODES, type ErrorCode } from '../../workflows/error-codes.ts';
import { completeOutput, outputProblem } from './mocked-output.ts';
import type { MockedAnswer, MockedError } from './test-case.ts';

/** A mock that says what the connector could never give. The message is for the author of the test. */
export class MockError extends Error {
  override name = 'MockError';
}

/** Statuses in `expect` when a step has none, as http.request has it. */
const EXPECT_DEFAULT = ['2xx'];

/** Codes that another attempt may overcome; `http_status` by its status, and what is not here never. */
const RETRYABLE: ReadonlySet<string> = new Set<ErrorCode>([
  'network',
  'attempt_timeout',
  'worker_lost',
  'host_busy',
  'connection_missing',
  'secret_missing',
  'connector_missing',
  'connector_failed',
]);
/** SMTP: 4yz replies are for now, 5yz for ever (RFC 5321, 4.2.1). */
const SMTP_PERMANENT_MIN = 500;

const inputChecks = new Map<string, Validate>();

/** Checks a call's input as the worker does. Throws ConnectorError. `secret`: the value of a secret, undefined when it is not set. */
export function checkInput(call: ConnectorCall, secret: (name: string) => string | undefined): void {
  const action = findAction(call.connector)?.action;
  if (action === undefined) return;
  if (action.takesSecrets === false && call.secrets.length > 0) {
    throw invalidInput(`${call.connector} does not take secrets: what it is given is kept in the clear`);
  }
  const known = inputChecks.get(call.connector);
  const check = known ?? compileSchema(action.input);
  if (known === undefined) inputChecks.set(call.connector, check);
  check(fillSecrets(call.with, call.secrets, rememberSecrets(secret).take), 'with');
}

/** The input as reports show it: a secret by its name, never by its value. */
export function shownInput(call: ConnectorCall): JsonObject {
  return fillSecrets(call.with, call.secrets, (name) => `\${{ secrets.${name} }}`);
}

/** The output that an answer gives. Throws ConnectorError for a failed attempt, MockError for an answer that cannot be. */
export function answerAttempt(answer: MockedAnswer, call: ConnectorCall, nowMs: number): Json {
  if (answer.error !== undefined) throw mockedFailure(answer.error, call, nowMs);
  if (answer.status !== undefined) return httpAnswer(answer, answer.status, call, nowMs);
  const output = completeOutput(call.connector, answer.output);
  const problem = outputProblem(call.connector, output);
  if (problem !== undefined) throw new MockError(problem);
  return output;
}

function httpAnswer(answer: MockedAnswer, status: number, call: ConnectorCall, nowMs: number): Json {
  const headers = lowerCased(answer.headers);
  const body = answer.body ?? null;
  const isAnswer =
    call.connector === 'http.request' &&
    isExpected(status, (call.with['expect'] as (number | string)[] | undefined) ?? EXPECT_DEFAULT);
  if (isAnswer) return { status, headers, body, body_base64: null };
  if (call.connector !== 'http.request' && status < 300) {
    throw new MockError(
      `\`${call.connector}\` has an output of its own: write \`output\` instead of \`status: ${status}\``,
    );
  }
  const target = typeof call.with['url'] === 'string' ? `${methodOf(call)} ${call.with['url']}` : call.connector;
  return throwFailure('http_status', `${target} answered ${status}`, { status, headers, body }, nowMs);
}

function methodOf(call: ConnectorCall): string {
  return typeof call.with['method'] === 'string' ? call.with['method'] : 'GET';
}

function throwFailure(
  code: ErrorCode,
  message: string,
  known: { status: number; headers: Record<string, string>; body: Json },
  nowMs: number,
): never {
  const retryAfterMs = parseRetryAfter(known.headers['retry-after'], nowMs);
  const retryable = isRetryableStatus(known.status);
  throw new ConnectorError(code, message, { ...known, retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

function mockedFailure(error: MockedError, call: ConnectorCall, nowMs: number): ConnectorError {
  const code = error.code as ErrorCode;
  const headers = error.headers && lowerCased(error.headers);
  const retryAfterMs = parseRetryAfter(headers?.['retry-after'], nowMs);
  return new ConnectorError(code, error.message ?? `${call.connector}: ${ERROR_CODES[code]}`, {
    retryable: error.retryable ?? isRetryable(error),
    ...(error.status !== undefined && { status: error.status }),
    ...(headers !== undefined && { headers }),
    ...(error.body !== undefined && { body: error.body }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function isRetryable({ code, status }: MockedError): boolean {
  if (code === 'http_status') return status !== undefined && isRetryableStatus(status);
  if (code === 'email_rejected') return status !== undefined && status < SMTP_PERMANENT_MIN;
  return RETRYABLE.has(code);
}

function lowerCased(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
