// Turns what a run answered into the answer on the wire, and signs the URL where a late answer can be fetched.
import { createHmac } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { RunResponse } from '../../workflows/definition.ts';
import { ERROR_CODES } from '../../workflows/error-codes.ts';
import { EXPRESSION_ERROR_CODES } from '../../workflows/expression/error.ts';
import { equalSignatures } from '../providers/signing/constant-time.ts';
import type { Answered, AnswerStart } from './answer.ts';
import { notFound } from './refusals.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';

/** Where results are fetched, and what signs the URLs. */
export interface ResultUrls {
  publicUrl(): string;
  /** Secret text; the same over restarts. */
  resultKey: string;
  /** The run's page in Temporal's Web UI, where there is one. */
  runLink?(run: string): string | undefined;
}

/** Belong to one connection (RFC 9110, 7.6.1) or are computed here. */
const HEADERS_NOT_PASSED = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const ANSWERED = 'answered';
const RUN_FAILED = 'run_failed';
const RUN_SKIPPED = 'run_skipped';
const WITHOUT_BODY = new Set([204, 205, 304]);
const RETRY_AFTER = { 'retry-after': '1' };

/** The answer for what the run said. */
export function runReply(start: AnswerStart, answered: Answered, urls: ResultUrls): Reply {
  if (answered.state === 'unknown') return notFound;
  if (answered.state === 'pending') return pendingReply(start, urls);
  if (answered.state === 'skipped') return skippedReply;
  if (answered.state === 'failed') return failedReply(answered.error);
  return responseReply(answered.response);
}

/** Whether a run gave this answer: then its request was accepted, whatever the status says. */
export function isRunAnswer({ reason }: Reply): boolean {
  return reason === ANSWERED || reason === RUN_FAILED || reason === RUN_SKIPPED;
}

/** The event is kept, and its flow wants no run of it: what `on_limit` says. */
export const skippedReply = errorReply(
  409,
  RUN_SKIPPED,
  'No run was started: as many are going on as the flow allows, a newer event took its place, or somebody dropped it.',
  { reason: RUN_SKIPPED },
);

/** 202 with the run's id and where its result will be. */
export function pendingReply(start: AnswerStart, urls: ResultUrls): Reply {
  const run = `${start.flow}/${start.eventId}`;
  const link = urls.runLink?.(run);
  const body = { id: start.eventId, run, result: resultUrl(run, urls) };
  return jsonReply(202, link === undefined ? body : { ...body, ui: link }, 'pending', RETRY_AFTER);
}

/** The signed URL of a run's result. */
function resultUrl(run: string, urls: ResultUrls): string {
  return `${urls.publicUrl()}/runs/${run}/result?token=${resultToken(run, urls.resultKey)}`;
}

/** Whether the token of a result URL is the one we gave out for that run. */
export function isResultToken(run: string, token: string, resultKey: string): boolean {
  return equalSignatures(resultToken(run, resultKey), token);
}

function resultToken(run: string, resultKey: string): string {
  return createHmac('sha256', resultKey).update(`result\n${run}`).digest('base64url');
}

/** A flow's own `fail` speaks for itself; what went wrong inside a run is not the sender's to know. */
function failedReply({ code, message }: { code: string; message: string }): Reply {
  const ours = Object.hasOwn(ERROR_CODES, code) || Object.hasOwn(EXPRESSION_ERROR_CODES, code);
  if (!ours) return errorReply(500, code, message, { reason: RUN_FAILED });
  return errorReply(500, RUN_FAILED, 'The run failed.', { reason: RUN_FAILED });
}

function responseReply(response: RunResponse): Reply {
  const headers = passedHeaders(response.headers);
  const contentType = headers['content-type'];
  delete headers['content-type'];
  headers['x-content-type-options'] ??= 'nosniff';
  const status =
    Number.isInteger(response.status) && response.status >= 200 && response.status <= 599 ? response.status : 500;
  const { body } = response;
  const reply = { status, headers, reason: ANSWERED };
  if (WITHOUT_BODY.has(status) || body === null) return { ...reply, contentType };
  if (typeof body === 'string') return { ...reply, contentType: contentType ?? 'text/plain; charset=utf-8', body };
  return { ...reply, contentType: contentType ?? 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function passedHeaders(given: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (HEADERS_NOT_PASSED.has(lower) || !isHeader(lower, value)) continue;
    headers[lower] = value;
  }
  return headers;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
